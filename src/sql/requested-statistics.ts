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
} from '../core/statistics/aggregator.js';
import type { HistogramSpec } from '../core/statistics/histogram.js';

/** What costs the engine more than a sum, and is therefore computed only where it is asked of some column. */
export interface RequestedStatistics {
  readonly deviation: boolean;
  /** By their keys in `ColumnAggregateRow`. */
  readonly quantiles: readonly { readonly key: string; readonly level: number }[];
  readonly histogram: HistogramSpec | null;
  /** Position, from 1, of the column that is the weight. */
  readonly weight: number | null;
  /** A weighted rate is asked of some column. */
  readonly isWeighted: boolean;
  readonly distinct: boolean;
}

export function requestedStatistics(
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): RequestedStatistics {
  const requested = aggregators.filter((aggregator) => columns.some((column) => fits(aggregator, column)));
  const names = requested.map(nameOf);
  const weight = weightOf(requested);
  return {
    deviation: requestsDeviation(names),
    quantiles: quantileKeys(names).map((key) => ({ key, level: quantileLevel(key) })),
    histogram: histogramOf(requested) ?? null,
    weight: weight === undefined ? null : columns.findIndex(({ name }) => name === weight) + 1,
    isWeighted: weight !== undefined,
    distinct: names.includes('distinct'),
  };
}

/** A variance is the square of the deviation. */
export function requestsDeviation(names: readonly string[]): boolean {
  return names.includes('std') || names.includes('variance');
}

/** `median` and `p50` are one. */
export function quantileKeys(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name) => name === 'median' || isPercentile(name)).map(quantileKey))];
}
