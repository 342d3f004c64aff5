import type { CanonicalRequest } from '../../core/request/canonical-request.js';
import type { RunResult } from '../../core/request/run-result.js';
import type { PartSizes } from '../../core/request/result-chunks.js';
import { readRequest } from '../../core/stored/read-request.js';
import { readResult } from '../../core/stored/stored-form.js';
import { Failure } from '../../core/failure.js';
import type { JobError } from '../../jobs/job-kind.js';
import { RunEntity, type RunState } from './run.entity.js';

/** A row of the table `runs` as pg gives it: bigint is text, JSON is parsed. */
export interface RunRow {
  readonly id: string;
  readonly property_id: string;
  readonly account_id: string;
  readonly caller_id: string | null;
  readonly hash: string;
  readonly metric: string;
  readonly canonical: CanonicalRequest;
  readonly form: number;
  readonly state: RunState;
  readonly rank: number;
  readonly rows_read: string | null;
  readonly rows_to_read: string | null;
  readonly attempt: number;
  readonly handed_back: number;
  readonly engine_lost_at: Date | null;
  readonly leased_until: Date | null;
  readonly data_version: string | null;
  readonly as_of: Date | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly valid_until: Date | null;
  readonly read_at: Date | null;
  readonly gone_at: Date | null;
  readonly result: RunResult | null;
  readonly result_bytes: number | null;
  readonly result_chunks: PartSizes | null;
  readonly rows_stored: boolean;
  readonly error: JobError | null;
}

/** What TypeORM would make of it, where a statement is beyond its query builder. */
export function toRun(row: RunRow): RunEntity {
  const run = Object.assign(new RunEntity(), {
    id: row.id,
    propertyId: row.property_id,
    accountId: row.account_id,
    callerId: row.caller_id,
    hash: row.hash,
    metric: row.metric,
    canonical: row.canonical,
    form: row.form,
    state: row.state,
    rank: row.rank,
    rowsRead: numberOf(row.rows_read),
    rowsToRead: numberOf(row.rows_to_read),
    attempt: row.attempt,
    handedBack: row.handed_back,
    engineLostAt: row.engine_lost_at,
    leasedUntil: row.leased_until,
    dataVersion: numberOf(row.data_version),
    asOf: row.as_of,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    validUntil: row.valid_until,
    readAt: row.read_at,
    goneAt: row.gone_at,
    result: row.result,
    resultBytes: row.result_bytes,
    resultChunks: row.result_chunks,
    rowsStored: row.rows_stored,
    error: row.error,
    unreadable: null,
  } satisfies RunEntity);
  return asRead(run);
}

/**
 * Brings the JSON of a row to today's form. What cannot be read leaves its failure, and everything else as it was: it
 * must not spoil what is read beside it.
 */
export function asRead(run: RunEntity): RunEntity {
  try {
    const canonical = readRequest(run.canonical, run.form);
    const result = run.result === null ? null : readResult(run.result);
    return Object.assign(run, { canonical, result, unreadable: null });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return Object.assign(run, { unreadable: error });
  }
}

function numberOf(bigint: string | null): number | null {
  return bigint === null ? null : Number(bigint);
}
