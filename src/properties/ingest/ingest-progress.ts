import type { ErrorCode } from '../../core/error-codes.js';
import { Failure } from '../../core/failure.js';
import { failureOf } from '../../platform/http/failure-of.js';
import { QueryCancelled } from '../../stores/clickhouse/engine-failure.js';

/** How far a body has got. */
export interface IngestProgress {
  readonly apiKeyId: string;
  /** The number of the first batch. */
  streamSeq: number | null;
  seq: number | null;
  /** As it was when the last batch was closed. */
  dataVersion: number;
  accepted: number;
  duplicates: number;
  conflicting: number;
  /** Where in the body the first of these stand. */
  readonly conflictingIndexes: number[];
  /** Items that are dealt with, whatever became of them. */
  items: number;
  /** The batch at which it ended. */
  failed: FailedBatch | null;
}

/** A batch whose rows may have been written, in whole or in part. */
export interface FailedBatch {
  readonly seq: number;
  readonly items: number;
  /** How many of its rows are there; null: not known. */
  readonly stored: number | null;
  readonly cause: unknown;
}

/** What is said of failures whose own detail speaks to somebody who asks, not to somebody who sends. */
const REASONS: Partial<Record<ErrorCode, string>> = {
  memory_limit_exceeded: 'The engine was short of memory.',
  engine_memory_exhausted: 'The engine was short of memory.',
  time_limit_exceeded: 'The engine did not come to an end in time.',
  internal_error: 'Something went wrong on our side.',
};

/**
 * The failure of a store as it is reported to somebody who sends data, with what to do. Limits of queries say nothing
 * about what was sent: they and what is no failure of ours by name become `storing_failed` (503).
 */
export function senderFailure(error: unknown, advice: string): Failure {
  if (error instanceof QueryCancelled)
    return withCause(new Failure('engine_unavailable', `The insert was stopped before it ended. ${advice}`), error);
  const { code, detail, errors, extra } = failureOf(error);
  const reason = REASONS[code];
  if (reason !== undefined) return withCause(new Failure('storing_failed', `${reason} ${advice}`), error);
  const sentence = detail.endsWith('.') ? detail : `${detail}.`;
  return withCause(new Failure(code, `${sentence} ${advice}`, errors, extra), error);
}

/**
 * The failure of a body that could not be read or stored to its end. `stored` tells of what is stored for certain;
 * where a batch after that may be stored in whole or in part, `ingest_seq` is its number and `in_doubt` how many items
 * it has.
 */
export function partialFailure(error: unknown, { seq, accepted, duplicates, items, failed }: IngestProgress): Failure {
  const stored = { ingest_seq: seq, items, accepted, duplicates };
  const doubt = failed !== null && failed.stored !== 0 ? { ingest_seq: failed.seq, in_doubt: failed.items } : {};
  const failure = isOfBody(error, failed) ? withAdvice(error, failed) : senderFailure(error, adviceOn(failed));
  return withCause(
    new Failure(failure.code, failure.detail, failure.errors, { ...failure.extra, ...doubt, stored }),
    error,
  );
}

/** The body itself could not be read, whatever became of the batch before. */
function isOfBody(error: unknown, failed: FailedBatch | null): error is Failure {
  return error instanceof Failure && error.status < 500 && error !== failed?.cause;
}

/** Whoever puts it right sends all of it again anyway. */
function withAdvice(failure: Failure, failed: FailedBatch | null): Failure {
  if (failed === null) return failure;
  return new Failure(failure.code, `${failure.detail} ${adviceOn(failed)}`, failure.errors, failure.extra);
}

const ONCE = 'what is stored counts once, however often it is sent.';

function adviceOn(failed: FailedBatch | null): string {
  if (failed === null) return `\`stored\` tells how far it got. Send the rest again, or all of it: ${ONCE}`;
  if (failed.stored === 0) return `None of the last ${failed.items} items has been added: send them again.`;
  return `The last ${failed.items} items may be stored, all or some of them: send them again, ${ONCE}`;
}

function withCause(failure: Failure, cause: unknown): Failure {
  failure.cause = cause;
  return failure;
}
