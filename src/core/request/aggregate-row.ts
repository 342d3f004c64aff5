import type { Histogram } from '../statistics/histogram.js';

/**
 * What the numbers of some users come to. Every number is a JSON number (64-bit counts are cast, never text) and never NaN or infinite (a sum can overflow): null
 * instead. A statistic that was not asked of this column's type is null or absent; what is asked and has no value (n = 0) is null.
 * Values are in the stored form: booleans 0 or 1, instants in UTC milliseconds, durations in the column's unit.
 */
export interface Statistics {
  readonly sum: number | null;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Sample deviation (n - 1); null for one value. */
  readonly std: number | null;
  /** By the aggregator's normal name (`p90`, `p99.9`); `median` is read from `p50`. R type 7, exact. */
  readonly quantiles: Readonly<Record<string, number | null>>;
  readonly histogram?: Histogram | null;
}

/** One key over all users with a map; who lacks the key has 0 there. */
export interface KeyAggregateRow extends Statistics {
  /** Users with another number than 0 there. */
  readonly users: number;
}

/** One column over all users of a run, as the engine computes it from `run_values`. */
export interface ColumnAggregateRow extends Statistics {
  /** Users with a value. */
  readonly n: number;
  /** Users without one, by reason; a reason that does not occur may be absent or 0. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Booleans: users whose value is true. */
  readonly positives: number | null;
  /** sum(w v) / sum(w) over the users with both values; null where the weights add up to 0. */
  readonly weightedRate?: number | null;
  /** The distinct values of all users together. */
  readonly distinct?: number | null;
  /** Maps: everything by key, in the order of the keys' bytes. */
  readonly keys?: Readonly<Record<string, KeyAggregateRow>>;
}

/** The one row that the aggregates' query returns for a run and attempt. A cohort without users gives one row too: size 0, n 0, the rest null. */
export interface AggregateRow {
  /** Rows of the run: users of the cohort. */
  readonly cohort_size: number;
  /** Users whose columns are not `unknown_user`. */
  readonly users_known: number;
  /** Users whose window is not over at as_of, begun or not. */
  readonly users_unfinished: number;
  /** The earliest next start or end of a user's window after as_of, UTC milliseconds; null: no window is open or ahead. */
  readonly next_change_ms: number | null;
  /** In the order of the metric's columns. */
  readonly columns: readonly ColumnAggregateRow[];
}

/** The users of one cell (slice and age; 0: the whole window) and of one group (its code after a colon; empty: everybody). Parts without users may be absent. */
export interface AggregatePart {
  readonly cell: number;
  readonly code: string;
  readonly size: number;
  /** In the order of the metric's columns. */
  readonly columns: readonly ColumnAggregateRow[];
}
