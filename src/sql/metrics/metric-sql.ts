import type { MetricDefinition, MetricPlan } from '../../core/metric/define-metric.js';
import type { RunPlan } from '../../core/request/run-plan.js';
import type { FactColumn } from '../fact-columns.js';
import type { ParamList } from '../compiled-query.js';

/** The events that a run measures, for a metric that reads the events a second time. */
export interface MeasuredEvents {
  /** Conditions on a row of `events`: its user is in the cohort; none: users of others are left out later. */
  readonly isMember: readonly string[];
  /** Conditions on a time in milliseconds (`at_ms`): it can lie in a window. */
  isInReach(params: ParamList, time?: string): readonly string[];
}

/**
 * A metric in SQL. What is measured of a user is computed from facts where the window is the same for all (`matched` is
 * cut to it then), else from arrays of the matching events (`times` and those of `keeps`), once the user's window is
 * known; either way under the same names.
 */
export interface MetricSql {
  /** Columns of the facts beside those that every run has. */
  facts?(params: ParamList): readonly FactColumn[];
  /**
   * Of a metric that not every matching event counts for: the condition on a row of `events` that it does; null: all
   * do. Groups of events hold also those that do not count.
   */
  counts?(params: ParamList): string | null;
  /** Tables of the run, to be named before the facts. They see the constants of `compileRun`. */
  tables?(plan: RunPlan, measured: MeasuredEvents, params: ParamList): readonly string[];
  /**
   * Its own rows are made once for all events, where their group is empty, and once for each group: those of all are
   * not the groups' together.
   */
  readonly groupsApart?: true;
  /** A SELECT of facts beside those of events, changes and members, in the order of the columns. */
  rows?(columns: readonly FactColumn[]): string;
  /** Measures over the facts of a user. */
  ofFacts(params: ParamList): readonly string[];
  /**
   * Columns of the facts that are kept in arrays beside `times`, and the names of these: of the same events, in the
   * same order.
   */
  readonly keeps?: Readonly<Record<string, string>>;
  /**
   * Looks at events outside of a window, or at those of another one as well: the windows of a series cannot share them
   * out.
   */
  readonly overlaps?: true;
  /**
   * Measures over a user's arrays; `isInside` is a condition on `at`. Null: all of them are inside, by time.
   */
  ofArrays(isInside: string | null, params: ParamList): readonly string[];
  /**
   * Measures of the measures. Those of a metric without `ofNone` may look at the bounds of the row's window too.
   */
  readonly ofMeasures?: readonly string[];
  /**
   * A condition on `at`: the event counts for the window, where that is another one than from `start_ms` to `stop_ms`.
   */
  inside?(params: ParamList): string;
  /** A window that has begun is measured as far as it is observed, though more may come in it: it is never censored. */
  readonly measuresOpen?: true;
  /**
   * Looks at `origin_ms`, where a user's time begins (birth; in a fixed window its start), and `end_ms`, which is at
   * most as_of in a fixed window.
   */
  readonly readsBounds?: true;
  /** An instant within an open fixed window at which time alone changes what is measured: milliseconds, or NULL. */
  readonly changesAt?: string;
  /**
   * Its window ends at as_of, whenever that is: nothing but `changesAt` says when time alone changes what is measured.
   */
  readonly movesWithAsOf?: true;
  /**
   * One number for each column, in the catalogue's order. `outcome` is why a user has no measures: `user_reason`, or
   * `censored`. Those of booleans look at what `reasons` may look at, and at nothing else.
   */
  readonly numbers: readonly string[];
  /**
   * Of each column why its number does not count; empty: it does. Looks at `outcome`, `user_reason`, and the measures
   * that `decides` names: rows that agree in these are counted together.
   */
  readonly reasons: readonly string[];
  /** Each has few values. */
  readonly decides: readonly string[];
  /**
   * What a cell without events comes to: the values of `decides`, its numbers being 0 whatever the user. Such cells are
   * counted and not made (`sparse-cells.ts`). Not given: each cell of each user is measured; why, stands there.
   */
  readonly ofNone?: Readonly<Record<string, string>>;
  /**
   * The values of `decides` by `has_events`, for a metric of which that decides all but its numbers of other types than
   * boolean.
   */
  readonly ofPresence?: Readonly<Record<string, string>>;
  /** A map for each map column; empty where it does not count. */
  readonly maps?: string;
  /** The set of values of the one column whose distinct values are to be counted over all users. */
  readonly sets?: string;
}

/** Among `decides` of a metric that looks at it: the window has begun at as_of. */
export const HAS_BEGUN = 'has_begun';

/** The SQL of a metric by the plan of a run. */
export interface MetricCompiler {
  readonly id: string;
  /** @throws Error for the plan of another metric */
  compile(plan: MetricPlan): MetricSql;
}

export function metricCompiler<Plan extends MetricPlan>(
  { id, isPlan }: MetricDefinition<string, Plan>,
  compile: (plan: Plan) => MetricSql,
): MetricCompiler {
  return {
    id,
    compile: (plan) => {
      if (!isPlan(plan)) throw new Error(`The plan of ${plan.kind} is none of ${id}`);
      return compile(plan);
    },
  };
}

/**
 * Arrays beside those of a metric, where events are grouped: the group of each, and whether it counts for the metric.
 */
export const GROUP_ARRAYS = { event_group: 'event_groups', is_counted: 'are_counted' } as const;

/**
 * The columns of the facts that are gathered beside the times of a user whose window is not known from the facts, and
 * the names of their arrays.
 */
export function keptFacts({ keeps = {}, counts }: MetricSql, breakdown: RunPlan['breakdown']): [string, string][] {
  const own = Object.entries(keeps);
  if (breakdown?.of !== 'property') return own;
  const marks = Object.entries(GROUP_ARRAYS).filter(([column]) => column !== 'is_counted' || counts !== undefined);
  return [...own, ...marks];
}

/** The arrays that a run gathers of each user whose window is not known from the facts; first the times. */
export function keptArrays(metric: MetricSql, breakdown: RunPlan['breakdown']): readonly string[] {
  return ['times', ...keptFacts(metric, breakdown).map(([, array]) => array)];
}

/** Why `so_far` has no value: as `outcome`, but that an open window does not censor it. */
export const SO_FAR_REASON = `if(outcome = 'censored' AND ${HAS_BEGUN}, '', outcome)`;

export const COUNT_OF_FACTS = 'countIf(matched) AS events';

export function countOfTimes(isInside: string | null): string {
  return `${isInside === null ? 'length(times)' : `arrayCount(at -> ${isInside}, times)`} AS events`;
}

export function reached(n: number, params: ParamList): string {
  return `events >= ${params.add('UInt64', n)} AS is_reached`;
}

/** The first needs no array of all times. */
export function nthOfFacts(n: number, params: ParamList): string {
  return n === 1 ? 'minIf(at_ms, matched)' : `arraySort(groupArrayIf(at_ms, matched))[${params.add('UInt64', n)}]`;
}

/** The user's events inside the window by time. */
export function sortedInside(isInside: string | null): string {
  return `${isInside === null ? 'times' : `arraySort(arrayFilter(at -> ${isInside}, times))`} AS inside`;
}

/** A condition on `outcome`: the window is not over, and nothing is known yet. */
export const IS_CENSORED = `outcome = 'censored'`;

/** The value of an event that a metric counts, and the array of these. */
export const COUNTED_VALUES = { counted: 'counted_values' } as const;

/** `none` stands where there is no value, and is of its type. */
export function countedFact(value: string, none: string): FactColumn {
  return { name: 'counted', event: `if(matched, ${value}, ${none})`, change: none, member: none };
}

export function countedInside(isInside: string | null): string {
  const values = COUNTED_VALUES.counted;
  return isInside === null ? values : `arrayFilter((value, at) -> ${isInside}, ${values}, times)`;
}
