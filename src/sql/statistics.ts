import type { Column } from '../core/metric/metric.js';
import {
  fits,
  histogramOf,
  isPercentile,
  nameOf,
  quantileKey,
  quantileLevel,
  weightOf,
  type Aggregator,
} from '../core/statistics/aggregators.js';
import { MAX_BINS, type HistogramSpec } from '../core/statistics/histogram.js';
import type { ParamList } from './compiled-query.js';

/** Statistics that are computed only where they are requested of some column. */
export interface RequestedStatistics {
  /** Which also gives a mean and a proportion. */
  readonly sum: boolean;
  /** The least and the largest value. */
  readonly extremes: boolean;
  readonly deviation: boolean;
  /** By their keys in `ColumnAggregateRow`. */
  readonly quantiles: readonly { readonly key: string; readonly level: number }[];
  readonly histogram: HistogramSpec | null;
  /** Position, from 1, of the column that is the weight. */
  readonly weight: number | null;
  /** A weighted rate is requested of some column. */
  readonly isWeighted: boolean;
  readonly distinct: boolean;
  /** How many users have each whole number. */
  readonly counts: boolean;
}

export function requestedStatistics(
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): RequestedStatistics {
  const requested = aggregators.filter((aggregator) => columns.some((column) => fits(aggregator, column)));
  const names = requested.map(nameOf);
  const weight = weightOf(requested);
  return {
    sum: SUMS.some((name) => names.includes(name)),
    extremes: EXTREMES.some((name) => names.includes(name)),
    deviation: requestsDeviation(names),
    quantiles: quantileKeys(names).map((key) => ({ key, level: quantileLevel(key) })),
    histogram: histogramOf(requested) ?? null,
    weight: weight === undefined ? null : columns.findIndex(({ name }) => name === weight) + 1,
    isWeighted: weight !== undefined,
    distinct: names.includes('distinct'),
    counts: names.includes('count_by_value') && columns.some(({ isWhole }) => isWhole === true),
  };
}

/** Aggregators that are read from a sum. */
const SUMS = ['sum', 'mean', 'proportion'];
/** Aggregators that are read from the least and the largest value; the bins of a histogram lie between them. */
const EXTREMES = ['min', 'max', 'histogram'];

/** A variance is the square of the deviation. */
export function requestsDeviation(names: readonly string[]): boolean {
  return names.includes('std') || names.includes('variance');
}

/** `median` and `p50` are one. */
export function quantileKeys(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name) => name === 'median' || isPercentile(name)).map(quantileKey))];
}

/**
 * The bin of a number as `binOf` numbers it, by the same operations in the same order; `extent` is a tuple of the least
 * and the largest number. Where a width makes too many bins, which `histogram` refuses, all numbers are in one.
 */
export function binSql(spec: HistogramSpec, number: string, extent: string, params: ParamList): string {
  return 'width' in spec
    ? ofWidth(number, params.add('Float64', spec.width), extent)
    : ofBins(number, params.add('Float64', spec.bins), extent);
}

function ofBins(number: string, bins: string, extent: string): string {
  const [min, max] = [`${extent}.1`, `${extent}.2`];
  const guess = `floor((${number} - ${min}) / (${max} - ${min}) * ${bins})`;
  const edge = (bin: string): string => `${min} + (${max} - ${min}) * (${bin} / ${bins})`;
  const corrected = `${guess} + (${number} >= ${edge(`(${guess} + 1)`)}) - (${number} < ${edge(guess)})`;
  return wholeNumber(`least(${bins} - 1, greatest(0, ${corrected}))`);
}

function ofWidth(number: string, width: string, extent: string): string {
  const guess = `floor(${number} / ${width})`;
  const corrected = `${guess} + (${number} >= (${guess} + 1) * ${width}) - (${number} < ${guess} * ${width})`;
  return `if(${extent}.2 / ${width} - ${extent}.1 / ${width} > ${MAX_BINS + 1}, 0, ${wholeNumber(corrected)})`;
}

// ClickHouse: a map is only summed by keys that are no floats, and a conversion throws where the extent is nothing or
// beyond all numbers.
function wholeNumber(number: string): string {
  return `ifNull(accurateCastOrNull(${number}, 'Int64'), 0)`;
}

/** Sorted numbers in an array, among which `zeros` zeros are missing; `n` is how many they are with these. */
export interface SortedNumbers {
  readonly sorted: string;
  readonly zeros: string;
  readonly n: string;
  /** Ends the names that the SQL gives. */
  readonly suffix: string;
}

/**
 * An array by level of R's type 7 over the order statistics, in which the missing zeros stand between the negative
 * numbers and the others. ClickHouse: a lambda that looks into an array of the row copies it, so each level is written
 * out.
 */
export function quantilesSql(
  quantiles: RequestedStatistics['quantiles'],
  { sorted, zeros, n, suffix }: SortedNumbers,
  params: ParamList,
): string {
  const negative = `negative${suffix}`;
  const counted = `arrayCount(number -> number < 0, ${sorted}) AS ${negative}`;
  const values = quantiles.map(({ level }, i) => {
    const [rank, below, low] = [`rank${suffix}_${i}`, `below${suffix}_${i}`, `low${suffix}_${i}`];
    const isZero = (place: string): string =>
      `${place} > ${i === 0 && place === below ? `(${counted})` : negative} AND ${place} <= ${negative} + ${zeros}`;
    const element = (place: string): string =>
      `if(${isZero(place)}, 0, ${sorted}[toInt64(${place} - if(${place} > ${negative}, ${zeros}, 0))])`;
    const ranked = `greatest(1, floor(${params.add('Float64', level)} * (${n} - 1) + 1 AS ${rank})) AS ${below}`;
    const next = `least(${below} + 1, ${n})`;
    return `(${element(below)} AS ${low}) + (${rank} - (${ranked})) * (${element(next)} - ${low})`;
  });
  return `[${values.join(', ')}]`;
}
