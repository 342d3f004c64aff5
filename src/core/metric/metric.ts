import type { JsonValue } from '../json.js';

/** What a column's values are; decides its default aggregators and its JSON form. Durations are numbers in `unit`. */
export type ColumnType = 'number' | 'boolean' | 'duration' | 'instant' | 'map';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Unit of a duration (`second`) or of a number where it has one. */
  readonly unit?: string;
  /** The numbers count distinct values: those of the whole cohort can be counted too (aggregator `distinct`). */
  readonly countsDistinct?: boolean;
  readonly description: string;
}

/** Why a value is null. A value has exactly one reason: the first that holds in this order. */
export const UNDEFINED_REASONS = [
  'erased',
  'unknown_user',
  'excluded',
  'no_birth',
  'out_of_range',
  'censored',
  'never',
  'no_denominator',
  'not_numeric',
] as const;
export type UndefinedReason = (typeof UNDEFINED_REASONS)[number];

/** One parameter of a metric: its JSON Schema (2020-12, with `description`) and its default in canonical form. */
export interface MetricParameter {
  readonly schema: Readonly<Record<string, JsonValue>>;
  readonly required: boolean;
  readonly default: JsonValue;
  /** A duration may be PT0S. */
  readonly mayBeNothing?: true;
  /** The object is a filter on the traits of users. */
  readonly isTraitFilter?: true;
}

/** Canonical parameters. */
type Params = Readonly<Record<string, unknown>>;

/** An entry of the catalogue: everything validation, documentation and shaping need to know of a metric. */
export interface MetricDefinition {
  readonly id: MetricId;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /** The formula in words. */
  readonly formula: string;
  readonly parameters: Readonly<Record<string, MetricParameter>>;
  readonly columns: readonly Column[];
  /** The columns with these parameters, where they depend on them: their units, and which of them there are. */
  readonly columnsFor?: (params: Params) => readonly Column[];
  /** Whether an event at the birth itself, where the window holds it, is all that the outcome asks for. */
  readonly isReachedAtBirth?: (params: Params) => boolean;
  /** When a column is null, by reason. */
  readonly nullRules: readonly {
    readonly reason: UndefinedReason;
    readonly columns: readonly string[];
    readonly when: string;
  }[];
  /** The window is the metric's own `t` (threshold, survival): `t` equals the length. */
  readonly windowFromT: boolean;
  /** Its `t` counts from the birth itself: a window has no offset. */
  readonly refusesOffset?: true;
  /** Looks at registrations alone: a fixed window, birth by registration, no events. */
  readonly ofRegistrations?: true;
  /** Has no window: looks back from as_of, or in a series from the end of each slice. */
  readonly looksBack?: true;
  /** Refuses parameters that are fine alone and not together; they are canonical. Throws a `Failure`. */
  readonly check?: (params: Params, pointer: string) => void;
  /** A worked example that the tests execute. */
  readonly example: MetricExample;
}

export interface MetricExample {
  readonly events: readonly Readonly<Record<string, JsonValue>>[];
  readonly users: readonly Readonly<Record<string, JsonValue>>[];
  /** The body of POST /requests, with an inline cohort and a fixed `as_of`. */
  readonly request: Readonly<Record<string, JsonValue>>;
  readonly rows: readonly {
    readonly user: string;
    readonly values: Record<string, JsonValue>;
    readonly undefined: Record<string, UndefinedReason>;
  }[];
}

export const METRIC_IDS = [
  'event_count',
  'value_sum',
  'event_rate',
  'threshold',
  'time_to_threshold',
  'survival',
  'occurrence',
  'reversal_rate',
  'rolling_active',
  'newly_registered',
  'distinct_count',
  'count_by',
] as const;
export type MetricId = (typeof METRIC_IDS)[number];
