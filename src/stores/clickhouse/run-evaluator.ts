import { Injectable } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import { isMapped, type Column } from '../../core/metric/metric.js';
import { skippedPlan, type NumericRead, type SkippedEvents } from '../../core/request/numeric-reads.js';
import type { PlannedCells, PlannedCohort, RunPlan, RunTarget } from '../../core/request/run-plan.js';
import { MAX_GROUPS, refuseTooManyGroups } from '../../core/series/breakdown.js';
import type { Aggregator } from '../../core/statistics/aggregators.js';
import { aggregatedForm, compileAggregates, type RowsSource } from '../../sql/compile-aggregates.js';
import { requestedStatistics } from '../../sql/statistics.js';
import { compileListWeight, compileRunCohort, compileRunCohortWeight } from '../../sql/cohort/compile-cohort.js';
import { rowsOfUser } from '../../sql/cells.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import { compileGroupCount, compileTraitCount } from '../../sql/stored-values.js';
import { compileMapAggregates } from '../../sql/map-aggregates.js';
import { compileRun, compileSkipped, compileTopGroups, keepsTop } from '../../sql/compile-run.js';
import type { AggregateAnswers } from '../../sql/read-aggregates.js';
import { countUsers, scopeOf, weighMembers } from './member-weight.js';
import { Engine, type EngineOptions, type EngineStats } from './engine.js';

/** What is found on the way may be too much; each throws then. */
export interface AggregateBounds {
  groups(groups: number): void;
  bytes(bytes: number): void;
  /** Users, and the points at which each of them is measured. */
  rows(users: number, points: number): void;
}

/** What measuring took, and which groups of a breakdown were kept: codes, largest first; null: all. */
export type MeasuredRows = EngineStats & { readonly kept: readonly string[] | null };

/** What is evaluated of a run. */
export interface Evaluation {
  readonly columns: readonly Column[];
  readonly aggregators: readonly Aggregator[];
  readonly mixed?: readonly NumericRead[];
  readonly bounds: AggregateBounds;
}

/** What a run comes to, the events that were passed over, and whether its rows are stored. */
export type EvaluatedRun = MeasuredRows & {
  readonly answers: AggregateAnswers;
  readonly skipped: readonly SkippedEvents[];
  readonly rows: RowsSource;
};

type PlanOfMembers = RunPlan & { readonly cohort: Exclude<PlannedCohort, { kind: 'all' }> };

/** A plan with how the members of its cohort are read, and how many they are; null: all users, not counted yet. */
interface SizedPlan {
  readonly sized: RunPlan;
  readonly users: number | null;
}

/** A plan whose groups to keep are known. */
interface RankedPlan {
  readonly measured: RunPlan;
  readonly kept: readonly string[] | null;
  readonly stats: EngineStats;
}

/** What a read passes over; `place`: of the read in the order in which they were asked. */
type CountedRead = Pick<SkippedEvents, 'events' | 'users'> & { readonly place: number };

const NO_STATS: EngineStats = { rowsRead: 0, bytesRead: 0, elapsedMs: 0 };

const DROP_DEADLINE_MS = 5_000;

/** Evaluates runs in the engine. Throws what `Engine` throws. */
@Injectable()
export class RunEvaluator {
  constructor(private readonly engine: Engine) {}

  /**
   * What a run comes to. Aggregates that one statement can compute are computed from the events, and no row is stored;
   * else the rows are stored, and read again. `mixed`: reads of numbers of which is counted what they pass over.
   * @throws Failure limit_exceeded for more groups than an answer may have, and what `bounds` throw
   */
  async evaluate(
    plan: RunPlan,
    target: RunTarget,
    { columns, aggregators, mixed = [], bounds }: Evaluation,
    options: EngineOptions = {},
  ): Promise<EvaluatedRun> {
    return await this.withMembers(plan, target, options, async ({ sized, users }) => {
      const groups = await this.mostGroups(sized, columns, options);
      const isStored = groups === null || exceeds(bounds, groups);
      if (isStored || aggregatedForm(sized, columns, aggregators) === 'dense') {
        await this.refuseTooManyRows(sized, users, bounds, options);
      }
      const evaluated = isStored
        ? await this.stored(sized, target, { columns, aggregators, bounds }, options)
        : await this.computed(sized, target, groups, { columns, aggregators, bounds }, options);
      const skipped = await this.skipped(sized, target, options, mixed);
      return { ...evaluated, ...addedUp(skipped.stats, evaluated), skipped: skipped.events };
    });
  }

  /**
   * Stores a row for each user of the cohort, and each point of a series. An attempt is measured once: rows of one that
   * broke off stay until it is deleted. Throws also what `bounds` throw.
   */
  async measure(
    plan: RunPlan,
    target: RunTarget,
    options: EngineOptions = {},
    bounds: Pick<AggregateBounds, 'rows'> | null = null,
  ): Promise<MeasuredRows> {
    return await this.withMembers(plan, target, options, async ({ sized, users }) => {
      if (bounds !== null) await this.refuseTooManyRows(sized, users, bounds, options);
      return await this.run(sized, target, options);
    });
  }

  private async refuseTooManyRows(
    plan: RunPlan,
    users: number | null,
    bounds: Pick<AggregateBounds, 'rows'>,
    options: EngineOptions,
  ): Promise<void> {
    const points = rowsOfUser(plan);
    if (points > 1) bounds.rows(users ?? (await countUsers(this.engine, plan, options)), points);
  }

  private async stored(
    plan: RunPlan,
    target: RunTarget,
    { columns, aggregators, bounds }: Evaluation,
    options: EngineOptions,
  ): Promise<Omit<EvaluatedRun, 'skipped'>> {
    const measured = await this.run(plan, target, options);
    const answers = await this.aggregates(plan, target, columns, aggregators, bounds, options);
    return { ...measured, answers, rows: 'stored' };
  }

  private async computed(
    plan: RunPlan,
    target: RunTarget,
    groups: number,
    { columns, aggregators, bounds }: Evaluation,
    options: EngineOptions,
  ): Promise<Omit<EvaluatedRun, 'skipped'>> {
    const { measured, kept, stats } = await this.ranked(plan, target, options);
    const query = compileAggregates(measured, target, columns, aggregators, 'computed');
    const whole = await this.engine.bytes(query, bounds.bytes, options);
    return { ...stats, kept, rows: 'computed', answers: { groups, whole, keys: [] } };
  }

  /** Does the work while the members of the cohort are written down. What writing them took is added. */
  private async withMembers<T extends EngineStats>(
    plan: RunPlan,
    target: RunTarget,
    options: EngineOptions,
    work: (plan: SizedPlan) => Promise<T>,
  ): Promise<T> {
    const { cohort } = plan;
    if (cohort.kind === 'all') return await work({ sized: plan, users: null });
    if (cohort.kind === 'members') {
      return await work(
        await this.sized({ ...plan, cohort }, compileListWeight(plan.propertyNumber, [cohort.setHash]), options),
      );
    }
    try {
      const written = await this.writeCohort({ ...plan, cohort }, target, options);
      const done = await work(await this.sized({ ...plan, cohort }, compileRunCohortWeight(target), options));
      return { ...done, ...addedUp(written, done) };
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

  /** The plan with whether the members, whose weight the query tells, are gathered. */
  private async sized(plan: PlanOfMembers, weight: CompiledQuery, options: EngineOptions): Promise<SizedPlan> {
    const { cohort } = plan;
    const { users, isGathered } = await weighMembers(this.engine, weight, options);
    return { sized: { ...plan, cohort: { ...cohort, isGathered: cohort.isGathered ?? isGathered } }, users };
  }

  /**
   * The most groups that aggregates computed from the events can have; null: they are computed from stored rows. Keys
   * of a map are counted there, and so are groups of which there may be too many, as the engine would hold the measures
   * of all.
   */
  private async mostGroups(plan: RunPlan, columns: readonly Column[], options: EngineOptions): Promise<number | null> {
    const { breakdown } = plan;
    if (columns.some(isMapped)) return null;
    if (breakdown === null) return 0;
    if (keepsTop(plan)) return plan.breakdown.top.count + 1;
    if (breakdown.of === 'property') return null;
    const query = compileTraitCount(plan, breakdown.name, MAX_GROUPS);
    const [counted] = (await this.engine.rows<{ groups: number }>(query, options)).rows;
    // Users without any change are a group more, of those without the trait.
    return counted !== undefined && counted.groups < MAX_GROUPS ? counted.groups + 1 : null;
  }

  private async run(plan: RunPlan, target: RunTarget, options: EngineOptions): Promise<MeasuredRows> {
    const { measured, kept, stats } = await this.ranked(plan, target, options);
    return { ...addedUp(stats, await this.engine.execute(compileRun(measured, target), options)), kept };
  }

  /** Ranks the groups first where only the largest are kept. */
  private async ranked(plan: RunPlan, target: RunTarget, options: EngineOptions): Promise<RankedPlan> {
    if (!keepsTop(plan)) return { measured: plan, kept: null, stats: NO_STATS };
    const ranked = await this.engine.rows<{ group_code: string }>(compileTopGroups(plan, target), options);
    const kept = ranked.rows.map(({ group_code: code }) => code);
    return { measured: { ...plan, breakdown: { ...plan.breakdown, kept } }, kept, stats: ranked.stats };
  }

  /** The events that each read passes over, where there are some. */
  private async skipped(
    plan: RunPlan,
    target: RunTarget,
    options: EngineOptions,
    mixed: readonly NumericRead[],
  ): Promise<{ readonly events: readonly SkippedEvents[]; readonly stats: EngineStats }> {
    if (mixed.length === 0) return { events: [], stats: NO_STATS };
    const plans = mixed.map((read) => skippedPlan(plan, read));
    const { rows, stats } = await this.engine.rows<CountedRead>(compileSkipped(plans, target), options);
    const events = mixed.flatMap(({ place, property }, i) => {
      const found = rows.find((row) => row.place === i);
      return found && found.events > 0 ? [{ place, property, events: found.events, users: found.users }] : [];
    });
    return { events, stats };
  }

  /** What cannot be dropped goes by itself after two days. */
  private async dropCohort({ runId, attempt }: RunTarget): Promise<void> {
    const sql = 'ALTER TABLE run_cohorts DROP PARTITION ({run:String}, {attempt:UInt16})';
    const signal = AbortSignal.timeout(DROP_DEADLINE_MS);
    await this.engine.execute({ sql, params: { run: runId, attempt } }, { signal }).catch(() => undefined);
  }

  /**
   * What the engine answers of the rows of a measured attempt, for `readAggregateAnswers`; `columns` are those of the
   * plan's metric.
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
    const whole = await bytes(compileAggregates(plan, target, columns, aggregators, 'stored'));
    const requested = requestedStatistics(columns, aggregators);
    const mapColumns = columns.flatMap((column, i) => (isMapped(column) ? [i] : []));
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
}

/** So many groups may be too many values: the rows are stored then, and the groups counted before they are aggregated. */
function exceeds(bounds: AggregateBounds, groups: number): boolean {
  try {
    bounds.groups(groups);
    return false;
  } catch (error) {
    if (error instanceof Failure) return true;
    throw error;
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
