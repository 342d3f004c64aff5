import { isFormula } from '../core/formula.js';
import { isToQuote } from '../sql/export/csv-sql.js';

/** RFC 4180 wants it, on every system. */
const LINE_END = '\r\n';

/** A line of cells that are escaped where they must be. */
export function csvLine(cells: readonly string[]): string {
  return cells.map(csvCell).join(',') + LINE_END;
}

/**
 * A text that came from outside, so that no spreadsheet runs it as a formula (decision 0010). Numbers are never escaped: a minus before one is its own.
 */
export function escapedText(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}

function csvCell(text: string): string {
  return isToQuote(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
