import { Semaphore } from '@muster/embedded-stores';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import { planRun } from '../core/request/plan-run.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { ExportStore } from '../stores/clickhouse/export-store.js';
import { RunEvaluator } from '../stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../stores/clickhouse/run-values-store.js';
import { withLockOf } from '../stores/postgres/advisory-locks.js';
import type { RequestAndRun } from './run/run-admission.js';
import { RunFreshness } from './run/run-freshness.js';
import type { RunEntity } from './run/run.entity.js';
import { storedUsers } from './answer/request-result.js';

/** Each holds a connection of the database and a query of the engine. */
const STORED_AT_ONCE = 2;

/**
 * Stores the rows of the users of a run when somebody first reads them: most runs are read for their aggregates alone,
 * which need no rows. The rows are those of the run: its request over the same data version, as of the same instant.
 */
@Injectable()
export class UserRows {
  private readonly slots = new Semaphore(STORED_AT_ONCE);

  constructor(
    private readonly dataSource: DataSource,
    private readonly evaluator: RunEvaluator,
    private readonly values: RunValuesStore,
    private readonly exports: ExportStore,
    private readonly freshness: RunFreshness,
  ) {}

  /**
   * Resolves when the rows are stored. Processes that need the rows of one run at the same time store them once. When
   * `signal` aborts, the engine stops.
   * @throws Failure result_gone where data that the run has read was deleted since; what `Engine` throws
   */
  async ensure(requested: RequestAndRun, property: PropertyEntity, signal: AbortSignal): Promise<void> {
    const { run } = requested;
    if (run.rowsStored) return;
    const release = await this.slots.acquire(signal);
    try {
      await withLockOf(this.dataSource, 'user_rows', run.id, async () => {
        if (!(await this.areStored(run))) await this.store(requested, property, signal);
      });
    } finally {
      release();
    }
  }

  private async areStored({ id }: RunEntity): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query('SELECT 1 FROM runs WHERE id = $1 AND rows_stored', [id]);
    return rows.length > 0;
  }

  private async store(requested: RequestAndRun, property: PropertyEntity, signal: AbortSignal): Promise<void> {
    const { run } = requested;
    const { target, size } = storedUsers(requested);
    if (run.dataVersion === null || run.asOf === null) throw new Error(`run ${run.id} has a result without its data`);
    const data = { propertyNumber: property.number, dataVersion: run.dataVersion, asOfMs: run.asOf.getTime() };
    await this.refuseDeleted(run);
    // What a process that died has left.
    if ((await this.exports.userCount(target)) > 0) await this.values.deleteAttempt(target);
    try {
      await this.evaluator.measure(planRun(run.canonical, data), target, { signal });
      await this.refuseDeleted(run);
      if ((await this.exports.userCount(target)) !== size) throw deleted(run);
      await this.dataSource.query(
        `UPDATE runs SET rows_stored = true WHERE id = $1 AND state = 'succeeded' AND gone_at IS NULL`,
        [run.id],
      );
    } catch (error) {
      await this.values.deleteAttempt(target);
      throw error;
    }
  }

  private async refuseDeleted(run: RunEntity): Promise<void> {
    if ((await this.freshness.moves(run, Date.now())).includes('batches')) throw deleted(run);
  }
}

function deleted({ hash }: RunEntity): Failure {
  const detail =
    'Data that this result was computed from has been deleted since, so the values of its users cannot be computed any more. POST the request again with "cache": "refresh".';
  return new Failure('result_gone', detail, [], { hash, moved: ['batches'] });
}
