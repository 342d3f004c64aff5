import type { Column, ColumnType } from '../metric/metric.js';
import type { HistogramSpec } from './histogram.js';

/**
 * How the values of a column are put together, in canonical form: a normal name (`mean`, `p99.9`), or an object with one where it takes something. A request has
 * each name at most once, so the name is also the key under which the answer tells the aggregate.
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
export function fittingNames({ type, countsDistinct }: Column): readonly string[] {
  return countsDistinct === true ? [...FITTING[type], 'distinct'] : FITTING[type];
}

/** The bins that are asked for. */
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
export function normalPercentile(name: string): string | undefined {
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
