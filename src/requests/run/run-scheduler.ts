import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../../core/failure.js';
import type { Priority } from '../../core/request/raw-request.js';
import type { ClaimLimit } from '../../jobs/job-kind.js';
import { withinLimits } from '../../jobs/within-limits.js';
import { Jobs } from '../../jobs/jobs.service.js';
import { Config } from '../../platform/config/config.js';
import { METRIC_RUNS, type RunEntity } from './run.entity.js';

/**
 * The rank of a queued run: the lowest is started next. `bulk` runs are started when no `interactive` run is queued.
 * Not part of the hash.
 *
 * Within a priority, accounts share the workers fairly (start-time fair queueing): the first run of an account that has
 * nothing queued gets the rank that is being served, and each further run of it one rank more than its last. A thousand
 * queued runs of one account therefore delay the single run of another account by no more than the runs that are
 * already running.
 */
export const LAST_INTERACTIVE_RANK = 1_000_000;
/** BullMQ takes priorities up to 2^21 - 1; runs beyond it share a rank. */
const LAST_RANK = 2 * LAST_INTERACTIVE_RANK;

export const FIRST_RANK = 1;

export function priorityOf(rank: number): Priority {
  return rank > LAST_INTERACTIVE_RANK ? 'bulk' : 'interactive';
}

/** The SQL expression of the rank that a new run of the account gets. `accountId` is SQL, such as `$1`. */
export function newRank(accountId: string, priority: Priority): string {
  const [first, last] =
    priority === 'interactive' ? [FIRST_RANK, LAST_INTERACTIVE_RANK] : [LAST_INTERACTIVE_RANK + 1, LAST_RANK];
  const ranks = `rank BETWEEN ${first} AND ${last}`;
  return `least(${last}, greatest(
    (SELECT max(rank) + 1 FROM runs WHERE account_id = ${accountId} AND state IN ('queued', 'running') AND ${ranks}),
    coalesce(
      (SELECT max(rank) FROM runs WHERE state = 'running' AND ${ranks}),
      (SELECT min(rank) FROM runs WHERE state = 'queued' AND ${ranks}),
      ${first})))`;
}

/** How many runs are queued: at most one more than the limit is counted. */
export interface Queued {
  readonly ofAccount: number;
  readonly inAll: number;
}

export interface RunLimit extends ClaimLimit {
  readonly per: 'account_id' | 'caller_id';
}

/** A refused caller should come back when some of the queue is done. */
const RETRY_AFTER_S = 10;

/** The line of queued runs: who is let in, and who is next. The rows say it; jobs follow them. */
@Injectable()
export class RunScheduler {
  constructor(
    private readonly dataSource: DataSource,
    private readonly jobs: Jobs,
    private readonly config: Config,
  ) {}

  /** The SQL expressions `of_account` and `in_all` of `Queued`, for an account that is SQL, such as `$1`. */
  countedSql(accountId: string): string {
    const { accountQueueLimit, queueLimit } = this.config;
    return `
      (SELECT count(*)::integer FROM (SELECT 1 FROM runs
         WHERE account_id = ${accountId} AND state = 'queued' LIMIT ${accountQueueLimit}) AS q) AS of_account,
      (SELECT count(*)::integer FROM (SELECT 1 FROM runs WHERE state = 'queued' LIMIT ${queueLimit}) AS q) AS in_all`;
  }

  /** Whether one more run may be queued, as an expression of SQL. */
  hasRoomSql(accountId: string): string {
    const { accountQueueLimit, queueLimit } = this.config;
    return `of_account < ${accountQueueLimit} AND in_all < ${queueLimit} FROM (SELECT ${this.countedSql(accountId)}) AS counted`;
  }

  /** @throws Failure account_queue_full, queue_full where there is no room for one more run */
  refuseFull({ ofAccount, inAll }: Queued): void {
    const { accountQueueLimit, queueLimit } = this.config;
    if (ofAccount >= accountQueueLimit) {
      const detail = `The account has ${accountQueueLimit} queued runs, as many as it may have. Ask again when some have ended.`;
      throw full('account_queue_full', 'account_queued_runs', accountQueueLimit, detail);
    }
    if (inAll >= queueLimit) {
      const detail = `There are ${queueLimit} queued runs, as many as there may be. Ask again when some have ended.`;
      throw full('queue_full', 'queued_runs', queueLimit, detail);
    }
  }

  /** Puts a queued run into the queue, after the commit of its row. */
  async enqueue({ id, rank }: Pick<RunEntity, 'id' | 'rank'>): Promise<void> {
    await this.jobs.enqueue(METRIC_RUNS, { id, rank });
  }

  /** Somebody waits now for what was queued as bulk. */
  async promote({ id, accountId }: RunEntity): Promise<void> {
    const [rows]: [{ rank: number }[], number] = await this.dataSource.query(
      `UPDATE runs SET rank = ${newRank('$2', 'interactive')} WHERE id = $1 AND state = 'queued' RETURNING rank`,
      [id, accountId],
    );
    const [row] = rows;
    if (row !== undefined) await this.jobs.move(METRIC_RUNS, id, row.rank);
  }

  /** How many runs of an account, and of a caller, may be under way at once; none of a limit that is off. */
  get limits(): readonly RunLimit[] {
    const { accountConcurrency, keyConcurrency } = this.config;
    const all: RunLimit[] = [
      { per: 'account_id', jobs: accountConcurrency },
      { per: 'caller_id', jobs: keyConcurrency },
    ];
    return all.filter(({ jobs }) => jobs > 0);
  }

  /**
   * After a run has ended: puts the next of its account and of its caller back into the queue, which they have left
   * because as many were running as may be.
   */
  async enqueueNext(ended: Readonly<Record<RunLimit['per'], string | null>>): Promise<void> {
    const { limits } = this;
    const within = withinLimits(METRIC_RUNS, limits);
    for (const { per } of limits) {
      const rows: { id: string; rank: number }[] = await this.dataSource.query(
        `SELECT id, rank FROM runs AS job WHERE ${per} = $1 AND state = 'queued' AND ${within} ORDER BY rank, id LIMIT 1`,
        [ended[per]],
      );
      for (const row of rows) await this.enqueue(row);
    }
  }
}

function full(code: 'account_queue_full' | 'queue_full', limit: string, value: number, detail: string): Failure {
  return new Failure(code, detail, [], { limit, value, retry_after: RETRY_AFTER_S });
}
