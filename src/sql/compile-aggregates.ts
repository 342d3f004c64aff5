import type { Column } from '../core/metric/metric.js';
import type { RunPlan, RunTarget } from '../core/request/run-plan.js';
import { fits, isPercentile, quantileKey, quantileLevel } from '../core/statistics/aggregator.js';
import type { CompiledQuery } from './compiled-query.js';
import { dateTime } from './engine-time.js';
import { ParamList } from './param-list.js';

/** A group of `AggregatesAnswer`; JSON shows a named tuple as an object. Counts are floats, as 64-bit integers may become text there. */
const GROUP_TYPE =
  'Tuple(position UInt32, reason String, n Float64, sum Float64, min Float64, max Float64, std Float64, middle Array(Float64), quantiles Array(Float64))';

/** The first pass of a deviation: of each column the mean and the largest deviation from it. */
const MOMENTS = `    (SELECT mapFromArrays(groupArray(position), groupArray((mean, largest))) FROM (
        SELECT position, sumKahan(number) / count() AS mean, greatest(max(number) - mean, mean - min(number)) AS largest
        FROM cells WHERE reason = '' GROUP BY position
    )) AS moments,`;

/**
 * The second pass: squares of deviations that are scaled to at most 1. ClickHouse: its own variances square what is not scaled, so that large numbers become NaN and
 * small ones 0.
 */
const DEVIATION =
  'if(moments[position].2 = 0, 0, moments[position].2 * sqrt(sumKahan(pow((number - moments[position].1) / moments[position].2, 2)) / (count() - 1)))';

// ClickHouse: parts without such times are left out by their largest time. No FINAL, as the winner of an identity has the lowest seq.
const LATER_EVENTS = `(SELECT toFloat64(count()) FROM (
        SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1
    ))`;

/** Whom `all` leaves out so far. One that was changed later counts too: the answer may be earlier than need be. */
const NEXT_REGISTRATION = `(SELECT toFloat64(toUnixTimestamp64Milli(min(registered_at))) FROM user_changes
        WHERE property = property_number AND seq <= data_version AND registered_at >= as_of
    )`;

/**
 * One row over all users of a run, an `AggregatesAnswer`: what the values of each column come to and how often each reason stands in it, and beside these what
 * `validUntil` asks about the data. One pass over the run's rows, another one for `std`.
 */
export function compileAggregates(
  plan: RunPlan,
  target: RunTarget,
  columns: readonly Column[],
  aggregators: readonly string[],
): CompiledQuery {
  const params = new ParamList();
  const hasDeviation = aggregators.includes('std') && columns.some(({ type }) => fits('std', type));
  const constants = [
    `${params.add('String', target.runId)} AS this_run`,
    `${params.add('UInt16', target.attempt)} AS this_attempt`,
    `${params.add('UInt32', plan.propertyNumber)} AS property_number`,
    `${params.add('UInt64', plan.dataVersion)} AS data_version`,
    `${dateTime(plan.asOfMs, params)} AS as_of`,
  ];
  const quantilesAsked = askedQuantiles(columns, aggregators);
  // ClickHouse: quantileExactInclusive() adds half of the difference to the lower of two numbers, which is not always the nearest double to their mean.
  const middle = quantilesAsked.some(({ key }) => key === MEDIAN) ? '[medianExactLow(number), medianExactHigh(number)]' : '[]';
  const levels = quantilesAsked.filter(({ key }) => key !== MEDIAN).map(({ level }) => params.add('Float64', level));
  const quantiles = levels.length === 0 ? '[]' : `quantilesExactInclusive(${levels.join(', ')})(number)`;
  const sql = `WITH
    ${constants.join(',\n    ')},
cells AS (
    SELECT position, number, reason, next_change
    FROM run_values
    ARRAY JOIN arrayEnumerate(numbers) AS position, numbers AS number, reasons AS reason
    WHERE run_id = this_run AND attempt = this_attempt
),
${hasDeviation ? `${MOMENTS}\n` : ''}columns AS (
    SELECT position, reason, count() AS n, sumKahan(trunc(number)) + sumKahan(number - trunc(number)) AS sum, min(number) AS lowest, max(number) AS highest,
        ${hasDeviation ? DEVIATION : '0'} AS std, ${quantiles} AS quantiles, min(next_change) AS first_change
    FROM cells
    GROUP BY position, reason
)
SELECT
    groupArray(CAST((position, reason, n, sum, lowest, highest, std, quantiles), '${GROUP_TYPE}')) AS groups,
    toFloat64(toUnixTimestamp64Milli(min(first_change))) AS next_change_ms,
    ${LATER_EVENTS} AS later_events,
    ${plan.cohort.kind === 'all' ? NEXT_REGISTRATION : 'NULL'} AS next_registration_ms
FROM columns`;
  return { sql, params: params.values };
}

/** The quantiles that fit some column, by their keys in `ColumnAggregateRow`. */
export function askedQuantiles(
  columns: readonly Column[],
  aggregators: readonly string[],
): readonly { readonly key: string; readonly level: number }[] {
  const asked = aggregators.filter(isQuantile).filter((name) => columns.some(({ type }) => fits(name, type)));
  return [...new Set(asked.map(quantileKey))].map((key) => ({ key, level: quantileLevel(key) }));
}

export function isQuantile(aggregator: string): boolean {
  return aggregator === 'median' || isPercentile(aggregator);
}
