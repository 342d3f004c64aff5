import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Failure } from '../../core/failure.js';
import type { CanonicalRequest } from '../../core/request/canonical-request.js';
import type { RunTarget } from '../../core/request/run-plan.js';
import type { ChunkedResult } from '../../core/request/result-chunks.js';
import { isOfOldSemantics, readRequest, renewRequest, type RenewedRequest } from '../../core/stored/read-request.js';
import { STORED_FORMS } from '../../core/stored/stored-form.js';
import { IngestLedger } from '../../properties/ledger/ingest-ledger.service.js';
import { Config } from '../../platform/config/config.js';
import { lockSql } from '../../stores/postgres/advisory-locks.js';
import { NOTIFY_RUN } from '../../stores/queue/run-hints.js';
import { runJob, type RunJob } from '../../stores/queue/run-job.js';
import { IS_FREE, LEASE_END } from './run-leases.js';
import type { RunError } from './run.entity.js';

/** Starts of a run that count; those handed back at a shutdown, or as the engine was away, do not. */
export const MAX_ATTEMPTS = 3;

/** The instant at which a statement begins, by the database's clock; JavaScript's dates end at milliseconds. */
const NOW = `date_trunc('milliseconds', statement_timestamp())`;

/** A run that this process has just started: what it needs to know, and the token (attempt) it writes with. */
export interface ClaimedRun {
  readonly id: string;
  readonly propertyId: string;
  readonly accountId: string;
  readonly propertyNumber: number;
  readonly hash: string;
  readonly metric: string;
  /** What is measured; or why what was asked cannot be: the run has that end. */
  readonly canonical: CanonicalRequest | Failure;
  readonly attempt: number;
  /** Starts that count, this one included. */
  readonly countedAttempts: number;
  readonly dataVersion: number;
  readonly asOf: Date;
  readonly createdAt: Date;
  readonly startedAt: Date;
}

interface ClaimRow {
  readonly id: string;
  readonly property_id: string;
  readonly account_id: string;
  readonly number: number;
  readonly hash: string;
  readonly metric: string;
  readonly canonical: unknown;
  readonly form: number;
  readonly attempt: number;
  readonly handed_back: number;
  readonly as_of: Date;
  readonly created_at: Date;
  readonly started_at: Date;
}

/** A run whose attempts are used up. */
export interface AbandonedRun {
  readonly runId: string;
  readonly accountId: string;
  readonly hash: string;
  readonly metric: string;
  readonly attempt: number;
}

interface GivenUpRow {
  readonly account_id: string;
  readonly hash: string;
  readonly metric: string;
  readonly attempt: number;
}

/** What a worker writes to a run's row. Every write but the claim carries the attempt and is refused (false) when the run is no longer that attempt's. */
@Injectable()
export class FencedRunStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ledger: IngestLedger,
    private readonly config: Config,
  ) {}

  /**
   * Starts a run, anew where another worker had it and is dead. Null: it is finished, another worker is at it, its attempts are used up, it was taken away at once, or
   * its account has as many runs under way as it may have; then it stays queued, for `RunScheduler.enqueueNext`. The clock of the database says when it begins.
   *
   * The data version is read after the run has begun: whoever joined it while it was queued has done so before, and sees all data that was acknowledged
   * to it; whoever comes after finds it running, and compares with the data version as soon as that stands there.
   */
  async claim(runId: string): Promise<ClaimedRun | null> {
    const row = await (this.config.accountConcurrency === 0
      ? this.start(this.dataSource.manager, runId)
      : this.startWithinLimit(runId));
    if (row === undefined) return null;
    const dataVersion = await this.ledger.steadyVersion(row.property_id);
    const meant = meantBy(row);
    const kept = await this.returned(
      `UPDATE runs SET data_version = $3 WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id`,
      [runId, row.attempt, dataVersion],
    );
    if (kept.length === 0) return null;
    if (meant.renewed !== null) await this.renew(runId, meant.renewed);
    return { ...claimed(row, dataVersion), hash: meant.renewed?.hash ?? row.hash, canonical: meant.canonical };
  }

  private async start(manager: EntityManager, runId: string, also = ''): Promise<ClaimRow | undefined> {
    const [[row]]: [ClaimRow[], number] = await manager.query(
      `UPDATE runs SET state = 'running', attempt = attempt + 1, data_version = NULL, started_at = ${NOW}, leased_until = ${LEASE_END},
         rows_read = NULL, rows_to_read = NULL, as_of = coalesce((canonical ->> 'as_of')::timestamptz, ${NOW})
       FROM properties
       WHERE runs.id = $1 AND properties.id = runs.property_id
         AND ${IS_FREE} AND attempt - handed_back < ${MAX_ATTEMPTS} ${also}
       RETURNING runs.id, property_id, runs.account_id, number, hash, metric, canonical, form, attempt, handed_back, as_of,
         runs.created_at, started_at`,
      [runId],
    );
    return row;
  }

  /** Claims of one account take turns, so that no two of them take the last place. */
  private async startWithinLimit(runId: string): Promise<ClaimRow | undefined> {
    return await this.dataSource.transaction(async (manager) => {
      await manager.query(`SELECT ${lockSql('claim', 'account_id')} FROM runs WHERE id = $1`, [runId]);
      const underWay = `(SELECT count(*) FROM runs AS other WHERE other.account_id = runs.account_id AND other.state = 'running')`;
      const also = `AND (state = 'running' OR ${underWay} < ${this.config.accountConcurrency})`;
      return await this.start(manager, runId, also);
    });
  }

  /** What has waited over an upgrade is another request from now on; whoever asked it is told so, by hash and semantics. */
  private async renew(runId: string, { canonical, hash }: RenewedRequest): Promise<void> {
    const text = JSON.stringify(canonical);
    await this.dataSource.query(
      `WITH run AS (UPDATE runs SET canonical = $2, form = $3, hash = $4 WHERE id = $1)
       UPDATE requests SET canonical = $2, form = $3 WHERE run_id = $1`,
      [runId, text, STORED_FORMS.request, hash],
    );
  }

  /** How far an attempt has come. Not told to anybody: who wants to know looks at the row. */
  async report({ runId, attempt }: RunTarget, rowsRead: number, rowsToRead: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE runs SET rows_read = $3, rows_to_read = $4 WHERE id = $1 AND attempt = $2 AND state = 'running'`,
      [runId, attempt, rowsRead, rowsToRead],
    );
  }

  /** Ends a run that may not be started again: it has used up its attempts and nobody works on it. */
  async giveUp(runId: string): Promise<AbandonedRun | null> {
    const [row]: GivenUpRow[] = await this.dataSource.query(
      `WITH changed AS (UPDATE runs SET state = 'failed', finished_at = ${NOW}, error = jsonb_build_object(
         'code', 'attempts_exhausted', 'retryable', true, 'detail',
         format('The run was started %s times and never came to its end%s.', attempt - handed_back,
           CASE WHEN error IS NULL THEN '' ELSE '; the last error was ' || (error ->> 'code') || ': ' || (error ->> 'detail') END))
       WHERE id = $1 AND ${IS_FREE} AND attempt - handed_back >= ${MAX_ATTEMPTS}
       RETURNING id, state, attempt, account_id, hash, metric)
       SELECT ${NOTIFY_RUN}, account_id, hash, metric, attempt FROM changed`,
      [runId],
    );
    if (row === undefined) return null;
    return { runId, accountId: row.account_id, hash: row.hash, metric: row.metric, attempt: row.attempt };
  }

  /** The chunks of the answer are there already. */
  async succeed(target: RunTarget, { result, bytes, parts }: ChunkedResult, validUntil: Date | null): Promise<boolean> {
    return await this.writeAs(
      target,
      `state = 'succeeded', result = $3, result_bytes = $4, result_chunks = $5, valid_until = $6, finished_at = ${NOW}, error = NULL`,
      [JSON.stringify(result), bytes, parts && JSON.stringify(parts), validUntil],
    );
  }

  async fail(target: RunTarget, error: RunError): Promise<boolean> {
    return await this.writeAs(target, `state = 'failed', error = $3, finished_at = ${NOW}`, [JSON.stringify(error)]);
  }

  /** Back to the queue after a failure that may pass. */
  async retryLater(target: RunTarget, error: RunError): Promise<boolean> {
    return await this.writeAs(target, `state = 'queued', error = $3`, [JSON.stringify(error)]);
  }

  /** Back to the queue because this process ends; the start does not count. */
  async handBack(target: RunTarget): Promise<boolean> {
    return await this.writeAs(target, `state = 'queued', handed_back = handed_back + 1`, []);
  }

  /** Back to the queue because the engine is away; the start does not count. Refused also where the run has waited for the engine as long as it may. */
  async waitForEngine(target: RunTarget, error: RunError): Promise<boolean> {
    return await this.write(
      `UPDATE runs SET state = 'queued', error = $3, handed_back = handed_back + 1, engine_lost_at = coalesce(engine_lost_at, ${NOW})
       WHERE id = $1 AND attempt = $2 AND state = 'running' AND coalesce(engine_lost_at > ${NOW} - $4 * interval '1 millisecond', true)`,
      [target.runId, target.attempt, JSON.stringify(error), this.config.engineWaitMs],
    );
  }

  /**
   * Ends queued runs that the engine, which has been away for at least as long, has kept waiting as long as they may; not while another worker can reach it, and so works on one.
   * @returns their ids, at most `limit`
   */
  async giveUpWaiting(error: RunError, limit: number): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(
      `WITH changed AS (UPDATE runs SET state = 'failed', finished_at = ${NOW}, error = $1
         WHERE id IN (SELECT id FROM runs WHERE state = 'queued' AND created_at < ${NOW} - $2 * interval '1 millisecond'
                      ORDER BY rank, id LIMIT $3 FOR UPDATE SKIP LOCKED)
           AND NOT EXISTS (SELECT 1 FROM runs WHERE state = 'running' AND leased_until > clock_timestamp())
         RETURNING id, state, attempt)
       SELECT ${NOTIFY_RUN}, id FROM changed`,
      [JSON.stringify(error), this.config.engineWaitMs, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Whether all that the run could read was there until now: else a batch was taken back under its hands. */
  async isWhole({ propertyId, dataVersion }: ClaimedRun): Promise<boolean> {
    return await this.ledger.isWhole(propertyId, dataVersion);
  }

  /** Whether the run's result is this attempt's. */
  async hasSucceeded(target: RunTarget): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `SELECT 1 FROM runs WHERE id = $1 AND attempt = $2 AND state = 'succeeded'`,
      [target.runId, target.attempt],
    );
    return rows.length > 0;
  }

  /** The oldest runs that have no end yet and should have a job in the queue. */
  async unfinished(
    manager: EntityManager,
    createdBefore: Date,
    limit: number,
  ): Promise<{ job: RunJob; rank: number }[]> {
    const rows: { id: string; property_id: string; rank: number }[] = await manager.query(
      `SELECT id, property_id, rank FROM runs WHERE state IN ('queued', 'running') AND created_at < $1 ORDER BY created_at LIMIT $2`,
      [createdBefore, limit],
    );
    return rows.map((row) => ({ job: runJob(row.id, row.property_id), rank: row.rank }));
  }

  private async writeAs(target: RunTarget, changes: string, values: readonly unknown[]): Promise<boolean> {
    const sql = `UPDATE runs SET ${changes} WHERE id = $1 AND attempt = $2 AND state = 'running'`;
    return await this.write(sql, [target.runId, target.attempt, ...values]);
  }

  private async write(update: string, values: readonly unknown[]): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `WITH changed AS (${update} RETURNING id, state, attempt) SELECT ${NOTIFY_RUN} FROM changed`,
      [...values],
    );
    return rows.length > 0;
  }

  /** TypeORM answers an UPDATE with the pair of rows and their number. */
  private async returned<T>(update: string, values: readonly unknown[]): Promise<readonly T[]> {
    const [rows]: [T[], number] = await this.dataSource.query(update, [...values]);
    return rows;
  }
}

interface Meant {
  readonly canonical: CanonicalRequest | Failure;
  readonly renewed: RenewedRequest | null;
}

function meantBy({ canonical, form }: ClaimRow): Meant {
  try {
    const read = readRequest(canonical, form);
    const isToday = form === STORED_FORMS.request && !isOfOldSemantics(read);
    const renewed = isToday ? null : renewRequest(read);
    return { canonical: renewed?.canonical ?? read, renewed };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { canonical: error, renewed: null };
  }
}

function claimed(row: ClaimRow, dataVersion: number): Omit<ClaimedRun, 'canonical'> {
  return {
    id: row.id,
    propertyId: row.property_id,
    accountId: row.account_id,
    propertyNumber: row.number,
    hash: row.hash,
    metric: row.metric,
    attempt: row.attempt,
    countedAttempts: row.attempt - row.handed_back,
    dataVersion,
    asOf: row.as_of,
    createdAt: row.created_at,
    startedAt: row.started_at,
  };
}
