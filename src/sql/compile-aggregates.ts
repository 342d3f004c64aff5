import type { Column } from '../core/metric/metric.js';
import type { RunPlan, RunTarget } from '../core/request/run-plan.js';
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
import { aggregateSettings, dateTime, ParamList, type CompiledQuery } from './compiled-query.js';
import { compileRows, type MeasuredRowsSql } from './compile-run.js';

/** Where the rows of a run are: in their table, or nowhere yet, and the statement computes them. */
export type RowsSource = 'stored' | 'computed';

/**
 * One row over all users of a run, to be read by `readAggregates`: for each cell and group its users, the aggregates of
 * each column, and the users by the reasons of all columns; beside these what `validUntil` depends on. Each column is
 * aggregated by itself over the rows: a row for each of its values would cost several times as much. One pass over the
 * rows, another one for deviations and histograms.
 */
export function compileAggregates(
  plan: RunPlan,
  target: RunTarget,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
  source: RowsSource,
): CompiledQuery {
  const params = new ParamList();
  const requested = requestedStatistics(columns, aggregators);
  const read = measuresRead(requested);
  const isTwofold = requested.deviation || requested.histogram !== null;
  const extents = isTwofold ? `\nextents AS (\n    ${compileExtents(columns)}\n),` : '';
  const rows = source === 'stored' ? storedRows(plan, target, requested, params) : compileRows(plan, target, params);
  const sql = `${rows.layers},
measured AS (
    ${rows.select}
),${extents}
parts AS (
    SELECT cell, group_code, toFloat64(count()) AS users, min(next_change) AS first_change,
        toFloat64(countIf(next_change IS NOT NULL)) AS unfinished,
        [${columns.map((column, i) => measures(column, i + 1, requested, read, aggregators, params)).join(',\n        ')}] AS columns,
        ${OUTCOMES} AS outcomes
    FROM measured${isTwofold ? ' LEFT ANY JOIN extents USING (cell, group_code)' : ''}
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, columns, outcomes), '${partType(read)}')) AS parts,
    toFloat64(toUnixTimestamp64Milli(min(first_change))) AS next_change_ms,
    sumIf(unfinished, cell = 0 AND group_code = '') AS unfinished_users,
    ${LATER_EVENTS} AS later_events,
    ${plan.cohort.kind !== 'members' ? NEXT_REGISTRATION : 'NULL'} AS next_registration_ms
FROM parts`;
  return { sql: `${sql}\n${rows.settings(sql)}`, params: params.values };
}

function storedRows(
  plan: RunPlan,
  { runId, attempt }: RunTarget,
  requested: RequestedStatistics,
  params: ParamList,
): MeasuredRowsSql {
  const layers = `WITH
    ${params.add('String', runId)} AS this_run,
    ${params.add('UInt16', attempt)} AS this_attempt,
    ${params.add('UInt32', plan.propertyNumber)} AS property_number,
    ${params.add('UInt64', plan.dataVersion)} AS data_version,
    ${dateTime(plan.asOfMs, params)} AS as_of`;
  const select = `SELECT cell, group_code, numbers, reasons, next_change${requested.distinct ? ', sets' : ''}
    FROM run_values
    WHERE run_id = this_run AND attempt = this_attempt`;
  return { layers, select, settings: aggregateSettings };
}

const MEASURE_NAMES = ['sum', 'min', 'max', 'std', 'quantiles', 'bins', 'weighted', 'weights', 'distinct'] as const;
type Measure = (typeof MEASURE_NAMES)[number];

/**
 * What can be computed of a column, by name and type in the engine. Counts are floats, as 64-bit integers may become
 * text in JSON, where a named tuple is an object.
 */
const MEASURES: Readonly<Record<Measure, string>> = {
  sum: 'Float64',
  min: 'Float64',
  max: 'Float64',
  std: 'Float64',
  quantiles: 'Array(Float64)',
  bins: 'Map(Int64, Float64)',
  weighted: 'Float64',
  weights: 'Float64',
  distinct: 'Float64',
};

/**
 * The measures that some column is requested; the others are not in the statement. One at least, as a tuple needs one.
 */
function measuresRead(requested: RequestedStatistics): readonly Measure[] {
  const isRead: Readonly<Record<Measure, boolean>> = {
    sum: requested.sum || !(requested.extremes || requested.deviation || requested.quantiles.length > 0),
    min: requested.extremes,
    max: requested.extremes,
    std: requested.deviation,
    quantiles: requested.quantiles.length > 0,
    bins: requested.histogram !== null,
    weighted: requested.isWeighted,
    weights: requested.isWeighted,
    distinct: requested.distinct,
  };
  return MEASURE_NAMES.filter((name) => isRead[name]);
}

function columnType(read: readonly Measure[]): string {
  return `Tuple(${read.map((name) => `${name} ${MEASURES[name]}`).join(', ')})`;
}

function partType(read: readonly Measure[]): string {
  return `Tuple(cell UInt32, group_code String, users Float64, columns Array(${columnType(read)}), outcomes Map(String, Float64))`;
}

/** Users by the reasons of all columns, joined by commas, where one column has a reason. */
const OUTCOMES = `sumMapIf(map(arrayStringConcat(reasons, ','), toFloat64(1)), arrayExists(reason -> reason != '', reasons))`;

/**
 * The measures of one column; what is requested of other columns alone is 0 or empty. The number of a row without a
 * value is 0, so sums need no condition.
 */
function measures(
  column: Column,
  position: number,
  all: RequestedStatistics,
  read: readonly Measure[],
  aggregators: readonly Aggregator[],
  params: ParamList,
): string {
  const own = requestedStatistics(
    [column],
    aggregators.filter((aggregator) => fits(aggregator, column)),
  );
  const number = `numbers[${position}]`;
  const isThere = `reasons[${position}] = ''`;
  const weighs = all.weight === null || !own.isWeighted ? null : `${isThere} AND reasons[${all.weight}] = ''`;
  const levels = (): string => all.quantiles.map(({ level }) => params.add('Float64', level)).join(', ');
  const values: Readonly<Record<Measure, string>> = {
    sum: own.sum ? `sumKahan(trunc(${number})) + sumKahan(${number} - trunc(${number}))` : '0',
    min: own.extremes ? `minIf(${number}, ${isThere})` : '0',
    max: own.extremes ? `maxIf(${number}, ${isThere})` : '0',
    std: own.deviation ? deviation(number, isThere, position) : '0',
    quantiles: own.quantiles.length > 0 ? `quantilesExactInclusiveIf(${levels()})(${number}, ${isThere})` : '[]',
    bins: own.histogram
      ? `sumMapIf(map(${binSql(own.histogram, number, `extents_of[${position}].1`, params)}, toFloat64(1)), ${isThere})`
      : 'map()',
    weighted: weighs ? `sumKahanIf(${number} * numbers[${all.weight}], ${weighs})` : '0',
    weights: weighs ? `sumKahanIf(numbers[${all.weight}], ${weighs})` : '0',
    distinct: own.distinct ? 'uniqExactArray(arrayFlatten(sets))' : '0',
  };
  const computed = read.map((name) => values[name]);
  return `CAST(tuple(${computed.join(',\n            ')}), '${columnType(read)}')`;
}

/** The first pass: of each column the least and the largest value, the mean, and the largest deviation from it. */
function compileExtents(columns: readonly Column[]): string {
  const each = columns.map((_, i) => {
    const number = `numbers[${i + 1}]`;
    const isThere = `reasons[${i + 1}] = ''`;
    return `((minIf(${number}, ${isThere}), maxIf(${number}, ${isThere})), sumKahan(${number}) / countIf(${isThere}))`;
  });
  return `SELECT cell, group_code,
        arrayMap(of -> (of.1, of.2, greatest(of.1.2 - of.2, of.2 - of.1.1)), [${each.join(', ')}]) AS extents_of
    FROM measured
    GROUP BY cell, group_code`;
}

/**
 * The second pass: squares of deviations scaled to at most 1. ClickHouse: its own variances square what is not scaled,
 * so that large numbers become NaN and small ones 0.
 */
function deviation(number: string, isThere: string, position: number): string {
  const [mean, largest] = [`extents_of[${position}].2`, `extents_of[${position}].3`];
  const squares = `sumKahanIf(pow((${number} - ${mean}) / ${largest}, 2), ${isThere})`;
  return `if(any(${largest}) = 0, 0, any(${largest}) * sqrt(${squares} / (countIf(${isThere}) - 1)))`;
}

// ClickHouse: parts without such times are left out by their largest time. No FINAL, as the winner of an identity has
// the lowest seq.
const LATER_EVENTS = `(
        SELECT toFloat64(count())
        FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1)
    )`;

/** Whom `all` leaves out so far. One that was changed later counts too: the answer may be earlier than need be. */
const NEXT_REGISTRATION = `(
        SELECT toFloat64(toUnixTimestamp64Milli(min(registered_at)))
        FROM user_changes
        WHERE property = property_number AND seq <= data_version AND registered_at >= as_of
    )`;

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
