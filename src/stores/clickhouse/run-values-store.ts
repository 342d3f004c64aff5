import { Injectable } from '@nestjs/common';
import type { Column } from '../../core/metric/metric.js';
import type { AggregatePart, AggregateRow } from '../../core/request/aggregate-row.js';
import type { PlannedCohort, RunPlan, RunTarget } from '../../core/request/run-plan.js';
import type { ValidityFacts } from '../../core/request/valid-until.js';
import type { Aggregator } from '../../core/statistics/aggregator.js';
import { askedStatistics } from '../../sql/asked-statistics.js';
import { MAX_GROUPS, refuseTooManyGroups } from '../../core/series/group-code.js';
import { compileAggregates } from '../../sql/compile-aggregates.js';
import { compileRunCohort } from '../../sql/cohort/compile-cohort.js';
import { compileListWeight, compileRunCohortWeight } from '../../sql/cohort/member-weight.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import { compileGroupCount } from '../../sql/compile-group-count.js';
import { compileMapAggregates } from '../../sql/compile-map-aggregates.js';
import { compileRun } from '../../sql/compile-run.js';
import { compileTopGroups, keepsTop } from '../../sql/compile-top-groups.js';
import { compileCellsPage, compileValuesPage } from '../../sql/compile-values-page.js';
import { readAggregates, type AggregatesAnswer } from '../../sql/read-aggregates.js';
import { keysByPart, withKeys, type ColumnKeys, type KeyAnswer } from '../../sql/read-keys.js';
import { areGathered, scopeOf } from './member-weight.js';
import { Engine, type EngineOptions, type EngineStats } from './engine.js';

/** Values as stored: a number and a reason (empty: the number counts) for each column. */
export interface StoredValues {
  readonly numbers: readonly number[];
  readonly reasons: readonly string[];
  /** One for each map column. */
  readonly maps: readonly Readonly<Record<string, number>>[];
}

/** One user's values over the whole window. */
export interface RunValuesRow extends StoredValues {
  readonly user: string;
}

/** One user's values over the whole window (cell 0) and in the cells of a series, by their numbers. */
export interface RunCellsRow {
  readonly user: string;
  readonly cells: readonly (StoredValues & { readonly cell: number })[];
}

/** What a run comes to, over all its users and in its parts. */
export interface RunAggregates {
  readonly row: AggregateRow;
  /** Beside the whole: slices, ages and groups. */
  readonly parts: readonly AggregatePart[];
  readonly facts: ValidityFacts;
  readonly stats: EngineStats;
}

/** What measuring took, and which groups of a breakdown were kept: codes, largest first; null: all. */
export type MeasuredRows = EngineStats & { readonly kept: readonly string[] | null };

const DELETE_DEADLINE_MS = 5_000;

/** Measures runs in the engine and keeps their per-user rows there, each attempt apart. Throws what `Engine` throws. */
@Injectable()
export class RunValuesStore {
  constructor(private readonly engine: Engine) {}

  /** Measures every user of the cohort. An attempt is measured once: rows of one that broke off stay until it is deleted. */
  async measure(plan: RunPlan, target: RunTarget, options: EngineOptions = {}): Promise<MeasuredRows> {
    const { cohort } = plan;
    if (cohort.kind === 'all') return await this.run(plan, target, options);
    if (cohort.kind === 'members') {
      const weight = compileListWeight(plan.propertyNumber, [cohort.setHash]);
      return await this.measureMembers({ ...plan, cohort }, weight, target, options);
    }
    try {
      const written = await this.writeCohort({ ...plan, cohort }, target, options);
      const measured = await this.measureMembers({ ...plan, cohort }, compileRunCohortWeight(target), target, options);
      return { ...measured, ...addedUp(written, measured) };
    } finally {
      await this.dropCohort(target);
    }
  }

  private async writeCohort(
    plan: RunPlan & { readonly cohort: Extract<PlannedCohort, { kind: 'definition' }> },
    target: RunTarget,
    options: EngineOptions,
  ): Promise<EngineStats> {
    const { definition } = plan.cohort;
    const scope = await scopeOf(this.engine, definition, plan, options);
    return await this.engine.execute(compileRunCohort(definition, scope, target), options);
  }

  /** Of a cohort whose members are written down. */
  private async measureMembers(
    plan: RunPlan & { readonly cohort: Exclude<PlannedCohort, { kind: 'all' }> },
    weight: CompiledQuery,
    target: RunTarget,
    options: EngineOptions,
  ): Promise<MeasuredRows> {
    const isGathered = plan.cohort.isGathered ?? (await areGathered(this.engine, weight, options));
    const sized = { ...plan, cohort: { ...plan.cohort, isGathered } };
    return await this.run(sized, target, options);
  }

  /** Ranks the groups first where only the largest are kept. */
  private async run(plan: RunPlan, target: RunTarget, options: EngineOptions): Promise<MeasuredRows> {
    if (!keepsTop(plan)) return { ...(await this.engine.execute(compileRun(plan, target), options)), kept: null };
    const ranked = await this.engine.rows<{ group_code: string }>(compileTopGroups(plan, target), options);
    const kept = ranked.rows.map(({ group_code: code }) => code);
    const measured = { ...plan, breakdown: { ...plan.breakdown, kept } };
    const stats = await this.engine.execute(compileRun(measured, target), options);
    return { ...addedUp(ranked.stats, stats), kept };
  }

  /** What cannot be dropped goes by itself after two days. */
  private async dropCohort({ runId, attempt }: RunTarget): Promise<void> {
    const sql = 'ALTER TABLE run_cohorts DROP PARTITION ({run:String}, {attempt:UInt16})';
    const signal = AbortSignal.timeout(DELETE_DEADLINE_MS);
    await this.engine.execute({ sql, params: { run: runId, attempt } }, { signal }).catch(() => undefined);
  }

  /**
   * Aggregates over the rows of a measured attempt; `columns` are those of the plan's metric.
   * @throws Failure limit_exceeded for more groups or keys than an answer may have
   */
  async aggregate(
    plan: RunPlan,
    target: RunTarget,
    columns: readonly Column[],
    aggregators: readonly Aggregator[],
    options: EngineOptions = {},
  ): Promise<RunAggregates> {
    if (plan.breakdown) await this.refuseTooManyGroups(target, options);
    const query = compileAggregates(plan, target, columns, aggregators);
    const { rows, stats } = await this.engine.rows<AggregatesAnswer>(query, options);
    const [answer] = rows;
    if (!answer) throw new Error('The aggregates have no row');
    const read = readAggregates(answer, columns, aggregators);
    const keys = await this.keys(target, columns, aggregators, read.parts.length + 1, options);
    const { row, parts } = withKeys(read, keys);
    return { row, parts, facts: read.facts, stats };
  }

  private async refuseTooManyGroups(target: RunTarget, options: EngineOptions): Promise<void> {
    const { rows } = await this.engine.rows<{ groups: number }>(compileGroupCount(target, MAX_GROUPS), options);
    refuseTooManyGroups(rows[0]?.groups ?? 0);
  }

  /** What the keys of each map column come to, by a query for each. */
  private keys(
    target: RunTarget,
    columns: readonly Column[],
    aggregators: readonly Aggregator[],
    parts: number,
    options: EngineOptions,
  ): Promise<ColumnKeys[]> {
    const asked = askedStatistics(columns, aggregators);
    const mapColumns = columns.flatMap(({ type }, i) => (type === 'map' ? [i] : []));
    return Promise.all(
      mapColumns.map(async (index, i) => {
        const query = compileMapAggregates(target, { position: index + 1, mapPosition: i + 1 }, asked, parts);
        const { rows } = await this.engine.rows<KeyAnswer>(query, options);
        return { index, byPart: keysByPart(rows), asked, aggregators };
      }),
    );
  }

  /** At most `limit` users after `after` (null: from the first), by the bytes of their ids. */
  async page(target: RunTarget, after: string | null, limit: number): Promise<RunValuesRow[]> {
    const { rows } = await this.engine.rows<RunValuesRow>(compileValuesPage(target, after, limit));
    return rows;
  }

  /** The same with every user's slices and ages. */
  async cellsPage(target: RunTarget, after: string | null, limit: number): Promise<RunCellsRow[]> {
    const { rows } = await this.engine.rows<RunCellsRow>(compileCellsPage(target, after, limit));
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
