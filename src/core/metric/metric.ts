import type { JsonValue } from '../json.js';
import { formatDuration } from '../time/duration.js';

/**
 * What a column's values are; decides its default aggregators and its JSON form. Durations are numbers in `unit`, texts
 * have at most `MAX_TEXT` code points.
 */
export const COLUMN_TYPES = ['number', 'boolean', 'duration', 'instant', 'map', 'text'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** Code points of a value of a column of texts. */
export const MAX_TEXT = 200;

/** Columns of these types have their values in maps: a text is the one key of its map. */
export function isMapped({ type }: Pick<Column, 'type'>): boolean {
  return type === 'map' || type === 'text';
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Unit of a duration (`second`) or of a number where it has one. */
  readonly unit?: string;
  /** The numbers count distinct values: those of the whole cohort can be counted too (aggregator `distinct`). */
  readonly countsDistinct?: boolean;
  /** The numbers are whole, so that users can be counted by value (aggregator `count_by_value`). */
  readonly isWhole?: true;
  readonly description: string;
}

/** Why a value is null. A value has exactly one reason: the first that holds in this order. */
export const UNDEFINED_REASONS = [
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

/** When columns are null. */
export interface NullRule {
  readonly reason: UndefinedReason;
  readonly columns: readonly string[];
  readonly when: string;
}

/** A worked example, which the tests execute. */
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

/**
 * When any column of any metric is null, whatever the metric itself says; in the order in which the reasons are tried.
 */
export function commonNullRules(columns: readonly string[]): readonly NullRule[] {
  return [
    {
      reason: 'unknown_user',
      columns,
      when: 'The user is in the cohort but was never upserted nor named by an event before as_of.',
    },
    { reason: 'no_birth', columns, when: 'A birth is needed and the user has none.' },
    { reason: 'out_of_range', columns, when: 'The user was born outside `births`.' },
  ];
}

/**
 * The rule of metrics that have no value before a window since birth is over; a fixed window is measured up to as_of.
 */
export function censoredRule(columns: readonly string[]): NullRule {
  return { reason: 'censored', columns, when: 'The window is not over at as_of; a fixed one: has not begun.' };
}

/** What stands already while a window is open: a lower bound, where it is counted over users. */
export const SO_FAR: Column = {
  name: 'so_far',
  type: 'boolean',
  description: 'It stands already, by the events before as_of, also while the window is open.',
};

export const SO_FAR_RULE: NullRule = {
  reason: 'censored',
  columns: [SO_FAR.name],
  when: 'The window has not begun at as_of.',
};

/** Columns, some of them in other units. */
export function withUnits(columns: readonly Column[], units: Readonly<Record<string, string>>): readonly Column[] {
  return columns.map((column) => {
    const unit = units[column.name];
    return unit === undefined ? column : Object.assign({}, column, { unit });
  });
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  PT1S: 'second',
  PT1M: 'minute',
  PT1H: 'hour',
  P1D: 'day',
  P7D: 'week',
};

/** A unit of time as a column names it: a word where there is one, else the duration. */
export function unitName(ms: number): string {
  const duration = formatDuration(ms);
  return UNIT_WORDS[duration] ?? duration;
}
