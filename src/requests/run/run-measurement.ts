import { Injectable } from '@nestjs/common';
import { columnsOf } from '../../core/metric/catalogue.js';
import { refuseTooManyBytes, refuseTooManyValues } from '../../core/request/answer-size.js';
import { mixedReads, numericReads, type NumericRead } from '../../core/request/numeric-reads.js';
import { planRun } from '../../core/request/plan-run.js';
import type { CanonicalRequest } from '../../core/request/canonical-request.js';
import type { RunPlan, RunTarget } from '../../core/request/run-plan.js';
import { pointCount } from '../../core/series/series-cells.js';
import { refuseTooManyRows } from '../../core/series/series-size.js';
import type { JobQuery } from '../../jobs/job-kind.js';
import { Config } from '../../platform/config/config.js';
import { retryWhileDatabaseAway } from '../../platform/process/retry-while-away.js';
import type { LedgerState } from '../../properties/ledger/ledger-store.js';
import { PropertySchemas } from '../../properties/schema/property-schemas.service.js';
import { RunEvaluator } from '../../stores/clickhouse/run-evaluator.js';
import type { RowsSource } from '../../sql/compile-aggregates.js';
import { AnswerShaper } from './answer-shaper.js';
import type { ShapedAnswer } from './shape-answer.js';

/**
 * The engine tells every measure of a column, asked or not, and the names of all: more than the answer, and less than
 * this many times as much.
 */
const BYTES_OF_ENGINE = 4;

/** What is measured: a request, over the data of a property as of an instant. */
export interface Measured {
  readonly canonical: CanonicalRequest;
  readonly propertyId: string;
  readonly propertyNumber: number;
  readonly dataVersion: number;
  readonly asOfMs: number;
  /** Where the property stood at the data version, where that is known. */
  readonly begun?: LedgerState | undefined;
  /** For how long the run has waited. */
  readonly queueMs: number;
}

/** The answer, and whether the rows of the users are stored. */
export type MeasuredAnswer = ShapedAnswer & { readonly rows: RowsSource };

/** Computes a run: plan, rows in the engine, aggregates, result. */
@Injectable()
export class RunMeasurement {
  constructor(
    private readonly evaluator: RunEvaluator,
    private readonly shaper: AnswerShaper,
    private readonly schemas: PropertySchemas,
    private readonly config: Config,
  ) {}

  /**
   * Rows that are stored are stored under the target. When `signal` aborts, the engine's query is stopped too.
   * @throws what `Engine` throws; Failure limit_exceeded for an answer that is larger than it may be
   */
  async measure(run: Measured, target: RunTarget, options: JobQuery): Promise<MeasuredAnswer> {
    const { canonical, propertyNumber, dataVersion, asOfMs, queueMs } = run;
    const limits = this.config.answerLimits;
    const points = pointCount(canonical);
    const plan = planRun(canonical, { propertyNumber, dataVersion, asOfMs });
    const bounds = {
      groups: (groups: number) => refuseTooManyValues(canonical, points, groups, limits),
      bytes: (bytes: number) => refuseTooManyBytes(bytes / BYTES_OF_ENGINE, limits),
      rows: (users: number, at: number) => refuseTooManyRows(users, at, this.config.seriesRowsLimit),
    };
    const evaluation = {
      columns: columnsOf(canonical),
      aggregators: canonical.aggregators,
      mixed: await this.mixed(plan, run),
      bounds,
    };
    const evaluated = await this.evaluator.evaluate(plan, target, evaluation, options);
    const measurement = {
      canonical,
      asOfMs,
      attempt: target.attempt,
      queueMs,
      engineMs: evaluated.elapsedMs,
      rowsRead: evaluated.rowsRead,
      bytesRead: evaluated.bytesRead,
      kept: evaluated.kept,
      skipped: evaluated.skipped,
      limits,
    };
    const shaped = await this.shaper.shape(measurement, evaluated.answers, points, options.signal);
    return { ...shaped, rows: evaluated.rows };
  }

  /** Only these cost a query more. */
  private async mixed(plan: RunPlan, { propertyId, begun }: Measured): Promise<readonly NumericRead[]> {
    const reads = numericReads(plan);
    if (reads.length === 0) return [];
    return mixedReads(reads, await retryWhileDatabaseAway(() => this.schemas.of(propertyId, begun)));
  }
}
