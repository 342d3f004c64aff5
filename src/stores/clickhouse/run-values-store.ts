import { Injectable } from '@nestjs/common';
import { TypeID } from 'typeid-js';
import type { Column } from '../../core/metric/metric.js';
import { skippedPlan, type NumericRead, type SkippedEvents } from '../../core/request/numeric-reads.js';
import type { PlannedCells, PlannedCohort, RunPlan, RunTarget } from '../../core/request/run-plan.js';
import { MAX_GROUPS, refuseTooManyGroups } from '../../core/series/breakdown.js';
import type { Aggregator } from '../../core/statistics/aggregators.js';
import { compileAggregates, requestedStatistics } from '../../sql/compile-aggregates.js';
import { compileListWeight, compileRunCohort, compileRunCohortWeight } from '../../sql/cohort/compile-cohort.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import { compileCellsPage, compileGroupCount, compileValuesPage } from '../../sql/stored-values.js';
import { compileMapAggregates } from '../../sql/map-aggregates.js';
import { compileRun, compileSkipped, compileTopGroups, keepsTop } from '../../sql/compile-run.js';
import type { AggregateAnswers } from '../../sql/read-aggregates.js';
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

/** What is found on the way may be too much; each throws then. */
export interface AggregateBounds {
  groups(groups: number): void;
  bytes(bytes: number): void;
}

/** What measuring took, which groups of a breakdown were kept (codes, largest first; null: all), and the events that were passed over. */
export type MeasuredRows = EngineStats & {
  readonly kept: readonly string[] | null;
  readonly skipped: readonly SkippedEvents[];
};

/** What there is of one attempt at a run. */
export interface StoredAttempt {
  readonly runId: string;
  readonly attempt: number;
  readonly rows: number;
}

const DELETE_DEADLINE_MS = 5_000;
/** Of the id of a run: `run_` and the first 25 bits of its time, nine hours and a third (0023_partition_run_values.sql). */
const PARTITION_LENGTH = 9;
/** Clocks of processes differ by far less. */
const SETTLED_MS = 3_600_000;

/** Measures runs in the engine and keeps their per-user rows there, each attempt apart. Throws what `Engine` throws. */
@Injectable()
export class RunValuesStore {
  constructor(private readonly engine: Engine) {}

  /**
   * Measures every user of the cohort. An attempt is measured once: rows of one that broke off stay until it is deleted. `mixed`: reads of numbers of which is counted what they pass over.
   */
  async measure(
    plan: RunPlan,
    target: RunTarget,
    options: EngineOptions = {},
    mixed: readonly NumericRead[] = [],
  ): Promise<MeasuredRows> {
    const { cohort } = plan;
    if (cohort.kind === 'all') return await this.run(plan, target, options, mixed);
    if (cohort.kind === 'members') {
      const weight = compileListWeight(plan.propertyNumber, [cohort.setHash]);
      return await this.measureMembers({ ...plan, cohort }, weight, target, options, mixed);
    }
    try {
      const written = await this.writeCohort({ ...plan, cohort }, target, options);
      const weight = compileRunCohortWeight(target);
      const measured = await this.measureMembers({ ...plan, cohort }, weight, target, options, mixed);
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
    mixed: readonly NumericRead[],
  ): Promise<MeasuredRows> {
    const isGathered = plan.cohort.isGathered ?? (await areGathered(this.engine, weight, options));
    const sized = { ...plan, cohort: { ...plan.cohort, isGathered } };
    return await this.run(sized, target, options, mixed);
  }

  private async run(
    plan: RunPlan,
    target: RunTarget,
    options: EngineOptions,
    mixed: readonly NumericRead[],
  ): Promise<MeasuredRows> {
    const measured = await this.runRanked(plan, target, options);
    const skipped = await this.skipped(plan, target, options, mixed);
    return { ...measured, ...addedUp(measured, skipped.stats), skipped: skipped.events };
  }

  /** Ranks the groups first where only the largest are kept. */
  private async runRanked(
    plan: RunPlan,
    target: RunTarget,
    options: EngineOptions,
  ): Promise<Omit<MeasuredRows, 'skipped'>> {
    if (!keepsTop(plan)) return { ...(await this.engine.execute(compileRun(plan, target), options)), kept: null };
    const ranked = await this.engine.rows<{ group_code: string }>(compileTopGroups(plan, target), options);
    const kept = ranked.rows.map(({ group_code: code }) => code);
    const measured = { ...plan, breakdown: { ...plan.breakdown, kept } };
    const stats = await this.engine.execute(compileRun(measured, target), options);
    return { ...addedUp(ranked.stats, stats), kept };
  }

  /** The events that each read passes over, where there are some. */
  private async skipped(
    plan: RunPlan,
    target: RunTarget,
    options: EngineOptions,
    mixed: readonly NumericRead[],
  ): Promise<{ readonly events: readonly SkippedEvents[]; readonly stats: EngineStats }> {
    const events: SkippedEvents[] = [];
    let stats: EngineStats = { rowsRead: 0, bytesRead: 0, elapsedMs: 0 };
    for (const read of mixed) {
      const query = compileSkipped(skippedPlan(plan, read), target);
      const counted = await this.engine.rows<Pick<SkippedEvents, 'events' | 'users'>>(query, options);
      const [found] = counted.rows;
      stats = addedUp(stats, counted.stats);
      if (found && found.events > 0) events.push({ place: read.place, property: read.property, ...found });
    }
    return { events, stats };
  }

  /** What cannot be dropped goes by itself after two days. */
  private async dropCohort({ runId, attempt }: RunTarget): Promise<void> {
    const sql = 'ALTER TABLE run_cohorts DROP PARTITION ({run:String}, {attempt:UInt16})';
    const signal = AbortSignal.timeout(DELETE_DEADLINE_MS);
    await this.engine.execute({ sql, params: { run: runId, attempt } }, { signal }).catch(() => undefined);
  }

  /**
   * What the engine answers of the rows of a measured attempt, for `readAggregateAnswers`; `columns` are those of the plan's metric.
   * @throws Failure limit_exceeded for more groups than an answer may have, and what `bounds` throw
   */
  async aggregates(
    plan: RunPlan,
    target: RunTarget,
    columns: readonly Column[],
    aggregators: readonly Aggregator[],
    bounds: AggregateBounds,
    options: EngineOptions = {},
  ): Promise<AggregateAnswers> {
    const groups = plan.breakdown ? await this.groups(target, options) : 0;
    refuseTooManyGroups(groups);
    bounds.groups(groups);
    const bytes = (query: CompiledQuery): Promise<Uint8Array> => this.engine.bytes(query, bounds.bytes, options);
    const whole = await bytes(compileAggregates(plan, target, columns, aggregators));
    const requested = requestedStatistics(columns, aggregators);
    const mapColumns = columns.flatMap(({ type }, i) => (type === 'map' ? [i] : []));
    const parts = (1 + groups) * (1 + cellCount(plan.cells));
    const keys = mapColumns.map(async (index, i) => {
      const query = compileMapAggregates(target, { position: index + 1, mapPosition: i + 1 }, requested, parts);
      return { index, answer: await bytes(query) };
    });
    return { groups, whole, keys: await Promise.all(keys) };
  }

  private async groups(target: RunTarget, options: EngineOptions): Promise<number> {
    const { rows } = await this.engine.rows<{ groups: number }>(compileGroupCount(target, MAX_GROUPS), options);
    return rows[0]?.groups ?? 0;
  }

  /** At most `limit` users after `after` (null: from the first), by the bytes of their ids. */
  async page(target: RunTarget, after: string | null, limit: number): Promise<RunValuesRow[]> {
    const { rows } = await this.engine.rows<RunValuesRow>(compileValuesPage(target, after, limit));
    return rows;
  }

  /** At most `limit` users after `after` (null: from the first), by the bytes of their ids, each with the cells of the series. */
  async cellsPage(target: RunTarget, after: string | null, limit: number): Promise<RunCellsRow[]> {
    const { rows } = await this.engine.rows<RunCellsRow>(compileCellsPage(target, after, limit));
    return rows;
  }

  /** Removes the rows of one attempt. */
  async deleteAttempt({ runId, attempt }: RunTarget): Promise<void> {
    const sql =
      'DELETE FROM run_values IN PARTITION {partition:String} WHERE run_id = {run:String} AND attempt = {attempt:UInt16}';
    // A shutdown waits for this: an engine that hangs must not hold it up.
    const signal = AbortSignal.timeout(DELETE_DEADLINE_MS);
    await this.engine.execute({ sql, params: { partition: partitionOf(runId), run: runId, attempt } }, { signal });
  }

  /** Removes the rows of all attempts at a run. They are not read any more at once; their bytes go with their partition. */
  async deleteRun(runId: string): Promise<void> {
    const sql = `DELETE FROM run_values IN PARTITION {partition:String} WHERE run_id = {run:String}`;
    await this.engine.execute({ sql, params: { partition: partitionOf(runId), run: runId } });
  }

  /** Partitions of runs that were made more than an hour before `now`, and all of whose time is over: no run that is made now writes into them. The oldest first. */
  async partitionsBefore(now: Date): Promise<string[]> {
    const sql = `SELECT DISTINCT partition FROM system.parts
WHERE database = currentDatabase() AND table = 'run_values' AND active AND partition < {end:String} ORDER BY partition`;
    const end = partitionOf(TypeID.fromUUID('run', uuidOf(now.getTime() - SETTLED_MS)).toString());
    const { rows } = await this.engine.rows<{ partition: string }>({ sql, params: { end } });
    return rows.map(({ partition }) => partition);
  }

  /** Whose rows there are in a partition: of `limit` runs after `after`, by their ids, with all attempts. */
  async attemptsIn(partition: string, after: string, limit: number): Promise<StoredAttempt[]> {
    const sql = `SELECT run_id AS runId, attempt, count() AS rows FROM run_values
WHERE startsWith(run_id, {partition:String}) AND run_id > {after:String} AND run_id <= (
  SELECT max(run_id) FROM (
    SELECT DISTINCT run_id FROM run_values WHERE startsWith(run_id, {partition:String}) AND run_id > {after:String} ORDER BY run_id LIMIT {limit:UInt32}))
GROUP BY run_id, attempt ORDER BY run_id, attempt`;
    return (await this.engine.rows<StoredAttempt>({ sql, params: { partition, after, limit } })).rows;
  }

  /** Removes everything of a partition at once, without reading it. Resolves to how many rows that was. */
  async dropPartition(partition: string): Promise<number> {
    const { rows } = await this.engine.rows<{ rows: number }>({
      sql: `SELECT sum(rows) AS rows FROM system.parts WHERE database = currentDatabase() AND table = 'run_values' AND active AND partition = {partition:String}`,
      params: { partition },
    });
    await this.engine.execute({
      sql: 'ALTER TABLE run_values DROP PARTITION {partition:String}',
      params: { partition },
    });
    return rows[0]?.rows ?? 0;
  }

  /** Removes the rows of attempts; their bytes stay until the partition is written anew. */
  async deleteFrom(partition: string, attempts: readonly StoredAttempt[]): Promise<void> {
    const lost = attempts.map(({ runId, attempt }) => `${runId} ${attempt}`);
    const runs = [...new Set(attempts.map(({ runId }) => runId))];
    const sql = `DELETE FROM run_values IN PARTITION {partition:String}
WHERE run_id IN {runs:Array(String)} AND concat(run_id, ' ', toString(attempt)) IN {lost:Array(String)}`;
    await this.engine.execute({ sql, params: { partition, runs, lost } });
  }

  /** Writes what is left of a partition anew, without what was deleted. */
  async rewrite(partition: string): Promise<void> {
    const sql = 'ALTER TABLE run_values APPLY DELETED MASK IN PARTITION {partition:String}';
    await this.engine.execute({ sql, params: { partition } });
  }
}

function cellCount(cells: PlannedCells | null): number {
  if (cells === null) return 0;
  return cells.by === 'event_time' ? cells.windows.length : cells.starts.length * (cells.ages?.count ?? 1);
}

function addedUp(a: EngineStats, b: EngineStats): EngineStats {
  return {
    rowsRead: a.rowsRead + b.rowsRead,
    bytesRead: a.bytesRead + b.bytesRead,
    elapsedMs: a.elapsedMs + b.elapsedMs,
  };
}

function partitionOf(runId: string): string {
  return runId.slice(0, PARTITION_LENGTH);
}

/** The first UUID of version 7 of an instant. */
function uuidOf(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
