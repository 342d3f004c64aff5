import type { JsonValue } from '../json.js';
import type { Column, UndefinedReason } from '../metric/metric.js';
import type { GroupValue } from '../series/group-code.js';
import type { Warning } from '../warning-codes.js';

/** Aggregates of one column: the asked aggregators by name, and always `n`, `n_undefined` and the counts by reason (only those that occur). */
export type ColumnAggregates = Readonly<Record<string, JsonValue>> & {
  readonly n: number;
  readonly n_undefined: number;
  readonly undefined: Readonly<Partial<Record<UndefinedReason, number>>>;
};

/** The users of one slice, by one age where ages are asked. */
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
  /** By slice, then age; null where no series is asked. */
  readonly series: readonly SeriesPointResult[] | null;
  /** By value, of the largest alone by size; null where none is asked. */
  readonly breakdown: readonly BreakdownGroup[] | null;
  readonly cohort_size: number;
  /** Set where a fixed window is not over: the instant up to which it was measured, RFC 3339. */
  readonly observed_to: string | null;
  readonly warnings: readonly Warning[];
  readonly attempt: number;
  readonly timings: { readonly queue_ms: number; readonly engine_ms: number; readonly rows_read: number };
}
