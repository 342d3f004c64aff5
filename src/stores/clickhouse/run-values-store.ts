import { Injectable } from '@nestjs/common';
import type { Column } from '../../core/metric/metric.js';
import type { AggregateRow } from '../../core/request/aggregate-row.js';
import type { RunPlan, RunTarget } from '../../core/request/run-plan.js';
import type { ValidityFacts } from '../../core/request/valid-until.js';
import { compileAggregates } from '../../sql/compile-aggregates.js';
import { compileRun } from '../../sql/compile-run.js';
import { compileValuesPage } from '../../sql/compile-values-page.js';
import { readAggregates, type AggregatesAnswer } from '../../sql/read-aggregates.js';
import { Engine, type EngineOptions, type EngineStats } from './engine.js';

/** One user's values as stored: a number and a reason (empty: the number counts) for each column. */
export interface RunValuesRow {
  readonly user: string;
  readonly numbers: readonly number[];
  readonly reasons: readonly string[];
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
  measure(plan: RunPlan, target: RunTarget, options: EngineOptions = {}): Promise<EngineStats> {
    return this.engine.execute(compileRun(plan, target), options);
  }

  /** Aggregates over the rows of a measured attempt; `columns` are those of the plan's metric. */
  async aggregate(
    plan: RunPlan,
    target: RunTarget,
    columns: readonly Column[],
    aggregators: readonly string[],
    options: EngineOptions = {},
  ): Promise<RunAggregates> {
    const query = compileAggregates(plan, target, columns, aggregators);
    const { rows, stats } = await this.engine.rows<AggregatesAnswer>(query, options);
    const [answer] = rows;
    if (!answer) throw new Error('The aggregates have no row');
    return { ...readAggregates(answer, columns, aggregators), stats };
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
