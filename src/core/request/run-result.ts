import type { JsonValue } from '../json.js';
import type { Column, UndefinedReason } from '../metric/metric.js';
import type { GroupValue } from '../series/breakdown.js';
import type { Histogram } from '../statistics/histogram.js';
import type { Warning } from '../warning-codes.js';

/**
 * Aggregates of one column: the requested ones by name, and always `n`, `n_undefined` and the counts by reason (only
 * those that occur).
 */
export type ColumnAggregates = Readonly<Record<string, JsonValue>> & {
  readonly n: number;
  readonly n_undefined: number;
  readonly undefined: Readonly<Partial<Record<UndefinedReason, number>>>;
};

/** The users of one slice, at one age where the series has ages. */
export interface SeriesPointResult {
  /** Of the slice, RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly age: number | null;
  /** Whether it was observed to its end. */
  readonly complete: boolean;
  readonly aggregates: Readonly<Record<string, ColumnAggregates>>;
}

/** The users, or the events, that have one value of the trait or property. */
export interface BreakdownGroup {
  readonly by: string;
  readonly group: GroupValue;
  /** The group of all that are not among the largest; `group` is null then. */
  readonly rest?: true;
  readonly aggregates: Readonly<Record<string, ColumnAggregates>>;
  readonly series: readonly SeriesPointResult[] | null;
}

/** What a succeeded run stores in PostgreSQL; its per-user rows are in the engine under (run, attempt). */
export interface RunResult {
  /** In which it is stored (core/stored). */
  readonly form: number;
  readonly columns: readonly Column[];
  readonly aggregates: Readonly<Record<string, ColumnAggregates>>;
  /** By slice, then age; null without a series. */
  readonly series: readonly SeriesPointResult[] | null;
  /** By value, or the largest groups by size; null without a breakdown. */
  readonly breakdown: readonly BreakdownGroup[] | null;
  readonly cohort_size: number;
  /** Set where a fixed window is not over: the instant up to which it was measured, RFC 3339. */
  readonly observed_to: string | null;
  readonly warnings: readonly Warning[];
  readonly attempt: number;
  readonly timings: { readonly queue_ms: number; readonly engine_ms: number; readonly rows_read: number };
}

/**
 * Statistics of a set of users. Every number is a JSON number (64-bit counts are cast, never text) and never NaN or
 * infinite (a sum can overflow): null instead. A statistic that was not requested for this column's type is null or
 * absent; a requested one without value (n = 0) is null. Values are in the stored form: booleans 0 or 1, instants in
 * UTC milliseconds, durations in the column's unit.
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
  /** Whole numbers: users by value, where that was requested. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Maps and texts: everything by key, in the order of the keys' bytes. */
  readonly keys?: Readonly<Record<string, KeyAggregateRow>>;
}

/**
 * The one row that the aggregates' query returns for a run and attempt. A cohort without users gives one row too: size
 * 0, n 0, the rest null.
 */
export interface AggregateRow {
  /** Rows of the run: users of the cohort. */
  readonly cohort_size: number;
  /** Users whose columns are not `unknown_user`. */
  readonly users_known: number;
  /** Users whose window is not over at as_of, begun or not. */
  readonly users_unfinished: number;
  /**
   * The earliest next start or end of a user's window after as_of, UTC milliseconds; null: no window is open or ahead.
   */
  readonly next_change_ms: number | null;
  /** In the order of the metric's columns. */
  readonly columns: readonly ColumnAggregateRow[];
}

/**
 * The users of one cell (slice and age; 0: the whole window) and of one group (its code after a colon; empty:
 * everybody). Parts without users may be absent.
 */
export interface AggregatePart {
  readonly cell: number;
  readonly code: string;
  readonly size: number;
  /** In the order of the metric's columns. */
  readonly columns: readonly ColumnAggregateRow[];
}
