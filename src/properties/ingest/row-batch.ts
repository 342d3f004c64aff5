import type { RejectionCode } from '../../core/ingest/rejection.js';

/** Items of one kind on their way into the engine. */
export interface RowBatch {
  /** Items taken. */
  readonly count: number;
  readonly byteLength: number;
  /** UTC days on which it has events. */
  readonly days: readonly number[];
  /** JSON Pointer to what the last rejection is about. */
  readonly pointer: string;
  /** Takes the item in the bytes [start, end), which are valid UTF-8, or tells why not. */
  add(bytes: Buffer, start: number, end: number, position: number): RejectionCode | null;
  clear(): void;
}

/** A batch that is to be stored, and the index of the first item of the body after it. */
export interface FilledBatch<B extends RowBatch> {
  readonly rows: B;
  readonly endIndex: number;
}
