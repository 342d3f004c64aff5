import type { ItemFaults } from '../../core/ingest/item-faults.js';
import type { ObjectReader } from '../../core/ingest/object-reader.js';
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

/** A batch that is to be stored, and which items of the body it was made of: the first, the first after it, and how many were refused. */
export interface FilledBatch<B extends RowBatch> {
  readonly rows: B;
  readonly startIndex: number;
  readonly rejected: number;
  readonly endIndex: number;
}
