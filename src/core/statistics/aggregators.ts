import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import type { Column, ColumnType } from '../metric/metric.js';
import { Problems } from '../problems.js';
import { MAX_BINS, type HistogramSpec } from './histogram.js';

/**
 * How the values of a column are aggregated, in canonical form: a normal name (`mean`, `p99.9`), or an object with one
 * where it takes something. A request has each name at most once, so the name is also the key of the aggregate in the
 * answer.
 */
export type Aggregator = string | { readonly histogram: HistogramSpec } | WeightedRate;

/** sum(w v) / sum(w) over the users with both values; `weight` is another column of the metric. */
export interface WeightedRate {
  readonly weighted_rate: { readonly weight: string };
}

const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,3})?)$/;

const OF_NUMBERS = ['mean', 'median', 'min', 'max', 'sum', 'std', 'variance', 'histogram'];
const FITTING: Readonly<Record<ColumnType, readonly string[]>> = {
  number: [...OF_NUMBERS, 'weighted_rate'],
  duration: [...OF_NUMBERS, 'weighted_rate'],
  map: [...OF_NUMBERS, 'count_by_value'],
  boolean: ['proportion'],
  instant: ['min', 'max', 'median'],
  text: ['count_by_value'],
};
const PERCENTILES_FIT: ReadonlySet<ColumnType> = new Set(['number', 'duration', 'map']);

/** The name of an aggregator: its key in the answer. */
export function nameOf(aggregator: Aggregator): string {
  return typeof aggregator === 'string' ? aggregator : (Object.keys(aggregator)[0] ?? '');
}

/** Whether an aggregator says something about a column. A weight is not weighted by itself. */
export function fits(aggregator: Aggregator, column: Column): boolean {
  const name = nameOf(aggregator);
  if (isPercentile(name)) return PERCENTILES_FIT.has(column.type);
  if (typeof aggregator !== 'string' && 'weighted_rate' in aggregator) {
    return aggregator.weighted_rate.weight !== column.name && fittingNames(column).includes(name);
  }
  return fittingNames(column).includes(name);
}

/** Percentiles left out. */
export function fittingNames({ type, countsDistinct, isWhole }: Column): readonly string[] {
  return [
    ...FITTING[type],
    ...(countsDistinct === true ? ['distinct'] : []),
    ...(isWhole === true ? ['count_by_value'] : []),
  ];
}

/** The requested bins. */
export function histogramOf(aggregators: readonly Aggregator[]): HistogramSpec | undefined {
  return aggregators.flatMap((requested) =>
    typeof requested === 'object' && 'histogram' in requested ? [requested.histogram] : [],
  )[0];
}

/** The column by which is weighted. */
export function weightOf(aggregators: readonly Aggregator[]): string | undefined {
  const weighted = aggregators.flatMap((requested) =>
    typeof requested === 'object' && 'weighted_rate' in requested ? [requested] : [],
  );
  return weighted[0]?.weighted_rate.weight;
}

export function isPercentile(name: string): boolean {
  return PERCENTILE.test(name);
}

/** `p50.0` is `p50`; undefined where it is none of p0.1 to p99.9. */
function normalPercentile(name: string): string | undefined {
  const percent = PERCENTILE.exec(name)?.[1];
  if (percent === undefined) return undefined;
  const number = Number(percent);
  return number >= 0.1 && number <= 99.9 ? `p${number}` : undefined;
}

/** The level of a quantile: `p90` is 0.9, `p99.9` is 0.999 (the nearest double), `median` is 0.5. */
export function quantileLevel(name: string): number {
  return name === 'median' ? 0.5 : Number(`${name.slice(1)}e-2`);
}

/** Where a quantile stands in an aggregate row: `median` and `p50` are one value. */
export function quantileKey(name: string): string {
  return name === 'median' ? 'p50' : name;
}

const NAMED = ['mean', 'median', 'min', 'max', 'sum', 'std', 'variance', 'proportion', 'count_by_value', 'distinct'];
const WITH_OPTIONS = '{"histogram": {"bins": 20}}, {"histogram": {"width": 5}}, {"weighted_rate": {"weight": "count"}}';
const MAX_AGGREGATORS = 100;

const DEFAULTS: Readonly<Record<ColumnType, readonly string[]>> = {
  number: ['mean', 'median', 'min', 'max'],
  duration: ['mean', 'median', 'min', 'max'],
  map: ['mean', 'median', 'min', 'max'],
  boolean: ['proportion'],
  instant: ['min', 'max'],
  text: ['count_by_value'],
};

/**
 * The aggregators of a request, in canonical form: normal names (`p50.0` is `p50`), distinct, sorted by name; not
 * given: the defaults of the columns' types. 422: `invalid_field` for one that is not known, is not rightly spelled or
 * stands twice with different options, `aggregator_not_applicable` for one that fits none of the columns,
 * `unknown_field`, `limit_exceeded`.
 */
export function parseAggregators(value: unknown, columns: readonly Column[], pointer: string): readonly Aggregator[] {
  if (!isGiven(value)) return setOf(columns.flatMap((column) => DEFAULTS[column.type]));
  if (!Array.isArray(value)) {
    throw invalid(
      'invalid_field',
      pointer,
      `Give a list of aggregators such as ["mean", "p90"], not ${quoted(value)}.`,
    );
  }
  if (value.length > MAX_AGGREGATORS) throw tooMany('aggregators', MAX_AGGREGATORS, pointer);
  const problems = new Problems();
  const seen = new Map<string, Aggregator>();
  const parsed = problems.takeEach(value, (item, i) => {
    const at = pointerTo(pointer, i);
    const aggregator = parseAggregator(item, columns, at);
    refuseSecond(aggregator, seen, at);
    return aggregator;
  });
  problems.throwIfAny();
  return setOf(parsed);
}

function parseAggregator(value: unknown, columns: readonly Column[], pointer: string): Aggregator {
  const aggregator = isObject(value) ? parseWithOptions(value, columns, pointer) : parseName(value, pointer);
  if (columns.some((column) => fits(aggregator, column))) return aggregator;
  const types = [...new Set(columns.map((column) => column.type))];
  const fitting = [...new Set(columns.flatMap((column) => fittingNames(column)))];
  throw invalid(
    'aggregator_not_applicable',
    pointer,
    `\`${nameOf(aggregator)}\` fits no column of the metric (${types.join(', ')}); these do: ${listed(fitting)}.`,
  );
}

function parseName(value: unknown, pointer: string): string {
  const name =
    typeof value === 'string' ? (normalPercentile(value) ?? NAMED.find((known) => known === value)) : undefined;
  if (name !== undefined) return name;
  throw unknownAggregator(value, pointer);
}

function unknownAggregator(value: unknown, pointer: string): Failure {
  const shown = isObject(value) ? `{${Object.keys(value).slice(0, 3).map(quoted).join(', ')}}` : quoted(value);
  return invalid(
    'invalid_field',
    pointer,
    `There is no aggregator ${shown}; give one of ${listed(NAMED)} or p0.1 to p99.9, or ${WITH_OPTIONS}.`,
  );
}

function parseWithOptions(value: JsonObject, columns: readonly Column[], pointer: string): Aggregator {
  const [name, ...others] = Object.keys(value);
  if (others.length > 0 || (name !== 'histogram' && name !== 'weighted_rate')) throw unknownAggregator(value, pointer);
  const at = pointerTo(pointer, name);
  const options = value[name];
  if (!isObject(options)) throw invalid('invalid_field', at, `Give \`${name}\` its options: ${WITH_OPTIONS}.`);
  return name === 'histogram'
    ? { histogram: parseHistogram(options, at) }
    : { weighted_rate: { weight: parseWeight(options, columns, at) } };
}

function parseHistogram(options: JsonObject, pointer: string): HistogramSpec {
  refuseUnknownKeys(options, ['bins', 'width'], pointer, 'A histogram');
  const { bins, width } = options;
  if (isGiven(bins) === isGiven(width)) {
    throw invalid('invalid_field', pointer, 'Give a histogram either `bins`, how many, or the `width` of each.');
  }
  if (isGiven(bins)) return { bins: parseBins(bins, pointerTo(pointer, 'bins')) };
  if (typeof width === 'number' && Number.isFinite(width) && width > 0) return { width };
  throw invalid('invalid_field', pointerTo(pointer, 'width'), `\`width\` is a number above 0, not ${quoted(width)}.`);
}

function parseBins(bins: unknown, pointer: string): number {
  if (typeof bins !== 'number' || !Number.isInteger(bins) || bins < 1) {
    throw invalid('invalid_field', pointer, `\`bins\` is an integer from 1 to ${MAX_BINS}, not ${quoted(bins)}.`);
  }
  if (bins > MAX_BINS) throw tooMany('histogram_bins', MAX_BINS, pointer);
  return bins;
}

function parseWeight(options: JsonObject, columns: readonly Column[], pointer: string): string {
  refuseUnknownKeys(options, ['weight'], pointer, 'A weighted rate');
  const names = columns.filter(({ type }) => type === 'number' || type === 'duration').map(({ name }) => name);
  const weight = names.find((name) => name === options['weight']);
  if (weight !== undefined) return weight;
  const right = names.length > 0 ? `give one of ${listed(names)}` : 'this metric has none';
  const detail = `\`weight\` names a column of numbers or durations of the metric, not ${quoted(options['weight'])}; ${right}.`;
  throw invalid('invalid_field', pointerTo(pointer, 'weight'), detail);
}

/** The name is the key in the answer, so there is one histogram and one weight in a request. */
function refuseSecond(aggregator: Aggregator, seen: Map<string, Aggregator>, pointer: string): void {
  const name = nameOf(aggregator);
  const first = seen.get(name);
  seen.set(name, first ?? aggregator);
  if (first === undefined || JSON.stringify(first) === JSON.stringify(aggregator)) return;
  throw invalid('invalid_field', pointer, `A request has one \`${name}\`; ask for another in a request of its own.`);
}

/** One of each name. */
function setOf(aggregators: readonly Aggregator[]): readonly Aggregator[] {
  const byName = new Map(aggregators.map((aggregator) => [nameOf(aggregator), aggregator]));
  return [...byName.keys()].sort().map((name) => byName.get(name) ?? name);
}

function tooMany(limit: string, most: number, pointer: string): Failure {
  const detail = `At most ${most} \`${limit}\`.`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit, value: most });
}
