import { Injectable } from '@nestjs/common';
import type { Column } from '../../core/metric/metric.js';
import type { AggregateRow, ColumnAggregateRow } from '../../core/request/aggregate-row.js';
import type { RunPlan, RunTarget } from '../../core/request/run-plan.js';
import type { ValidityFacts } from '../../core/request/valid-until.js';
import type { Aggregator } from '../../core/statistics/aggregator.js';
import { askedStatistics } from '../../sql/asked-statistics.js';
import { compileAggregates } from '../../sql/compile-aggregates.js';
import { compileRunCohort } from '../../sql/cohort/compile-cohort.js';
import { compileMapAggregates } from '../../sql/compile-map-aggregates.js';
import { compileRun } from '../../sql/compile-run.js';
import { compileValuesPage } from '../../sql/compile-values-page.js';
import { readAggregates, type AggregatesAnswer } from '../../sql/read-aggregates.js';
import { readKeys, type KeyAnswer } from '../../sql/read-keys.js';
import { Engine, type EngineOptions, type EngineStats } from './engine.js';

/** One user's values as stored: a number and a reason (empty: the number counts) for each column. */
export interface RunValuesRow {
  readonly user: string;
  readonly numbers: readonly number[];
  readonly reasons: readonly string[];
  /** One for each map column. */
  readonly maps: readonly Readonly<Record<string, number>>[];
}

/** What a run comes to, over all its users. */
export interface RunAggregates {
  readonly row: AggregateRow;
  readonly facts: ValidityFacts;
  readonly stats: EngineStats;
}

const DELETE_DEADLINE_MS = 5_000;

/** Measures runs in the engine and keeps their per-user rows there, each attempt apart. Throws what `Engine` throws. */
@Injectable()
export class RunValuesStore {
  constructor(private readonly engine: Engine) {}

  /** Measures every user of the cohort. An attempt is measured once: rows of one that broke off stay until it is deleted. */
  async measure(plan: RunPlan, target: RunTarget, options: EngineOptions = {}): Promise<EngineStats> {
    const { cohort } = plan;
    if (cohort.kind !== 'definition') return this.engine.execute(compileRun(plan, target), options);
    try {
      const found = await this.engine.execute(compileRunCohort(cohort.definition, plan, target), options);
      return addedUp(found, await this.engine.execute(compileRun(plan, target), options));
    } finally {
      await this.dropCohort(target);
    }
  }

  /** What cannot be dropped goes by itself after two days. */
  private async dropCohort({ runId, attempt }: RunTarget): Promise<void> {
    const sql = 'ALTER TABLE run_cohorts DROP PARTITION ({run:String}, {attempt:UInt16})';
    const signal = AbortSignal.timeout(DELETE_DEADLINE_MS);
    await this.engine.execute({ sql, params: { run: runId, attempt } }, { signal }).catch(() => undefined);
  }

  /** Aggregates over the rows of a measured attempt; `columns` are those of the plan's metric. */
  async aggregate(
    plan: RunPlan,
    target: RunTarget,
    columns: readonly Column[],
    aggregators: readonly Aggregator[],
    options: EngineOptions = {},
  ): Promise<RunAggregates> {
    const query = compileAggregates(plan, target, columns, aggregators);
    const { rows, stats } = await this.engine.rows<AggregatesAnswer>(query, options);
    const [answer] = rows;
    if (!answer) throw new Error('The aggregates have no row');
    const { row, facts } = readAggregates(answer, columns, aggregators);
    const withKeys = await this.withKeys(row, target, columns, aggregators, options);
    return { row: { ...row, columns: withKeys }, facts, stats };
  }

  /** Each map column with what its keys come to, by a query of its own. */
  private withKeys(
    row: AggregateRow,
    target: RunTarget,
    columns: readonly Column[],
    aggregators: readonly Aggregator[],
    options: EngineOptions,
  ): Promise<ColumnAggregateRow[]> {
    const mapPositions = columns.flatMap(({ type }, i) => (type === 'map' ? [i] : []));
    const ofColumn = async (column: ColumnAggregateRow, i: number): Promise<ColumnAggregateRow> => {
      const mapPosition = mapPositions.indexOf(i) + 1;
      if (mapPosition === 0 || column.n === 0) return column;
      const asked = askedStatistics(columns, aggregators);
      const query = compileMapAggregates(target, { position: i + 1, mapPosition, n: column.n }, asked);
      const { rows } = await this.engine.rows<KeyAnswer>(query, options);
      return Object.assign({}, column, { keys: readKeys(rows, column.n, asked, aggregators) });
    };
    return Promise.all(row.columns.map(ofColumn));
  }

  /** At most `limit` users after `after` (null: from the first), by the bytes of their ids. */
  async page(target: RunTarget, after: string | null, limit: number): Promise<RunValuesRow[]> {
    const { rows } = await this.engine.rows<RunValuesRow>(compileValuesPage(target, after, limit));
    return rows;
  }

  /** Removes the rows of one attempt. */
  async deleteAttempt({ runId, attempt }: RunTarget): Promise<void> {
    const sql = 'DELETE FROM run_values WHERE run_id = {run:String} AND attempt = {attempt:UInt16}';
    // A shutdown waits for this: an engine that hangs must not hold it up.
    const signal = AbortSignal.timeout(DELETE_DEADLINE_MS);
    await this.engine.execute({ sql, params: { run: runId, attempt } }, { signal });
  }

  /** Removes the rows of all attempts at a run. */
  async deleteRun(runId: string): Promise<void> {
    await this.engine.execute({ sql: 'DELETE FROM run_values WHERE run_id = {run:String}', params: { run: runId } });
  }
}

function addedUp(a: EngineStats, b: EngineStats): EngineStats {
  return {
    rowsRead: a.rowsRead + b.rowsRead,
    bytesRead: a.bytesRead + b.bytesRead,
    elapsedMs: a.elapsedMs + b.elapsedMs,
  };
}
