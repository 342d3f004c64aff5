import { UNDEFINED_REASONS } from '../core/metric/metric.js';
import { isPercentile, quantileKey, quantileLevel } from '../core/statistics/aggregator.js';
import type { ParamList } from './param-list.js';

/** `ColumnAggregateRow` in the engine: JSON shows a named tuple as an object. Counts are floats, as 64-bit integers may become text there. */
const ROW_TYPE =
  'Tuple(n Float64, reasons Map(String, Float64), sum Nullable(Float64), mean Nullable(Float64), min Nullable(Float64), max Nullable(Float64), ' +
  'std Nullable(Float64), positives Nullable(Float64), quantiles Map(String, Nullable(Float64)))';

/** The aggregates of the column at a position, counted from 1, in rows of `run_values`. Where `std` is asked, expects what `momentsOf` gives. */
export function columnAggregates(position: number, asked: readonly string[], params: ParamList): string {
  const { value, isDefined, n } = column(position);
  const reasons = UNDEFINED_REASONS.map((reason) => `'${reason}', countIf(reasons[${position}] = '${reason}')`);
  const ifAsked = (name: string, statistic: string): string => (asked.includes(name) ? orNull(statistic, n) : 'NULL');
  const statistics = [
    ifAsked('sum', `sumKahanIf(${value}, ${isDefined})`),
    ifAsked('mean', `sumKahanIf(${value}, ${isDefined}) / ${n}`),
    ifAsked('min', `minIf(${value}, ${isDefined})`),
    ifAsked('max', `maxIf(${value}, ${isDefined})`),
    ifAsked('std', deviation(position)),
    ifAsked('proportion', `countIf(${value} = 1 AND ${isDefined})`),
  ];
  const parts = [n, `map(${reasons.join(', ')})`, ...statistics, quantiles(position, asked, params)];
  return `CAST((${parts.join(', ')}), '${ROW_TYPE}')`;
}

/**
 * Mean and largest deviation of a column, the first pass of its `std`. ClickHouse: the variances of the engine square what has not been scaled, so that large and
 * small numbers become NaN and 0.
 */
export function momentsOf(position: number): string {
  const { value, isDefined } = column(position);
  return `(SELECT (sumKahan(${value}) / count() AS mean, greatest(max(${value}) - mean, mean - min(${value})))
        FROM run_values WHERE run_id = this_run AND attempt = this_attempt AND ${isDefined}) AS moments_${position}`;
}

/** The second pass: sums squares of deviations from the mean, scaled to at most 1. */
function deviation(position: number): string {
  const { value, isDefined, n } = column(position);
  const [mean, largest] = [`moments_${position}.1`, `moments_${position}.2`];
  const squares = `sumKahanIf(pow((${value} - ${mean}) / ${largest}, 2), ${isDefined})`;
  return `multiIf(${n} < 2, NULL, ${largest} = 0, 0, ${largest} * sqrt(${squares} / (${n} - 1)))`;
}

function quantiles(position: number, asked: readonly string[], params: ParamList): string {
  const names = asked.filter((name) => name === 'median' || isPercentile(name));
  if (names.length === 0) return 'map()';
  const { value, isDefined } = column(position);
  const byKey = new Map(names.map((name) => [quantileKey(name), quantileLevel(name)]));
  const keys = params.add('Array(String)', [...byKey.keys()]);
  const levels = [...byKey.values()].map((level) => params.add('Float64', level)).join(', ');
  const values = `quantilesExactInclusiveIf(${levels})(${value}, ${isDefined})`;
  return `mapFromArrays(${keys}, arrayMap(q -> if(isFinite(q), q, NULL), ${values}))`;
}

/** No number where nobody has a value, nor where it lies beyond all doubles. */
function orNull(statistic: string, n: string): string {
  return `if(${n} > 0 AND isFinite(${statistic}), ${statistic}, NULL)`;
}

function column(position: number): { value: string; isDefined: string; n: string } {
  const isDefined = `reasons[${position}] = ''`;
  return { value: `numbers[${position}]`, isDefined, n: `countIf(${isDefined})` };
}
