import type { ParamList } from './param-list.js';

/**
 * A metric in SQL. What is measured of a user is computed from facts where the window is the same for all (`matched` is cut to it then), else from the arrays
 * `times` and `amounts` of the matching events, once the user's window is known; either way under the same names.
 */
export interface MetricSql {
  /** Measures over the facts of a user. */
  ofFacts(params: ParamList): readonly string[];
  /** Whether `amounts` are kept beside `times`: of the same events, in the same order. */
  readonly keepsAmounts: boolean;
  /** Whether the counted values are kept in the same way, as `counted_values`; in the facts they are `counted`. */
  readonly keepsValues?: true;
  /** Whether `reversed_marks` are kept in the same way: true for the second row of an event that is reversed. */
  readonly keepsReversals?: true;
  /** Measures over a user's arrays; `isInside` is a condition on `at`. */
  ofArrays(isInside: string, params: ParamList): readonly string[];
  /** A condition on the measures of an open window: they stand, whatever comes later in it. Null: never. */
  readonly settled: string | null;
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
