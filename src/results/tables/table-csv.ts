import type { JsonValue } from '../../core/json.js';
import type { TableField } from '../../sql/export/compile-given-table.js';
import { escapedText, type CsvStyle } from '../../sql/export/csv-sql.js';
import { csvHeader, csvLine, numberText } from '../csv.js';
import type { AnswerTable } from './answer-table.js';

/** A header and a line for each item. Histograms and maps are JSON texts, what is null is empty. */
export async function* tableCsv(table: AnswerTable, style: CsvStyle): AsyncGenerator<string> {
  yield csvHeader(
    table.fields.map(({ name }) => name),
    style,
  );
  for await (const items of table.items) {
    for (const item of items) {
      const cells = table.row(item).map((cell, i) => cellText(cell, table.fields[i], style));
      yield csvLine(cells, style);
    }
  }
}

function cellText(cell: JsonValue, field: TableField | undefined, style: CsvStyle): string {
  if (cell === null) return '';
  if (typeof cell === 'object') return JSON.stringify(cell);
  if (typeof cell === 'number') return numberText(cell, style);
  return field?.type === 'text' ? escapedText(String(cell), style) : String(cell);
}
