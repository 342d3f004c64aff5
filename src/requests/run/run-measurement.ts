import { Injectable } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import { columnsOf } from '../../core/metric/columns-of.js';
import { planRun } from '../../core/request/plan-run.js';
import type { RunTarget } from '../../core/request/run-plan.js';
import type { RunResult } from '../../core/request/run-result.js';
import { shapeResult } from '../../core/request/shape-result.js';
import { validUntil } from '../../core/request/valid-until.js';
import { RunValuesStore } from '../../stores/clickhouse/run-values-store.js';
import { markerOf } from './run-marker.js';
import type { ClaimedRun } from './run-progress.js';

/** What a measured run comes to. */
export interface Measured {
  readonly result: RunResult;
  /** Null: the same data will never answer otherwise. */
  readonly validUntil: Date | null;
  readonly bytesRead: number;
}

/** Computes a run: plan, rows in the engine, aggregates, result. */
@Injectable()
export class RunMeasurement {
  constructor(private readonly values: RunValuesStore) {}

  /**
   * Leaves the per-user rows in the engine under the target. When `signal` aborts, the engine's query is stopped too.
   * @throws what `Engine` throws, and stored_form_unreadable
   */
  async measure(run: ClaimedRun, target: RunTarget, signal: AbortSignal): Promise<Measured> {
    const { canonical, propertyNumber, dataVersion } = run;
    if (canonical instanceof Failure) throw canonical;
    const asOfMs = run.asOf.getTime();
    const plan = planRun(canonical, { propertyNumber, dataVersion, asOfMs });
    const options = { marker: markerOf(target), signal };
    const columns = columnsOf(canonical);
    const measured = await this.values.measure(plan, target, options);
    const found = await this.values.aggregate(plan, target, columns, canonical.aggregators, options);
    const timings = {
      // The one is told by the database's clock, the other by that of the process that took the request.
      queue_ms: Math.max(0, run.startedAt.getTime() - run.createdAt.getTime()),
      engine_ms: measured.elapsedMs + found.stats.elapsedMs,
      rows_read: measured.rowsRead + found.stats.rowsRead,
    };
    const result = shapeResult(
      canonical,
      { ...found, kept: measured.kept },
      { asOfMs, attempt: target.attempt, timings },
    );
    const untilMs = validUntil(canonical, asOfMs, found.facts);
    return {
      result,
      validUntil: untilMs === null ? null : new Date(untilMs),
      bytesRead: measured.bytesRead + found.stats.bytesRead,
    };
  }
}
