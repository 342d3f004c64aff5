import type { BodyNotes } from '../../core/ingest/body-notes.js';
import type { CsvRow } from '../../core/ingest/csv-scanner.js';
import type { CsvTable } from '../../core/ingest/csv-table.js';
import { FaultGroups } from '../../core/ingest/fault-groups.js';
import { wholeItemFault } from '../../core/ingest/item-faults.js';
import type { RejectionCode } from '../../core/ingest/rejection.js';
import type { FilledBatch, RowBatch } from './row-batch.js';

/** A batch is stored when it has so many bytes of rows: what a batch costs at all does not count then, and 32 MiB of memory hold it and one more chunk. */
const FULL_BYTES = 28 * 1024 * 1024;
/** Positions in a batch have 20 bits. One chunk of a body holds fewer items than the margin. */
const FULL_ITEMS = 2 ** 20 - 2 ** 17;
/** One is filled while the other is being stored. */
const BATCHES = 2;

/** Gathers the items of one body into batches and counts those that were not taken. Holds two batches of memory, however long the body. */
export class ItemCollector<B extends RowBatch> {
  readonly #free: B[] = [];
  #made = 0;
  #rows: B | undefined;
  #firstIndex = 0;
  #index = 0;
  /** Why items were not taken. */
  readonly rejected = new FaultGroups();
  #rejectedBefore = 0;

  constructor(
    private readonly makeBatch: () => B,
    /** What the items' readers notice. */
    readonly notes: BodyNotes,
    private readonly fullBytes = FULL_BYTES,
    private readonly fullItems = FULL_ITEMS,
  ) {}

  get isFull(): boolean {
    const bytes = this.#rows?.byteLength ?? 0;
    return bytes >= this.fullBytes || this.#index - this.#firstIndex >= this.fullItems;
  }

  /** The next item of the body, as JSON in the bytes [start, end). */
  take(bytes: Buffer, start: number, end: number): void {
    const rows = (this.#rows ??= this.#nextBatch());
    if (!rows.add(bytes, start, end, this.#index - this.#firstIndex)) this.rejected.add(this.#index, rows.faults);
    this.#index++;
  }

  /** The next item of the body, as a row of a table. */
  takeRow(row: CsvRow, table: CsvTable): void {
    const rows = (this.#rows ??= this.#nextBatch());
    table.fill(row, rows.item);
    if (!rows.addItem(row.byteLength, this.#index - this.#firstIndex)) this.rejected.add(this.#index, rows.faults);
    this.#index++;
  }

  /** The next item of the body, which nobody needs to look at. */
  refuse(code: RejectionCode): void {
    this.rejected.add(this.#index++, { list: [wholeItemFault(code)], omitted: 0 });
  }

  /** A place in the body that holds no item but counts as one. */
  pass(): void {
    this.#index++;
  }

  /** What was gathered since the last time. */
  cut(): FilledBatch<B> {
    const rows = (this.#rows ??= this.#nextBatch());
    const [startIndex, rejected] = [this.#firstIndex, this.rejected.items - this.#rejectedBefore];
    this.#rows = undefined;
    this.#firstIndex = this.#index;
    this.#rejectedBefore = this.rejected.items;
    return { rows, startIndex, endIndex: this.#index, rejected };
  }

  /** A batch that is stored can be filled again. */
  release(rows: B): void {
    rows.clear();
    this.#free.push(rows);
  }

  #nextBatch(): B {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#made === BATCHES) throw new Error('A batch was asked for while two are being stored');
    this.#made++;
    return this.makeBatch();
  }
}
