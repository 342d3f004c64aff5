import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../../core/failure.js';
import { Config } from '../../platform/config/config.js';
import { runJob } from '../../stores/queue/run-job.js';
import { RunQueue } from '../../stores/queue/run-queue.js';
import type { RunEntity } from './run.entity.js';
import { newRank } from './rank.js';

/** How many runs are queued: at most one more than the limit is counted. */
export interface Queued {
  readonly ofAccount: number;
  readonly inAll: number;
}

/** A refused caller should come back when some of the queue is done. */
const RETRY_AFTER_S = 10;

/** The line of queued runs: who is let in, and who is next. The rows say it; jobs follow them. */
@Injectable()
export class RunScheduler {
  private readonly logger = new Logger(RunScheduler.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: RunQueue,
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

  /** Gives a queued run its job. Never throws: the sweeper finds a run without one. */
  async enqueue({ id, propertyId, rank }: Pick<RunEntity, 'id' | 'propertyId' | 'rank'>): Promise<void> {
    try {
      await this.queue.enqueue(runJob(id, propertyId), rank);
    } catch (error) {
      this.logger.warn({ msg: 'run not enqueued, left to the sweeper', runId: id, err: error });
    }
  }

  /** Somebody waits now for what was queued as bulk. */
  async promote({ id, accountId }: RunEntity): Promise<void> {
    const [rows]: [{ rank: number }[], number] = await this.dataSource.query(
      `UPDATE runs SET rank = ${newRank('$2', 'interactive')} WHERE id = $1 AND state = 'queued' RETURNING rank`,
      [id, accountId],
    );
    const [row] = rows;
    if (row === undefined) return;
    await this.queue
      .move(id, row.rank)
      .catch((error: Error) => this.logger.warn({ msg: 'job not moved ahead', runId: id, err: error }));
  }

  /** Puts the next run of an account back into the queue, which it has left because as many were running as may be. */
  async enqueueNext(accountId: string): Promise<void> {
    if (this.config.accountConcurrency === 0) return;
    const rows: { id: string; property_id: string; rank: number }[] = await this.dataSource.query(
      `SELECT id, property_id, rank FROM runs WHERE account_id = $1 AND state = 'queued' ORDER BY rank, id LIMIT 1`,
      [accountId],
    );
    for (const row of rows) await this.enqueue({ id: row.id, propertyId: row.property_id, rank: row.rank });
  }
}

function full(code: 'account_queue_full' | 'queue_full', limit: string, value: number, detail: string): Failure {
  return new Failure(code, detail, [], { limit, value, retry_after: RETRY_AFTER_S });
}
