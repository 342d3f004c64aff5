import { Semaphore } from '@muster/embedded-stores';
import { Injectable, Logger } from '@nestjs/common';
import AsyncLock from 'async-lock';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import type { ChangeKind } from '../core/request/freshness.js';
import { planRun } from '../core/request/plan-run.js';
import type { RunTarget } from '../core/request/run-plan.js';
import { refuseTooManyRows } from '../core/series/series-size.js';
import { Config } from '../platform/config/config.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { Engine } from '../stores/clickhouse/engine.js';
import { ExportStore } from '../stores/clickhouse/export-store.js';
import { RunEvaluator } from '../stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../stores/clickhouse/run-values-store.js';
import { withLockOf } from '../stores/postgres/advisory-locks.js';
import type { RequestAndRun } from './run/run-admission.js';
import { RunFreshness } from './run/run-freshness.js';
import type { RunEntity } from './run/run.entity.js';
import { resultGone, storedUsers } from './answer/request-result.js';

/** Each holds a connection of the database and a query of the engine. */
const STORED_AT_ONCE = 2;

/**
 * Stores the rows of the users of a run when somebody first reads them: most runs are read for their aggregates alone,
 * which need no rows. The rows are those of the run: its request over the same data version, as of the same instant.
 */
@Injectable()
export class UserRows {
  private readonly logger = new Logger(UserRows.name);
  /** One at a time for a run, within this process. */
  private readonly mutex = new AsyncLock({ maxPending: Infinity });
  private readonly slots = new Semaphore(STORED_AT_ONCE);

  constructor(
    private readonly dataSource: DataSource,
    private readonly evaluator: RunEvaluator,
    private readonly values: RunValuesStore,
    private readonly exports: ExportStore,
    private readonly freshness: RunFreshness,
    private readonly engine: Engine,
    private readonly config: Config,
  ) {}

  /**
   * Resolves when the rows are stored. Those who need the rows of one run at the same time store them once. When
   * `signal` aborts, the engine stops.
   * @throws Failure result_gone where the values cannot be computed any more as the run saw them; what `Engine` throws
   */
  async ensure(requested: RequestAndRun, property: PropertyEntity, signal: AbortSignal): Promise<void> {
    const { run } = requested;
    if (run.rowsStored) return;
    // Readers of one run wait here for each other, and keep no slot and no connection meanwhile.
    await this.mutex.acquire(run.id, async () => {
      if (await this.areStored(run)) return;
      const release = await this.slots.acquire(signal);
      try {
        await withLockOf(this.dataSource, 'user_rows', run.id, async () => {
          if (!(await this.areStored(run))) await this.store(requested, property, signal);
        });
      } finally {
        release();
      }
    });
  }

  private async areStored({ id }: RunEntity): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query('SELECT 1 FROM runs WHERE id = $1 AND rows_stored', [id]);
    return rows.length > 0;
  }

  private async store(requested: RequestAndRun, property: PropertyEntity, signal: AbortSignal): Promise<void> {
    const { run } = requested;
    const { target } = storedUsers(requested);
    await this.refuseChanged(run);
    await this.clearEarlier(target);
    try {
      await this.measure(requested, property, signal);
      if (!(await this.markStored(run))) throw resultGone(run);
    } catch (error) {
      await this.discard(target);
      throw error;
    }
  }

  /** What a process that died has left, and what it may still be writing. */
  private async clearEarlier(target: RunTarget): Promise<void> {
    await this.engine.kill(markerOf(target));
    await this.values.deleteAttempt(target);
  }

  private async measure(requested: RequestAndRun, property: PropertyEntity, signal: AbortSignal): Promise<void> {
    const { run } = requested;
    const { target, size } = storedUsers(requested);
    if (run.dataVersion === null || run.asOf === null) throw new Error(`run ${run.id} has a result without its data`);
    const data = { propertyNumber: property.number, dataVersion: run.dataVersion, asOfMs: run.asOf.getTime() };
    // Groups are not read user by user.
    const plan = { ...planRun(run.canonical, data), breakdown: null };
    const rows = (users: number, points: number): void => refuseTooManyRows(users, points, this.config.seriesRowsLimit);
    await this.evaluator.measure(plan, target, { marker: markerOf(target), signal }, { rows });
    await this.refuseChanged(run);
    if ((await this.exports.userCount(target)) !== size) throw unrepeatable(run, []);
  }

  /** False: the run has no result any more. */
  private async markStored({ id }: RunEntity): Promise<boolean> {
    const [, updated]: [unknown[], number] = await this.dataSource.query(
      `UPDATE runs SET rows_stored = true WHERE id = $1 AND state = 'succeeded' AND gone_at IS NULL`,
      [id],
    );
    return updated > 0;
  }

  /** The row says first that there are none: it may say otherwise where the acknowledgement of `markStored` was lost. */
  private async discard(target: RunTarget): Promise<void> {
    try {
      await this.dataSource.query('UPDATE runs SET rows_stored = false WHERE id = $1', [target.runId]);
      await this.values.deleteAttempt(target);
    } catch (error) {
      this.logger.warn({ msg: 'rows of users that nobody reads stay for now', ...target, err: error });
    }
  }

  private async refuseChanged(run: RunEntity): Promise<void> {
    const moved = await this.freshness.moves(run, Date.now());
    const changed = moved.filter((kind) => kind === 'batches' || kind === 'semantics');
    if (changed.length > 0) throw unrepeatable(run, changed);
  }
}

function markerOf({ runId }: RunTarget): string {
  return `user_rows:${runId}`;
}

/** `moved`: why, as far as it is known. */
function unrepeatable({ hash }: RunEntity, moved: readonly ChangeKind[]): Failure {
  const why = moved.includes('semantics')
    ? 'Numbers have another meaning since this result was computed'
    : 'Data that this result was computed from has been deleted since';
  const detail = `${why}, so the values of its users cannot be computed any more. POST the request again with "cache": "refresh".`;
  return new Failure('result_gone', detail, [], { hash, moved });
}
