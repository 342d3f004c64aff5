import type { Column } from '../core/metric/metric.js';
import { fits, isPercentile, quantileKey, quantileLevel } from '../core/statistics/aggregator.js';

/** What costs the engine more than a sum, and is therefore computed only where it is asked of some column. */
export interface AskedStatistics {
  readonly deviation: boolean;
  /** By their keys in `ColumnAggregateRow`. */
  readonly quantiles: readonly { readonly key: string; readonly level: number }[];
}

export function askedStatistics(columns: readonly Column[], aggregators: readonly string[]): AskedStatistics {
  const asked = aggregators.filter((name) => columns.some(({ type }) => fits(name, type)));
  return {
    deviation: asked.includes('std'),
    quantiles: quantileKeys(asked).map((key) => ({ key, level: quantileLevel(key) })),
  };
}

/** `median` and `p50` are one. */
export function quantileKeys(aggregators: readonly string[]): readonly string[] {
  return [...new Set(aggregators.filter((name) => name === 'median' || isPercentile(name)).map(quantileKey))];
}
