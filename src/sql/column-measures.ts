import type { Column } from '../core/metric/metric.js';
import { fits, type Aggregator } from '../core/statistics/aggregators.js';
import type { ParamList } from './compiled-query.js';
import { binSql, quantilesSql, requestedStatistics, type RequestedStatistics } from './statistics.js';

/**
 * What is requested of one column. Its aggregates are made in three steps, each from the names of the one before, which
 * end with the column's position: over rows with the same reasons (`ofRows`), over all rows of a part (`ofAlike`), and
 * from these the statistics (`ofPart`).
 */
export interface ColumnMeasures {
  /** From 1. */
  readonly position: number;
  readonly isBoolean: boolean;
  readonly requested: RequestedStatistics;
  /** Position of the weight of a weighted rate. */
  readonly weight: number | null;
  /** Whether rows of cells without events stand among the others: their number is 0, and they are not `is_own`. */
  readonly isSparse: boolean;
}

export function columnMeasures(
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
  isSparse: boolean,
): readonly ColumnMeasures[] {
  const { weight } = requestedStatistics(columns, aggregators);
  return columns.map((column, i) => {
    const fitting = aggregators.filter((aggregator) => fits(aggregator, column));
    const requested = requestedStatistics([column], fitting);
    return { position: i + 1, isBoolean: column.type === 'boolean', requested, weight, isSparse };
  });
}

/** Deviations and bins are computed from all numbers, and so are quantiles where zeros come to these. */
function gathers({ requested: { quantiles, deviation, histogram }, isSparse }: ColumnMeasures): boolean {
  return deviation || histogram !== null || (isSparse && quantiles.length > 0);
}

/**
 * Quantiles as the engine aggregates them: it sorts no more than it must. ClickHouse: the levels are part of the type of
 * a state, and a state is not of a type with parameters of the statement.
 */
function ownQuantiles({ requested: { quantiles }, isSparse }: ColumnMeasures): string | null {
  if (isSparse || quantiles.length === 0) return null;
  return quantiles.map(({ level }) => String(level)).join(', ');
}

function adds({ requested: { sum, deviation } }: ColumnMeasures): boolean {
  return sum || deviation;
}

function hasExtremes({ requested: { extremes, deviation } }: ColumnMeasures): boolean {
  return extremes || deviation;
}

/** Positions of the columns whose numbers rows must have: `number_1`; of booleans none. */
export function numbersRead(all: readonly ColumnMeasures[]): readonly number[] {
  const read = all.flatMap((column) => {
    if (column.isBoolean || ofRows(column, '').length === 0) return [];
    const { position, weight, requested } = column;
    return requested.isWeighted && weight !== null ? [position, weight] : [position];
  });
  return [...new Set(read)].toSorted((a, b) => a - b);
}

/** Over rows with `number_1` and so on. `set`: the values of a row whose distinct ones are counted. */
export function ofRows(column: ColumnMeasures, set: string): readonly string[] {
  const { position: i, requested, weight } = column;
  const number = `number_${i}`;
  const found: string[] = [];
  if (adds(column))
    found.push(`sumKahan(trunc(${number})) AS whole_${i}`, `sumKahan(${number} - trunc(${number})) AS rest_${i}`);
  if (hasExtremes(column)) found.push(`min(${number}) AS least_${i}`, `max(${number}) AS most_${i}`);
  if (gathers(column)) found.push(`groupArray(${number}) AS values_${i}`);
  const levels = ownQuantiles(column);
  if (levels !== null) found.push(`quantilesExactInclusiveState(${levels})(${number}) AS quantiles_${i}`);
  if (requested.isWeighted) {
    found.push(`sumKahan(${number} * number_${weight}) AS products_${i}`, `sumKahan(number_${weight}) AS weights_${i}`);
  }
  if (requested.distinct) found.push(`uniqExactArrayState(${set}) AS distinct_${i}`);
  if (requested.counts) found.push(`sumMap(map(toInt64(${number}), toFloat64(1))) AS counts_${i}`);
  return found;
}

/** The names that `ofRows` gives, apart those that hold arrays of all numbers. */
export function namesOfRows(all: readonly ColumnMeasures[]): {
  readonly arrays: readonly string[];
  readonly others: readonly string[];
} {
  const measures = all.filter(({ isBoolean }) => !isBoolean).flatMap((column) => ofRows(column, ''));
  const names = measures.map((measure) => measure.slice(measure.lastIndexOf(' ') + 1));
  return {
    arrays: names.filter((name) => name.startsWith('values_')),
    others: names.filter((name) => !name.startsWith('values_')),
  };
}

/** Over rows of `ofRows` with `reasons` and `weight`, how many users each stands for; of booleans with `positives_1`. */
export function ofAlike(column: ColumnMeasures): readonly string[] {
  const { position: i, isBoolean, requested, weight, isSparse } = column;
  const isThere = `reasons[${i}] = ''`;
  if (isBoolean) return requested.sum ? [`sumIf(positives_${i}, ${isThere}) AS sum_${i}`] : [];
  const isOwn = isSparse ? `is_own AND ${isThere}` : isThere;
  const found: string[] = [];
  if (adds(column)) found.push(`sumKahanIf(whole_${i}, ${isOwn}) + sumKahanIf(rest_${i}, ${isOwn}) AS sum_${i}`);
  if (hasExtremes(column)) {
    found.push(`minIf(least_${i}, ${isOwn}) AS own_min_${i}`, `maxIf(most_${i}, ${isOwn}) AS own_max_${i}`);
  }
  if (gathers(column)) {
    const all = `groupArrayArrayIf(values_${i}, ${isOwn})`;
    found.push(
      `${isSparse && requested.quantiles.length > 0 ? `arraySort(${all})` : all} AS all_${i}`,
      `sumIf(weight, ${isThere}) AS n_${i}`,
    );
  }
  const levels = ownQuantiles(column);
  if (levels !== null) {
    found.push(`quantilesExactInclusiveMergeIf(${levels})(quantiles_${i}, ${isOwn}) AS found_quantiles_${i}`);
  }
  if (requested.counts) found.push(`sumMapIf(counts_${i}, ${isOwn}) AS users_by_value_${i}`);
  if (isSparse && (gathers(column) || hasExtremes(column) || requested.counts)) {
    found.push(`sumIf(weight, NOT is_own AND ${isThere}) AS zeros_${i}`);
  }
  if (requested.isWeighted) {
    const isWeighed = `${isOwn} AND reasons[${weight}] = ''`;
    found.push(
      `sumKahanIf(products_${i}, ${isWeighed}) AS weighted_${i}`,
      `sumKahanIf(weights_${i}, ${isWeighed}) AS sum_of_weights_${i}`,
    );
  }
  if (requested.distinct) found.push(`uniqExactArrayMergeIf(distinct_${i}, ${isOwn}) AS count_of_distinct_${i}`);
  return found;
}

/** One statistic: its name in `ColumnStatistics`, its type in the engine, and its SQL. */
interface Statistic {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/**
 * The columns by name (`c1`), each a tuple of its statistics by name, over a row of `ofAlike`; null: there are none.
 * Counts are floats, as 64-bit integers may become text in JSON, where a named tuple is an object.
 */
export function columnTuples(
  all: readonly ColumnMeasures[],
  params: ParamList,
): { readonly value: string; readonly type: string } | null {
  const columns = all
    .map((column) => ({ name: `c${column.position}`, statistics: ofPart(column, params) }))
    .filter(({ statistics }) => statistics.length > 0);
  if (columns.length === 0) return null;
  const types = columns.map(
    ({ name, statistics }) => `${name} Tuple(${statistics.map((of) => `${of.name} ${of.type}`).join(', ')})`,
  );
  const values = columns.map(({ statistics }) => `tuple(${statistics.map(({ value }) => value).join(', ')})`);
  return { value: `tuple(${values.join(',\n        ')})`, type: `Tuple(${types.join(', ')})` };
}

function ofPart(column: ColumnMeasures, params: ParamList): readonly Statistic[] {
  const { position: i, isBoolean, requested, isSparse } = column;
  const found: Statistic[] = [];
  const add = (name: string, type: string, value: string): unknown => found.push({ name, type, value });
  if (requested.sum) add('sum', 'Float64', `sum_${i}`);
  if (isBoolean) return found;
  const zeros = isSparse ? `zeros_${i}` : '0';
  const [min, max] = isSparse
    ? [
        `least(own_min_${i}, if(${zeros} > 0, 0, own_min_${i}))`,
        `greatest(own_max_${i}, if(${zeros} > 0, 0, own_max_${i}))`,
      ]
    : [`own_min_${i}`, `own_max_${i}`];
  if (requested.extremes) {
    add('min', 'Float64', min);
    add('max', 'Float64', max);
  }
  if (requested.deviation) {
    const furthest = `greatest(${max} - (sum_${i} / n_${i} AS mean_${i}), mean_${i} - ${min})`;
    add('std', 'Float64', deviation(i, furthest, isSparse));
  }
  if (requested.quantiles.length > 0) {
    const numbers = { sorted: `all_${i}`, zeros, n: `n_${i}`, suffix: `_${i}` };
    const value = isSparse ? quantilesSql(requested.quantiles, numbers, params) : `found_quantiles_${i}`;
    add('quantiles', 'Array(Float64)', value);
  }
  if (requested.histogram !== null) {
    const bin = binSql(requested.histogram, 'number', `(${min}, ${max})`, params);
    const bins = (numbers: string, weight: string): string =>
      `arrayReduce('sumMap', arrayMap(number -> map(${bin}, ${weight}), ${numbers}))`;
    const own = bins(`all_${i}`, 'toFloat64(1)');
    add(
      'bins',
      'Map(Int64, Float64)',
      isSparse ? `mapAdd(${own}, ${bins(`if(${zeros} > 0, [toFloat64(0)], [])`, zeros)})` : own,
    );
  }
  if (requested.isWeighted) {
    add('weighted', 'Float64', `weighted_${i}`);
    add('weights', 'Float64', `sum_of_weights_${i}`);
  }
  if (requested.counts) {
    const own = `users_by_value_${i}`;
    const none = `CAST(if(${zeros} > 0, map(0, ${zeros}), map()), 'Map(Int64, Float64)')`;
    add('counts', 'Map(Int64, Float64)', isSparse ? `mapAdd(${own}, ${none})` : own);
  }
  if (requested.distinct) add('distinct', 'Float64', `toFloat64(count_of_distinct_${i})`);
  return found;
}

/**
 * By squares of deviations scaled to at most 1. ClickHouse: its own variances square what is not scaled, so that large
 * numbers become NaN and small ones 0.
 */
function deviation(i: number, furthest: string, isSparse: boolean): string {
  const squares = `arrayReduce('sumKahan', arrayMap(number -> pow((number - mean_${i}) / furthest_${i}, 2), all_${i}))`;
  const ofZeros = isSparse ? ` + zeros_${i} * pow(mean_${i} / furthest_${i}, 2)` : '';
  return `if((${furthest} AS furthest_${i}) = 0, 0, furthest_${i} * sqrt((${squares}${ofZeros}) / (n_${i} - 1)))`;
}
