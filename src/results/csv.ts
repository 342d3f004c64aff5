import { quoted, type CsvStyle, escapedText } from '../sql/export/csv-sql.js';
import { Readable } from 'node:stream';
import type { JsonValue } from '../core/json.js';
import type { TableField } from '../sql/export/compile-list.js';
import type { AnswerTable } from './answer-table.js';

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

/** Lines with their header. A reader who leaves before the first byte lets go of the lines too. */
export function withHeader(header: string, lines: Readable): Readable {
  const whole = Readable.from(chunks(header, lines), { objectMode: false });
  return whole.once('close', () => lines.destroy());
}

async function* chunks(header: string, lines: AsyncIterable<Buffer>): AsyncGenerator<string | Buffer> {
  yield header;
  yield* lines;
}

/** A header and a line for each item. Histograms and maps are JSON texts, what is null is empty. */
export async function* tableCsv<Item>(table: AnswerTable<Item>, style: CsvStyle): AsyncGenerator<string> {
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
