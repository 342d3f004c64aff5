import { pointerTo } from '../core/failure.js';
import { isInexactInteger } from '../core/ingest/exact-number.js';
import { ITEM_LIMITS } from '../core/ingest/rejection.js';
import { csvRecords } from '../properties/ingest/csv-records.js';
import type { ItemCollector } from '../properties/ingest/item-collector.js';
import type { FilledBatch, RowBatch } from '../properties/ingest/row-batch.js';
import { csvColumns, type CsvColumn } from './csv-columns.js';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const BOOLEAN = /^(true|false)$/i;

/**
 * Batches of events from CSV (RFC 4180) with a header. Every row becomes one JSON object, checked like any other; an empty cell is absent.
 * Blank lines are no rows.
 *
 * @throws Failure invalid_field for the header, malformed_body for bad quoting, body_too_large for a row beyond the limit of an item
 */
export async function* csvBatches<B extends RowBatch>(
  chunks: AsyncIterable<Buffer>,
  collector: ItemCollector<B>,
): AsyncGenerator<FilledBatch<B>> {
  let columns: CsvColumn[] | undefined;
  for await (const rows of csvRecords(chunks, { maxBytes: ITEM_LIMITS.itemBytes })) {
    for (const row of rows) {
      if (columns) takeRow(row, columns, collector);
      else columns = csvColumns(row);
    }
    if (collector.isFull) yield collector.cut();
  }
  yield collector.cut();
}

type RowSink = Pick<ItemCollector<RowBatch>, 'take' | 'refuse'>;

function takeRow(row: readonly string[], columns: readonly CsvColumn[], collector: RowSink): void {
  if (row.length !== columns.length) return collector.refuse('wrong_cell_count');
  const fields: string[] = [];
  const properties: string[] = [];
  for (const [at, column] of columns.entries()) {
    const cell = row[at] ?? '';
    if (cell === '') continue;
    const value = jsonOf(cell, column);
    if (value === null) {
      const isExact = column.type !== 'number' || !isInexactInteger(cell, Number(cell));
      const code = isExact ? 'invalid_cell' : 'number_out_of_range';
      const pointer = pointerTo('/properties', column.name);
      const lack = isExact ? (column.type === 'number' ? 'number' : 'boolean') : 'exact';
      return collector.refuse(code, { code, pointer, lack, value: cell });
    }
    (column.isProperty ? properties : fields).push(`${JSON.stringify(column.name)}:${value}`);
  }
  const item = Buffer.from(`{${[...fields, `"properties":{${properties.join(',')}}`].join(',')}}`);
  collector.take(item, 0, item.length);
}

/** Null: the cell does not hold what its column says. */
function jsonOf(cell: string, { type }: CsvColumn): string | null {
  if (type === 'text') return JSON.stringify(cell);
  if (type === 'boolean') return BOOLEAN.test(cell) ? cell.toLowerCase() : null;
  const number = NUMBER.test(cell) ? Number(cell) : NaN;
  return Number.isFinite(number) && !isInexactInteger(cell, number) ? String(number) : null;
}
