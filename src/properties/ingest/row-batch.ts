import type { ItemFaults } from '../../core/ingest/item-faults.js';
import type { ObjectReader } from '../../core/ingest/object-reader.js';

/** Items of one kind on their way into the engine. */
export interface RowBatch {
  /** Items taken. */
  readonly count: number;
  readonly byteLength: number;
  /** UTC days on which it has events. */
  readonly days: readonly number[];
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

/** A batch that is to be stored, and the index of the first item of the body after it. */
export interface FilledBatch<B extends RowBatch> {
  readonly rows: B;
  readonly endIndex: number;
}
