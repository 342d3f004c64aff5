import type { RunPlan } from '../core/request/run-plan.js';
import type { ParamList } from './param-list.js';

/**
 * A metric in SQL. What is measured of a user is computed from facts where the window is the same for all (`matched` is cut to it then), else from the arrays
 * `times` and `amounts` of the matching events, once the user's window is known; either way under the same names.
 */
export interface MetricSql {
  /** Measures over the facts of a user. */
  ofFacts(params: ParamList): readonly string[];
  /** What of the facts is kept in arrays beside `times`: of the same events, in the same order. */
  readonly keeps?: readonly Kept[];
  /** Looks at events outside of a window, or at those of another one as well: the windows of a series cannot share them out. */
  readonly overlaps?: true;
  /** Measures over a user's arrays; `isInside` is a condition on `at`. */
  ofArrays(isInside: string, params: ParamList): readonly string[];
  /** A condition on `at`: the event counts for the window, where that is another one than from `start_ms` to `stop_ms`. */
  inside?(params: ParamList): string;
  /** A window that has begun is measured as far as it is observed, though more may come in it: it is never censored. */
  readonly measuresOpen?: true;
  /** Looks at `origin_ms`, where a user's time begins (birth; in a fixed window its start), and `end_ms`, which is at most as_of in a fixed window. */
  readonly readsBounds?: true;
  /** An instant within an open fixed window at which time alone changes what is measured: milliseconds, or NULL. */
  readonly changesAt?: string;
  /** Its window ends at as_of, whenever that is: nothing but `changesAt` says when time alone changes what is measured. */
  readonly movesWithAsOf?: true;
  /** One number for each column, in the catalogue's order. `outcome` is why a user has no measures: `user_reason`, or `censored`. */
  readonly numbers: string;
  /** Why the numbers do not count; empty: they do. */
  readonly reasons: string;
  /** A map for each map column; empty where it does not count. */
  readonly maps?: string;
  /** The set of values of each column whose distinct values are to be counted over all users; empty where it does not count. */
  readonly sets?: string;
}

/** Arrays of a user's matching events, by the column of the facts that they are made of. */
export const ARRAYS = {
  amount: 'amounts',
  counted: 'counted_values',
  reversed: 'reversed_marks',
  event_group: 'event_groups',
  is_counted: 'are_counted',
} as const;
type Kept = keyof typeof ARRAYS;

/**
 * What of the facts of a user whose window is not known from them is gathered beside the times. A group of events holds also those that have no value to be counted, which
 * are left out where it is measured.
 */
export function keptFacts({ keeps = [] }: MetricSql, breakdown: RunPlan['breakdown']): readonly Kept[] {
  if (breakdown?.of !== 'property') return keeps;
  return [
    ...keeps,
    'event_group',
    ...(keeps.includes('counted') || keeps.includes('reversed') ? (['is_counted'] as const) : []),
  ];
}

/** The arrays that a run gathers of each user whose window is not known from the facts; first the times. */
export function keptArrays(metric: MetricSql, breakdown: RunPlan['breakdown']): readonly string[] {
  return ['times', ...keptFacts(metric, breakdown).map((column) => ARRAYS[column])];
}

/** Why `so_far` has no value: as `outcome`, but that an open window does not censor it. */
export const SO_FAR_REASON = `if(outcome = 'censored' AND start_ms < as_of_ms, '', outcome)`;

export const COUNT_OF_FACTS = 'countIf(matched) AS events';

export function countOfTimes(isInside: string): string {
  return `arrayCount(at -> ${isInside}, times) AS events`;
}

export function reached(n: number, params: ParamList): string {
  return `events >= ${params.add('UInt64', n)} AS is_reached`;
}

/** The first needs no array of all times. */
export function nthOfFacts(n: number, params: ParamList): string {
  return n === 1 ? 'minIf(at_ms, matched)' : `arraySort(groupArrayIf(at_ms, matched))[${params.add('UInt64', n)}]`;
}

/** The user's events inside the window by time. */
export function sortedInside(isInside: string): string {
  return `arraySort(arrayFilter(at -> ${isInside}, times)) AS inside`;
}
