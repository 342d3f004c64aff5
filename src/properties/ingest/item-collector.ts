import { DoubleBuffer, type BatchSource } from '../../bodies/batches.js';
import type { ItemSink } from '../../bodies/item-splitters.js';
import type { BodyNotes } from '../../core/ingest/body-notes.js';
import type { CsvRow } from '../../core/ingest/csv-scanner.js';
import type { CsvTable } from '../../core/ingest/csv-table.js';
import { FaultGroups, type ItemFaults, wholeItemFault } from '../../core/ingest/item-faults.js';
import type { ObjectReader } from '../../core/ingest/object-reader.js';
import type { RejectionCode } from '../../core/ingest/rejection.js';
import type { InstantRange } from '../../sql/ingest/event-batch.js';

/** Items of one kind on their way into the engine. */
export interface RowBatch {
  /** Items taken. */
  readonly count: number;
  readonly byteLength: number;
  /** UTC days on which it has events. */
  readonly days: readonly number[];
  /** First and last instant of its events, UTC milliseconds; not finite where it has none. */
  readonly range: InstantRange;
  /** The item that is read: filled from JSON by `add`, from anything else by whoever calls `addItem`. */
  readonly item: ObjectReader;
  /** What is wrong with the item that was not taken last. */
  readonly faults: ItemFaults;
  /** Takes the item in the bytes [start, end), which are valid UTF-8, from JSON; false: it is to be rejected. */
  add(bytes: Buffer, start: number, end: number, position: number): boolean;
  /** Takes what stands in `item`, which was read from so many bytes; false: it is to be rejected. */
  addItem(byteLength: number, position: number): boolean;
  clear(): void;
}

/**
 * A batch that is to be stored, and which items of the body it was made of: the first, the first after it, and how many
 * were refused.
 */
export interface FilledBatch<B extends RowBatch> {
  readonly rows: B;
  readonly startIndex: number;
  readonly rejected: number;
  readonly endIndex: number;
}

/**
 * A batch is stored when it has so many bytes of rows: what a batch costs at all does not count then, and 32 MiB of
 * memory hold it and one more chunk.
 */
const FULL_BYTES = 28 * 1024 * 1024;
/** Positions in a batch have 20 bits. One chunk of a body holds fewer items than the margin. */
const FULL_ITEMS = 2 ** 20 - 2 ** 17;
/**
 * Gathers the items of one body into batches and counts those that were not taken. Holds two batches of memory, however
 * long the body.
 */
export class ItemCollector<B extends RowBatch> implements ItemSink, BatchSource<FilledBatch<B>> {
  readonly #buffer: DoubleBuffer<B>;
  #rows: B | undefined;
  #firstIndex = 0;
  #index = 0;
  /** Why items were not taken. */
  readonly rejected = new FaultGroups();
  #rejectedBefore = 0;

  constructor(
    makeBatch: () => B,
    /** What the items' readers notice. */
    readonly notes: BodyNotes,
    private readonly fullBytes = FULL_BYTES,
    private readonly fullItems = FULL_ITEMS,
  ) {
    this.#buffer = new DoubleBuffer(makeBatch);
  }

  get isFull(): boolean {
    const bytes = this.#rows?.byteLength ?? 0;
    return bytes >= this.fullBytes || this.#index - this.#firstIndex >= this.fullItems;
  }

  /** The next item of the body, as JSON in the bytes [start, end). */
  take(bytes: Buffer, start: number, end: number): void {
    const rows = (this.#rows ??= this.#buffer.take());
    if (!rows.add(bytes, start, end, this.#index - this.#firstIndex)) this.rejected.add(this.#index, rows.faults);
    this.#index++;
  }

  /** The next item of the body, as a row of a table. */
  takeRow(row: CsvRow, table: CsvTable): void {
    const rows = (this.#rows ??= this.#buffer.take());
    table.fill(row, rows.item);
    if (!rows.addItem(row.byteLength, this.#index - this.#firstIndex)) this.rejected.add(this.#index, rows.faults);
    this.#index++;
  }

  /** The next item of the body, which nobody needs to look at. */
  refuse(code: RejectionCode): void {
    this.rejected.add(this.#index++, { list: [wholeItemFault(code)], omitted: 0 });
  }

  /** The next item of the body, in which somebody else has found faults. */
  refuseFaults(faults: ItemFaults): void {
    this.rejected.add(this.#index++, faults);
  }

  /** A place in the body that holds no item but counts as one. */
  pass(): void {
    this.#index++;
  }

  /** What was gathered since the last time. */
  cut(): FilledBatch<B> {
    const rows = (this.#rows ??= this.#buffer.take());
    const [startIndex, rejected] = [this.#firstIndex, this.rejected.items - this.#rejectedBefore];
    this.#rows = undefined;
    this.#firstIndex = this.#index;
    this.#rejectedBefore = this.rejected.items;
    return { rows, startIndex, endIndex: this.#index, rejected };
  }

  release({ rows }: FilledBatch<B>): void {
    this.#buffer.release(rows);
  }
}
