import type { Column } from '../core/metric/metric.js';
import type { RunPlan, RunTarget } from '../core/request/run-plan.js';
import { fits } from '../core/statistics/aggregator.js';
import { columnAggregates, momentsOf } from './column-aggregates.js';
import type { CompiledQuery } from './compiled-query.js';
import { dateTime } from './engine-time.js';
import { ParamList } from './param-list.js';

/**
 * One row over all users of a run: an `AggregateRow`, and beside it what `validUntil` asks about the data: `later_events` (0 or 1) and
 * `next_registration_ms`. Of each column those aggregators are computed that fit its type.
 */
export function compileAggregates(
  plan: RunPlan,
  target: RunTarget,
  columns: readonly Column[],
  aggregators: readonly string[],
): CompiledQuery {
  const params = new ParamList();
  const asked = columns.map(({ type }) => aggregators.filter((name) => fits(name, type)));
  const constants = [
    `${params.add('String', target.runId)} AS this_run`,
    `${params.add('UInt16', target.attempt)} AS this_attempt`,
    `${params.add('UInt32', plan.propertyNumber)} AS property_number`,
    `${params.add('UInt64', plan.dataVersion)} AS data_version`,
    `${dateTime(plan.asOfMs, params)} AS as_of`,
    ...asked.flatMap((names, i) => (names.includes('std') ? [momentsOf(i + 1)] : [])),
  ];
  const sql = `WITH
    ${constants.join(',\n    ')}
SELECT
    toFloat64(count()) AS cohort_size,
    toFloat64(countIf(reasons[1] != 'unknown_user')) AS users_known,
    toFloat64(toUnixTimestamp64Milli(min(next_change))) AS next_change_ms,
    [${asked.map((names, i) => columnAggregates(i + 1, names, params)).join(',\n    ')}] AS columns,
    ${LATER_EVENTS} AS later_events,
    ${plan.cohort.kind === 'all' ? NEXT_REGISTRATION : 'NULL'} AS next_registration_ms
FROM run_values
WHERE run_id = this_run AND attempt = this_attempt`;
  return { sql, params: params.values };
}

// ClickHouse: parts without such times are left out by their smallest and largest time. Without FINAL, as the winner of an identity has the lowest seq.
const LATER_EVENTS = `(SELECT toFloat64(count()) FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1))`;

/** Whom `all` leaves out so far. A registration that was changed later counts too: the answer may be earlier than need be. */
const NEXT_REGISTRATION = `(SELECT toFloat64(toUnixTimestamp64Milli(min(registered_at))) FROM user_changes
        WHERE property = property_number AND seq <= data_version AND registered_at >= as_of)`;
