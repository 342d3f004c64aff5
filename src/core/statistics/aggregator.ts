import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, listed, quoted } from '../json-shape.js';
import type { Column, ColumnType } from '../metric/metric.js';
import { Problems } from '../problems.js';

const NAMED = ['mean', 'median', 'min', 'max', 'sum', 'std', 'proportion'] as const;
const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,3})?)$/;
const MAX_AGGREGATORS = 100;

const OF_NUMBERS = ['mean', 'median', 'min', 'max', 'sum', 'std'];
const FITTING: Readonly<Record<ColumnType, readonly string[]>> = {
  number: OF_NUMBERS,
  duration: OF_NUMBERS,
  map: OF_NUMBERS,
  boolean: ['proportion'],
  instant: ['min', 'max', 'median'],
};
const PERCENTILES_FIT: ReadonlySet<ColumnType> = new Set(['number', 'duration', 'map']);

const DEFAULTS: Readonly<Record<ColumnType, readonly string[]>> = {
  number: ['mean', 'median', 'min', 'max'],
  duration: ['mean', 'median', 'min', 'max'],
  map: ['mean', 'median', 'min', 'max'],
  boolean: ['proportion'],
  instant: ['min', 'max'],
};

/** Whether an aggregator, by its normal name, says something about columns of a type. */
export function fits(aggregator: string, type: ColumnType): boolean {
  return isPercentile(aggregator) ? PERCENTILES_FIT.has(type) : FITTING[type].includes(aggregator);
}

export function isPercentile(aggregator: string): boolean {
  return PERCENTILE.test(aggregator);
}

/** The level of a quantile: `p90` is 0.9, `p99.9` is 0.999 (the nearest double), `median` is 0.5. */
export function quantileLevel(aggregator: string): number {
  return aggregator === 'median' ? 0.5 : Number(`${aggregator.slice(1)}e-2`);
}

/** Where a quantile stands in an aggregate row: `median` and `p50` are one value. */
export function quantileKey(aggregator: string): string {
  return aggregator === 'median' ? 'p50' : aggregator;
}

/**
 * The aggregators of a request, in canonical form: normal names (`p50.0` is `p50`), distinct, sorted; not given: the defaults of the columns' types.
 * 422: `invalid_field` for a name that is not known, `aggregator_not_applicable` for one that fits none of the columns.
 */
export function parseAggregators(value: unknown, columns: readonly Column[], pointer: string): readonly string[] {
  if (!isGiven(value)) return setOf(columns.flatMap((column) => DEFAULTS[column.type]));
  if (!Array.isArray(value)) {
    throw invalid(
      'invalid_field',
      pointer,
      `Give a list of aggregators such as ["mean", "p90"], not ${quoted(value)}.`,
    );
  }
  if (value.length > MAX_AGGREGATORS) throw tooMany(pointer);
  const problems = new Problems();
  const names = problems.takeEach(value, (item, i) => parseAggregator(item, columns, pointerTo(pointer, i)));
  problems.throwIfAny();
  return setOf(names);
}

function parseAggregator(value: unknown, columns: readonly Column[], pointer: string): string {
  const name = normalName(value);
  if (name === undefined) {
    throw invalid(
      'invalid_field',
      pointer,
      `There is no aggregator ${quoted(value)}; give one of ${listed(NAMED)} or p0.1 to p99.9.`,
    );
  }
  if (columns.some((column) => fits(name, column.type))) return name;
  const types = [...new Set(columns.map((column) => column.type))];
  const fitting = [...new Set(types.flatMap((type) => FITTING[type]))];
  throw invalid(
    'aggregator_not_applicable',
    pointer,
    `\`${name}\` fits no column of the metric (${types.join(', ')}); these do: ${listed(fitting)}.`,
  );
}

function normalName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const percent = PERCENTILE.exec(value)?.[1];
  if (percent === undefined) return NAMED.find((name) => name === value);
  const number = Number(percent);
  return number >= 0.1 && number <= 99.9 ? `p${number}` : undefined;
}

function setOf(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

function tooMany(pointer: string): Failure {
  const detail = `At most ${MAX_AGGREGATORS} aggregators.`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit: 'aggregators', value: MAX_AGGREGATORS });
}
