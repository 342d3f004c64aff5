import type { Column } from '../core/metric/metric.js';
import type { RunPlan, RunTarget } from '../core/request/run-plan.js';
import type { Aggregator } from '../core/statistics/aggregator.js';
import { askedStatistics, type AskedStatistics } from './asked-statistics.js';
import type { CompiledQuery } from './compiled-query.js';
import { dateTime } from './engine-time.js';
import { binSql } from './histogram-sql.js';
import { ParamList } from './param-list.js';

/**
 * One row over all users of a run, to be read by `readAggregates`: what the values of each column come to and how often each reason stands in it, and beside these
 * what `validUntil` asks about the data. One pass over the run's rows, another one for `std`.
 */
export function compileAggregates(
  plan: RunPlan,
  target: RunTarget,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): CompiledQuery {
  const params = new ParamList();
  const asked = askedStatistics(columns, aggregators);
  const fields = fieldsOf(asked);
  const sql = `WITH
    ${params.add('String', target.runId)} AS this_run,
    ${params.add('UInt16', target.attempt)} AS this_attempt,
    ${params.add('UInt32', plan.propertyNumber)} AS property_number,
    ${params.add('UInt64', plan.dataVersion)} AS data_version,
    ${dateTime(plan.asOfMs, params)} AS as_of,
cells AS (
    SELECT ${cells(asked, params)}
    FROM run_values
    ARRAY JOIN arrayEnumerate(numbers) AS position, numbers AS number, reasons AS reason
    WHERE run_id = this_run AND attempt = this_attempt
),${asked.deviation ? MOMENTS : ''}${asked.histogram ? EXTENTS : ''}
columns AS (
    SELECT
        ${statistics(asked, params).join(',\n        ')}
    FROM cells
    GROUP BY position, reason
)
SELECT
    groupArray(CAST((${fields.map(({ of }) => of).join(', ')}), '${typeOf(fields)}')) AS groups,
    toFloat64(toUnixTimestamp64Milli(min(first_change))) AS next_change_ms,
    ${LATER_EVENTS} AS later_events,
    ${plan.cohort.kind !== 'members' ? NEXT_REGISTRATION : 'NULL'} AS next_registration_ms
FROM columns`;
  return { sql, params: params.values };
}

/** A field of `AggregatesGroup`, its type in the engine, and what it is there. */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly of: string;
}

/** Counts are floats, as 64-bit integers may become text in JSON. */
function fieldsOf({ histogram, weight, distinct }: AskedStatistics): readonly Field[] {
  const float = (name: string, of = name): Field => ({ name, type: 'Float64', of });
  return [
    { name: 'position', type: 'UInt32', of: 'position' },
    { name: 'reason', type: 'String', of: 'reason' },
    float('n'),
    float('sum', 'total'),
    float('min', 'lowest'),
    float('max', 'highest'),
    float('std'),
    { name: 'quantiles', type: 'Array(Float64)', of: 'quantiles' },
    ...(histogram ? [{ name: 'bins', type: 'Map(Int64, Float64)', of: 'bins' }] : []),
    ...(weight === null ? [] : [float('weighted'), float('weights')]),
    ...(distinct ? [float('distinct', 'distinct_values')] : []),
  ];
}

/** JSON shows a named tuple as an object. */
function typeOf(fields: readonly Field[]): string {
  return `Tuple(${fields.map(({ name, type }) => `${name} ${type}`).join(', ')})`;
}

function cells({ weight, distinct }: AskedStatistics, params: ParamList): string {
  const columns = ['position', 'number', 'reason', 'next_change'];
  if (weight !== null) {
    const position = params.add('UInt32', weight);
    columns.push(`numbers[${position}] AS weight`, `reasons[${position}] = '' AS weighs`);
  }
  if (distinct) columns.push('sets');
  return columns.join(', ');
}

function statistics(asked: AskedStatistics, params: ParamList): readonly string[] {
  const { deviation, quantiles, histogram, weight, distinct } = asked;
  const levels = quantiles.map(({ level }) => params.add('Float64', level)).join(', ');
  return [
    'position',
    'reason',
    'count() AS n',
    'sumKahan(trunc(number)) + sumKahan(number - trunc(number)) AS total',
    'min(number) AS lowest',
    'max(number) AS highest',
    `${deviation ? DEVIATION : '0'} AS std`,
    `${quantiles.length > 0 ? `quantilesExactInclusive(${levels})(number)` : '[]'} AS quantiles`,
    'min(next_change) AS first_change',
    ...(histogram ? [`sumMap(map(${binSql(histogram, 'extents[position]', params)}, toFloat64(1))) AS bins`] : []),
    ...(weight === null
      ? []
      : ['sumKahanIf(number * weight, weighs) AS weighted', 'sumKahanIf(weight, weighs) AS weights']),
    ...(distinct ? ['uniqExactArray(arrayFlatten(sets)) AS distinct_values'] : []),
  ];
}

/** Of each column the least and the largest value. */
const EXTENTS = `
    (
        SELECT mapFromArrays(groupArray(position), groupArray((lowest, highest)))
        FROM (SELECT position, min(number) AS lowest, max(number) AS highest FROM cells WHERE reason = '' GROUP BY position)
    ) AS extents,`;

/** The first pass of a deviation: of each column the mean and the largest deviation from it. */
const MOMENTS = `
    (
        SELECT mapFromArrays(groupArray(position), groupArray((mean, largest)))
        FROM (
            SELECT position, sumKahan(number) / count() AS mean, greatest(max(number) - mean, mean - min(number)) AS largest
            FROM cells
            WHERE reason = ''
            GROUP BY position
        )
    ) AS moments,`;

/**
 * The second pass: squares of deviations scaled to at most 1. ClickHouse: its own variances square what is not scaled, so that large numbers become NaN and small
 * ones 0.
 */
const DEVIATION = `if(moments[position].2 = 0, 0, moments[position].2 * sqrt(
            sumKahan(pow((number - moments[position].1) / moments[position].2, 2)) / (count() - 1)
        ))`;

// ClickHouse: parts without such times are left out by their largest time. No FINAL, as the winner of an identity has the lowest seq.
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
