import type { Tally } from '../../core/ingest/batch-tally.js';

/** Who sent a batch. */
export interface Sent {
  readonly apiKeyId: string | null;
  /** The first batch of the same body; null: this is it. */
  readonly streamSeq: number | null;
}

/** What became of the items of a batch. Instants are UTC milliseconds, null where it has no events. */
export interface BatchCounts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly conflicting: number;
  readonly rejected: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** What the accepted ones are made of; null: nothing was accepted. */
  readonly tally: Tally | null;
}

export const NOBODY: Sent = { apiKeyId: null, streamSeq: null };

export const NO_COUNTS: BatchCounts = {
  accepted: 0,
  duplicates: 0,
  conflicting: 0,
  rejected: 0,
  firstMs: null,
  lastMs: null,
  tally: null,
};
