import type { JsonValue } from '../../core/json.js';
import type { TableField } from '../../sql/export/compile-given-table.js';
import { csvLine, escapedText } from '../csv.js';
import type { AnswerTable } from './answer-table.js';

/** A header and a line for each item. Histograms and maps are JSON texts, what is null is empty. */
export async function* tableCsv(table: AnswerTable, escapesFormulas: boolean): AsyncGenerator<string> {
  yield csvLine(table.fields.map(({ name }) => name));
  for await (const items of table.items) {
    for (const item of items) {
      const cells = table.row(item).map((cell, i) => cellText(cell, table.fields[i], escapesFormulas));
      yield csvLine(cells);
    }
  }
}

function cellText(cell: JsonValue, field: TableField | undefined, escapesFormulas: boolean): string {
  if (cell === null) return '';
  if (typeof cell === 'object') return JSON.stringify(cell);
  return field?.type === 'text' && escapesFormulas ? escapedText(String(cell)) : String(cell);
}
