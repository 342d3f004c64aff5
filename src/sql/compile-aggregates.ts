import type { Column } from '../core/metric/metric.js';
import type { RunPlan, RunTarget } from '../core/request/run-plan.js';
import type { Aggregator } from '../core/statistics/aggregators.js';
import { columnMeasures, columnTuples, numbersRead, ofAlike } from './column-measures.js';
import { ParamList, type CompiledQuery } from './compiled-query.js';
import { computedRows, storedRows } from './counted-rows.js';
import { cellForm, type CellForm } from './sparse-cells.js';

/** Where the rows of a run are: in their table, or nowhere yet, and the statement computes them. */
export type RowsSource = 'stored' | 'computed';

/**
 * One row over all users of a run, to be read by `readAggregates`: for each cell and group its users, the aggregates of
 * each column, and the users by the reasons of all columns; beside these what `validUntil` depends on. One pass over
 * the events, or the rows: those that agree in all reasons are aggregated together, then those of a part.
 */
export function compileAggregates(
  plan: RunPlan,
  target: RunTarget,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
  source: RowsSource,
): CompiledQuery {
  const params = new ParamList();
  const form = source === 'stored' ? 'dense' : aggregatedForm(plan, columns, aggregators);
  const measures = columnMeasures(columns, aggregators, form !== 'dense');
  const rows =
    source === 'stored'
      ? storedRows(plan, target, measures, params)
      : computedRows(plan, target, measures, form, params);
  const aggregated = [
    'sum(weight) AS users',
    'min(next_change_ms) AS first_change_ms',
    'sum(unfinished) AS unfinished_users',
    ...measures.flatMap(ofAlike),
    `${OUTCOMES} AS outcomes`,
  ];
  const layers = `${rows.layers},
parts AS (
    SELECT cell, group_code,
        ${aggregated.join(',\n        ')}
    FROM counted
    GROUP BY cell, group_code
)`;
  const tuples = columnTuples(measures, params);
  const [value, type] = tuples ? [`, ${tuples.value}`, `, columns ${tuples.type}`] : ['', ''];
  const sql = `${layers}
SELECT
    groupArray(CAST((cell, group_code, users, outcomes${value}), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64)${type})')) AS parts,
    toFloat64(min(first_change_ms)) AS next_change_ms,
    sumIf(unfinished_users, cell = 0 AND group_code = '') AS unfinished_users,
    ${LATER_EVENTS} AS later_events,
    ${plan.cohort.kind !== 'members' ? NEXT_REGISTRATION : 'NULL'} AS next_registration_ms
FROM parts`;
  return { sql: `${sql}\n${rows.settings(sql)}`, params: params.values };
}

/** How aggregates that are computed from the events treat the cells of a series. */
export function aggregatedForm(
  plan: RunPlan,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): CellForm {
  return cellForm(plan, numbersRead(columnMeasures(columns, aggregators, false)).length > 0);
}

/** Users by the reasons of all columns, joined by commas, where one column has a reason. */
const OUTCOMES = `sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons))`;

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
