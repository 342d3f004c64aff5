import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import type { Column, ColumnType } from '../metric/metric.js';
import { Problems } from '../problems.js';
import { fits, fittingNames, nameOf, normalPercentile, type Aggregator } from './aggregator.js';
import { MAX_BINS, type HistogramSpec } from './histogram.js';

const NAMED = ['mean', 'median', 'min', 'max', 'sum', 'std', 'variance', 'proportion', 'count_by_value', 'distinct'];
const WITH_OPTIONS = '{"histogram": {"bins": 20}}, {"histogram": {"width": 5}}, {"weighted_rate": {"weight": "count"}}';
const MAX_AGGREGATORS = 100;

const DEFAULTS: Readonly<Record<ColumnType, readonly string[]>> = {
  number: ['mean', 'median', 'min', 'max'],
  duration: ['mean', 'median', 'min', 'max'],
  map: ['mean', 'median', 'min', 'max'],
  boolean: ['proportion'],
  instant: ['min', 'max'],
};

/**
 * The aggregators of a request, in canonical form: normal names (`p50.0` is `p50`), distinct, sorted by name; not given: the defaults of the columns' types.
 * 422: `invalid_field` for one that is not known, is not rightly spelled or stands twice with different options, `aggregator_not_applicable` for one that fits
 * none of the columns, `unknown_field`, `limit_exceeded`.
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
