import { Failure } from '../../core/failure.js';
import { unescapedFormula } from '../../core/formula.js';
import { csvColumns } from '../../core/ingest/csv-columns.js';
import { CsvScanner, OpenQuote, type CsvRow } from '../../core/ingest/csv-scanner.js';
import { CsvTable } from '../../core/ingest/csv-table.js';
import { ITEM_LIMITS } from '../../core/ingest/rejection.js';
import type { CsvBody } from './csv-parameters.js';
import type { ItemCollector } from './item-collector.js';
import type { FilledBatch, RowBatch } from './row-batch.js';

/**
 * Batches of items from CSV with a header, which is the first row that is not blank. Blank rows are none; a bad one is a rejected item. A quote that never closes ends the
 * body; what stood before it is handed on.
 *
 * @throws Failure invalid_field, invalid_parameter for the header; OpenQuote; what `chunks` throws
 */
export async function* csvBatches<B extends RowBatch>(
  chunks: AsyncIterable<Buffer>,
  collector: ItemCollector<B>,
  body: CsvBody,
): AsyncGenerator<FilledBatch<B>> {
  const rows = new RowTaker(collector, body);
  const scanner = new CsvScanner(body.columns.delimiter, ITEM_LIMITS.itemBytes, rows);
  let broken: unknown;
  for await (const chunk of chunks) {
    broken = scanned(() => scanner.push(chunk));
    if (broken !== undefined) break;
    if (collector.isFull) yield collector.cut();
  }
  broken ??= scanned(() => scanner.finish());
  yield collector.cut();
  if (broken !== undefined) throw broken;
}

/** The failure of a quote that never closes. Throws any other. */
function scanned(scan: () => void): OpenQuote | undefined {
  try {
    scan();
    return undefined;
  } catch (error) {
    if (error instanceof OpenQuote) return error;
    throw error;
  }
}

/** Makes items of rows. */
class RowTaker {
  #table: CsvTable | undefined;

  constructor(
    private readonly collector: ItemCollector<RowBatch>,
    private readonly body: CsvBody,
  ) {}

  row(row: CsvRow): void {
    if (row.isBlank) return;
    if (this.#table === undefined) this.#table = this.#open(row);
    else if (row.count === this.#table.columns.count) this.collector.takeRow(row, this.#table);
    else this.collector.refuse('wrong_cell_count');
  }

  tooLong(): void {
    if (this.#table !== undefined) return this.collector.refuse('item_too_long');
    throw new Failure('body_too_large', `The header has more than ${ITEM_LIMITS.itemBytes} bytes. Is it CSV?`);
  }

  #open(row: CsvRow): CsvTable {
    const { columns: requested, cells, shape } = this.body;
    const titles = cells.isEscaped ? row.texts().map(unescapedFormula) : row.texts();
    const columns = csvColumns(titles, requested, shape);
    const constants = shape.fields.map(({ name }) => requested.constants[name]);
    return new CsvTable(columns, constants, cells, this.collector.notes);
  }
}
