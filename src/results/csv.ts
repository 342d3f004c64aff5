import { quoted, type CsvStyle } from '../sql/export/csv-sql.js';

/** RFC 4180 wants it, on every system. */
const LINE_END = '\r\n';

/** By it a spreadsheet knows UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/** The first line: names of columns are ours, and are not escaped. */
export function csvHeader(names: readonly string[], style: CsvStyle): string {
  return (style.isForSpreadsheet ? BYTE_ORDER_MARK : '') + csvLine(names, style);
}

/** A line of cells that are escaped where they must be. */
export function csvLine(cells: readonly string[], { delimiter }: CsvStyle): string {
  return cells.map(quoted).join(delimiter) + LINE_END;
}

/** A number as it stands in a cell. */
export function numberText(value: number, { decimal }: CsvStyle): string {
  return decimal === '.' ? String(value) : String(value).replace('.', decimal);
}
