import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Config } from '../platform/config/config.js';
import type { Statement } from '../stores/postgres/one-trip.js';
import type { JobMessage } from '../stores/queue/job-queues.js';
import { notifySql } from '../stores/queue/job-hints.js';
import {
  JobKinds,
  MAX_ATTEMPTS,
  NOW,
  type CancellableKind,
  type ClaimedJob,
  type Columns,
  type GivenUpJob,
  type JobError,
  type JobHandler,
  type JobKind,
  type JobResult,
  type JobTarget,
} from './job-kind.js';
import { isFree, LEASE_END } from './job-leases.js';
import { turnsSql, withinLimits } from './within-limits.js';

/** The columns of the lifecycle that a claim returns; the others are the handler's. */
export interface ClaimRow {
  readonly job_id: string;
  readonly job_attempt: number;
  readonly job_handed_back: number;
  readonly job_queued_at: Date;
  readonly job_started_at: Date;
}

/** A job without an end, as it should stand in the queue. */
export interface UnfinishedJob {
  readonly message: JobMessage;
  /** Null: of a kind without ranks. */
  readonly rank: number | null;
}

/**
 * What workers write to the rows of jobs, whatever their kind. Every write but the claim carries the attempt and is
 * refused (false) when the job is no longer that attempt's: cancelled, gone, ended, or begun anew by another worker.
 */
@Injectable()
export class JobStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly kinds: JobKinds,
    private readonly config: Config,
  ) {}

  /**
   * Starts a job, anew where another worker had it and is dead. Null: it has its end, another worker is at it, its
   * attempts are used up, it is of an earlier generation, or as many as may be are under way; then it stays queued.
   * When it begins is told by the clock of the database.
   */
  async claim<Row>(handler: JobHandler<Row>, message: JobMessage): Promise<ClaimedJob<Row> | null> {
    const { limits = [] } = handler.claim;
    if (limits.length === 0) return await this.start(this.dataSource.manager, handler, message);
    return await this.dataSource.transaction(async (manager) => {
      await manager.query(turnsSql(handler.kind, limits), [message.id]);
      const within = `AND (job.state = '${handler.kind.states.running}' OR ${withinLimits(handler.kind, limits)})`;
      return await this.start(manager, handler, message, within);
    });
  }

  private async start<Row>(
    manager: EntityManager,
    handler: JobHandler<Row>,
    message: JobMessage,
    also = '',
  ): Promise<ClaimedJob<Row> | null> {
    const { sql, values } = this.claimStatement(handler, message, also);
    const [[row]]: [(ClaimRow & Row)[], number] = await manager.query(sql, [...values]);
    return row === undefined ? null : claimedOf(row);
  }

  /** The statement that claims a job, for `claimedOf`; `also`: further conditions on the row `job`. */
  claimStatement<Row>({ kind, claim }: JobHandler<Row>, { id, generation }: JobMessage, also: string): Statement {
    const { table, states, queuedAt, ofProperty } = kind;
    const sql = `UPDATE ${table} AS job SET state = '${states.running}', attempt = attempt + 1, started_at = ${NOW}, finished_at = NULL,
         leased_until = ${LEASE_END} ${claim.set === undefined ? '' : `, ${claim.set}`}
       ${ofProperty ? 'FROM properties' : ''}
       WHERE job.id = $1 ${ofProperty ? 'AND properties.id = job.property_id' : ''} AND ${isFree(kind)}
         AND ${mayStart(kind)} AND ${isOfGeneration(kind)} ${also}
       RETURNING job.id AS job_id, job.attempt AS job_attempt, job.handed_back AS job_handed_back, job.${queuedAt} AS job_queued_at,
         job.started_at AS job_started_at, ${ofProperty ? 'properties.number AS property_number, ' : ''}
         ${columnsOf(claim.returning)}`;
    return { sql, values: [id, generation] };
  }

  /** Writes columns of a job under way. Not told to anybody: who wants to know looks at the row. */
  async save(kind: JobKind, { id, attempt }: JobTarget, columns: Columns): Promise<boolean> {
    const { changes, values } = assignments(columns, 2);
    const [, affected]: [unknown, number] = await this.dataSource.query(
      `UPDATE ${kind.table} SET ${changes.join(', ')} WHERE id = $1 AND attempt = $2 AND state = '${kind.states.running}'`,
      [id, attempt, ...values],
    );
    return affected > 0;
  }

  /** What the result needs beside its row is there already. */
  async succeed(kind: JobKind, target: JobTarget, { columns, condition }: JobResult): Promise<boolean> {
    const { changes, values } = assignments(columns, 2);
    const given = 2 + values.length;
    const also = condition === undefined ? '' : `AND ${condition.sql(given)}`;
    const end = [`state = '${kind.states.succeeded}'`, `finished_at = ${NOW}`, 'error = NULL', ...changes];
    return await this.write(kind, target, end, [...values, ...(condition?.values ?? [])], also);
  }

  async fail(kind: JobKind, target: JobTarget, error: JobError): Promise<boolean> {
    const end = [`state = '${kind.states.failed}'`, 'error = $3', `finished_at = ${NOW}`];
    return await this.write(kind, target, end, [JSON.stringify(error)]);
  }

  /**
   * Ends a job that has no end yet, whoever works on it.
   * @returns the attempt under way, or the last one; null: it had its end, or is gone
   */
  async cancel({ name, table, states }: CancellableKind, id: string): Promise<number | null> {
    const [row]: { attempt: number }[] = await this.dataSource.query(
      `WITH changed AS (
         UPDATE ${table} SET state = '${states.cancelled}', finished_at = ${NOW}
         WHERE id = $1 AND state IN ('${states.queued}', '${states.running}')
         RETURNING id, state, attempt)
       SELECT ${notifySql(name)}, attempt FROM changed`,
      [id],
    );
    return row?.attempt ?? null;
  }

  /** Back to the queue after a failure that may pass. */
  async retryLater(kind: JobKind, target: JobTarget, error: JobError): Promise<boolean> {
    return await this.write(kind, target, [queued(kind), 'error = $3'], [JSON.stringify(error)]);
  }

  /** Back to the queue because this process ends, or what it was worked by is gone; the start does not count. */
  async handBack(kind: JobKind, target: JobTarget): Promise<boolean> {
    return await this.write(kind, target, [queued(kind), 'handed_back = handed_back + 1'], []);
  }

  /**
   * Back to the queue because the engine is away; the start does not count. Refused also where the job has waited for
   * the engine as long as it may.
   */
  async waitForEngine(kind: JobKind, target: JobTarget, error: JobError): Promise<boolean> {
    const changes = [
      queued(kind),
      'error = $3',
      'handed_back = handed_back + 1',
      `engine_lost_at = coalesce(engine_lost_at, ${NOW})`,
    ];
    if (kind.patience === 'unlimited') return await this.write(kind, target, changes, [JSON.stringify(error)]);
    const inTime = `AND coalesce(engine_lost_at > ${NOW} - $4 * interval '1 millisecond', true)`;
    return await this.write(kind, target, changes, [JSON.stringify(error), this.config.engineWaitMs], inTime);
  }

  /** Ends a job that may not be started again: it has used up its attempts and nobody works on it. */
  async giveUp<Row>({ kind, claim }: JobHandler<Row>, { id, generation }: JobMessage): Promise<GivenUpJob<Row> | null> {
    if (kind.patience === 'unlimited') return null;
    const [row]: ({ job_attempt: number } & Row)[] = await this.dataSource.query(
      `WITH changed AS (UPDATE ${kind.table} AS job SET state = '${kind.states.failed}', finished_at = ${NOW}, error = jsonb_build_object(
         'code', 'attempts_exhausted', 'retryable', true, 'detail',
         format('The ${kind.noun} was started %s times and never came to its end%s.', attempt - handed_back,
           CASE WHEN error IS NULL THEN '' ELSE '; the last error was ' || (error ->> 'code') || ': ' || (error ->> 'detail') END))
       WHERE id = $1 AND ${isFree(kind)} AND NOT ${mayStart(kind)}
         AND ${isOfGeneration(kind)}
       RETURNING id, state, attempt, ${columnsOf(claim.returning)})
       SELECT ${notifySql(kind.name)}, changed.attempt AS job_attempt, changed.* FROM changed`,
      [id, generation],
    );
    return row === undefined ? null : { id, attempt: row.job_attempt, row };
  }

  /**
   * Ends queued jobs that the engine, which has been away for at least as long, has kept waiting as long as they may;
   * not while another worker can reach it, and so works on one.
   * @returns their ids, at most `limit`
   */
  async giveUpWaiting(kind: JobKind, error: JobError, limit: number): Promise<string[]> {
    const { table, states, queuedAt, rank } = kind;
    const rows: { id: string }[] = await this.dataSource.query(
      `WITH changed AS (UPDATE ${table} SET state = '${states.failed}', finished_at = ${NOW}, error = $1
         WHERE id IN (SELECT id FROM ${table} WHERE state = '${states.queued}' AND ${queuedAt} < ${NOW} - $2 * interval '1 millisecond'
                      ORDER BY ${rank ?? queuedAt}, id LIMIT $3 FOR UPDATE SKIP LOCKED)
           AND NOT EXISTS (SELECT 1 FROM ${table} WHERE state = '${states.running}' AND leased_until > clock_timestamp())
         RETURNING id, state, attempt)
       SELECT ${notifySql(kind.name)}, id FROM changed`,
      [JSON.stringify(error), this.config.engineWaitMs, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Whether the result that the row holds is this attempt's. */
  async hasSucceeded({ table, resultAttempt }: JobKind, { id, attempt }: JobTarget): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `SELECT 1 FROM ${table} WHERE id = $1 AND ${resultAttempt} = $2`,
      [id, attempt],
    );
    return rows.length > 0;
  }

  /** The oldest jobs that should stand in the queue and have waited for longer than `minAgeMs`. */
  async unfinished(manager: EntityManager, kind: JobKind, minAgeMs: number, limit: number): Promise<UnfinishedJob[]> {
    const { table, queuedAt, rank, generation } = kind;
    const rows: { id: string; rank: number | null; generation: number | null }[] = await manager.query(
      `SELECT id, ${rank ?? 'NULL::integer'} AS rank, ${generation ?? 'NULL::integer'} AS generation FROM ${table}
       WHERE ${isUnfinished(kind)} ORDER BY ${queuedAt} LIMIT $2`,
      [minAgeMs, limit],
    );
    return rows.map((row) => ({ message: { id: row.id, generation: row.generation }, rank: row.rank }));
  }

  /** The names of the kinds that `unfinished` would find a job of: one statement, as mostly there is none. */
  async kindsUnfinished(minAgeMs: number): Promise<Set<string>> {
    const looks = this.kinds.all.map(
      (kind) => `SELECT '${kind.name}' AS name WHERE EXISTS (SELECT 1 FROM ${kind.table} WHERE ${isUnfinished(kind)})`,
    );
    const rows: { name: string }[] = await this.dataSource.query(looks.join(' UNION ALL '), [minAgeMs]);
    return new Set(rows.map(({ name }) => name));
  }

  /** Whether a worker is at a job of the property, of whatever kind. */
  async isAtWork(propertyId: string): Promise<boolean> {
    const looks = this.kinds.all
      .filter(({ ofProperty }) => ofProperty)
      .map(
        ({ table, states }) =>
          `SELECT 1 FROM ${table} WHERE property_id = $1 AND state = '${states.running}' AND leased_until > clock_timestamp()`,
      );
    if (looks.length === 0) return false;
    const found: unknown[] = await this.dataSource.query(`${looks.join(' UNION ALL ')} LIMIT 1`, [propertyId]);
    return found.length > 0;
  }

  private async write(
    kind: JobKind,
    { id, attempt }: JobTarget,
    changes: readonly string[],
    values: readonly unknown[],
    also = '',
  ): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `WITH changed AS (
         UPDATE ${kind.table} SET ${changes.join(', ')} WHERE id = $1 AND attempt = $2 AND state = '${kind.states.running}' ${also}
         RETURNING id, state, attempt)
       SELECT ${notifySql(kind.name)} FROM changed`,
      [id, attempt, ...values],
    );
    return rows.length > 0;
  }
}

/** A job as the statement of a claim returns it. */
export function claimedOf<Row>(row: ClaimRow & Row): ClaimedJob<Row> {
  return {
    id: row.job_id,
    attempt: row.job_attempt,
    countedAttempts: row.job_attempt - row.job_handed_back,
    queuedAt: row.job_queued_at,
    startedAt: row.job_started_at,
    row,
  };
}

function queued({ states }: JobKind): string {
  return `state = '${states.queued}'`;
}

/** Whether the row still wants the work of the message; `$2` is its generation. */
function isOfGeneration({ generation }: JobKind): string {
  return generation === null ? '$2::integer IS NULL' : `job.${generation} = $2`;
}

/** Whether a job should stand in the queue: not one at which a worker is, as its lease brings it back. `$1`: its age, ms. */
function isUnfinished(kind: JobKind): string {
  const { states, queuedAt } = kind;
  return `state IN ('${states.queued}', '${states.running}') AND ${isFree(kind)} AND ${queuedAt} < ${NOW} - $1 * interval '1 millisecond'`;
}

/** Whether a job has a start left, as SQL. */
function mayStart({ patience }: JobKind): string {
  return patience === 'unlimited' ? 'true' : `(attempt - handed_back < ${MAX_ATTEMPTS})`;
}

function columnsOf(names: readonly string[]): string {
  return names.map((name) => `job.${name}`).join(', ');
}

/** Assignments of SQL with their parameters behind the first `given`. */
function assignments(columns: Columns, given: number): { readonly changes: string[]; readonly values: unknown[] } {
  const names = Object.keys(columns);
  return {
    changes: names.map((name, i) => `${name} = $${given + 1 + i}`),
    values: names.map((name) => columns[name]),
  };
}
