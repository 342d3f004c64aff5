import type { RunPlan, RunTarget } from '../core/request/run-plan.js';
import { compileBounds, compileGroups, hasCells, rowsOfUser } from './cells.js';
import { namesOfRows, numbersRead, ofRows, type ColumnMeasures } from './column-measures.js';
import { aggregateSettings, dateTime, scanSettings, type ParamList } from './compiled-query.js';
import { compileLayers, copiedBy, copies, userLayers, windowLayers, type Layer } from './layers.js';
import { metricSql } from './metrics/catalogue.js';
import type { MetricSql } from './metrics/metric-sql.js';
import {
  compileFilled,
  compilePresent,
  decidingKeys,
  originOf,
  userKeys,
  type CellForm,
  type SparseForm,
} from './sparse-cells.js';
import { compileOutcomes, withMeasures } from './windows.js';

/**
 * Rows for aggregates, each for all users of a cell and group that have the same reasons: the layers up to `counted`
 * and the settings of the statement. `counted` has `cell`, `group_code`, `weight` (how many users), `reasons` in the
 * order of the columns, `next_change_ms`, `unfinished` (users with one), and what `ofRows` and `ofAlike` of
 * `column-measures.ts` name.
 */
export interface CountedRows {
  readonly layers: string;
  settings(statement: string): string;
}

/** From the rows of an attempt in their table. */
export function storedRows(
  plan: RunPlan,
  { runId, attempt }: RunTarget,
  measures: readonly ColumnMeasures[],
  params: ParamList,
): CountedRows {
  const numbers = numbersRead(measures).map((position) => `numbers[${position}] AS number_${position}`);
  const positives = booleansRead(measures).map((i) => `sum(numbers[${i}]) AS positives_${i}`);
  const columns = [
    'cell',
    'group_code',
    'reasons',
    WEIGHT,
    'toUnixTimestamp64Milli(min(next_change)) AS next_change_ms',
    'toFloat64(countIf(next_change IS NOT NULL)) AS unfinished',
    ...positives,
    ...measuresOf(measures, 'arrayFlatten(sets)'),
  ];
  const layers = `WITH
    ${params.add('String', runId)} AS this_run,
    ${params.add('UInt16', attempt)} AS this_attempt,
    ${params.add('UInt32', plan.propertyNumber)} AS property_number,
    ${params.add('UInt64', plan.dataVersion)} AS data_version,
    ${dateTime(plan.asOfMs, params)} AS as_of,
counted AS (
    SELECT ${columns.join(',\n        ')}
    FROM (SELECT ${['*', ...numbers].join(', ')} FROM run_values WHERE run_id = this_run AND attempt = this_attempt)
    GROUP BY cell, group_code, reasons
)`;
  return { layers, settings: aggregateSettings };
}

/** From the events and users, in the given form. */
export function computedRows(
  plan: RunPlan,
  target: RunTarget,
  measures: readonly ColumnMeasures[],
  form: CellForm,
  params: ParamList,
): CountedRows {
  const layers = compileLayers(plan, target, params, () => [
    ...userLayers(plan, params),
    ...(form === 'dense' ? dense(plan, measures, params) : sparse(plan, measures, form, params)),
  ]);
  return { layers, settings: (statement) => scanSettings(statement, rowsOfUser(plan)) };
}

/** Every row has its window, and is measured in it. */
function dense(plan: RunPlan, measures: readonly ColumnMeasures[], params: ParamList): readonly Layer[] {
  const metric = metricSql(plan.metric);
  const keys = [
    ...(hasCells(plan) ? ['cell'] : []),
    ...(plan.breakdown?.of === 'property' ? ['group_code'] : []),
    ...copiedBy(plan),
    'outcome',
    ...decidingKeys(metric, 'dense').map(([name]) => name),
  ];
  const rows = [...keys, 'next_change_ms', ...numbersOf(metric, measures), ...setOf(metric, measures)];
  const columns = [
    ...keys,
    WEIGHT,
    'min(next_change_ms) AS first_change_ms',
    'toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished',
    ...measuresOf(measures, SET),
  ];
  const alike = `SELECT ${columns.join(',\n        ')}
    FROM (SELECT ${rows.join(', ')} FROM windows)
    GROUP BY ${keys.join(', ')}`;
  const { arrays, others } = namesOfRows(measures);
  const counted = [
    ...place(plan),
    'weight',
    'first_change_ms AS next_change_ms',
    'unfinished',
    ...told(metric, measures),
    ...others,
    ...arrays,
  ];
  return [
    ...windowLayers(plan, params),
    ['alike', alike],
    [
      'counted',
      `SELECT ${counted.join(',\n        ')}\n    FROM (SELECT *, ${USER_REASON} FROM alike)${copies(plan, params)}`,
    ],
  ];
}

/** Rows of cells with events, counted; then those without. What their windows come to is the same for rows that are alike. */
function sparse(
  plan: RunPlan,
  measures: readonly ColumnMeasures[],
  form: SparseForm,
  params: ParamList,
): readonly Layer[] {
  const metric = metricSql(plan.metric);
  const isGrouped = plan.breakdown?.of === 'property';
  const found: Layer[] = [['present', compilePresent(plan, form, params)]];
  if (isGrouped) found.push(['grouped', compileGroups(plan, metric, 'present', params)]);
  found.push(['alike', alikeCells(plan, metric, measures, form, params)]);
  const names = namesOfRows(measures);
  found.push(
    ['filled', compileFilled(plan, names, params)],
    ['cells', compileBounds(plan, params, 'filled')],
    ['windows', compileOutcomes(plan, params, 'cells')],
  );
  const counted = [
    ...place(plan),
    'weight',
    'is_own',
    'next_change_ms',
    'if(next_change_ms IS NULL, 0, weight) AS unfinished',
    ...told(metric, measures),
    ...names.others,
    ...names.arrays,
  ];
  return [...found, ['counted', `SELECT ${counted.join(',\n        ')}\n    FROM windows${copies(plan, params)}`]];
}

function alikeCells(
  plan: RunPlan,
  metric: MetricSql,
  measures: readonly ColumnMeasures[],
  form: SparseForm,
  params: ParamList,
): string {
  const isGrouped = plan.breakdown?.of === 'property';
  const birth = plan.birth.kind === 'none' ? [] : ['birth_ms'];
  const keys = ['cell', ...(isGrouped ? ['group_code'] : []), ...userKeys(plan)];
  const deciding = decidingKeys(metric, form);
  const numbers = numbersOf(metric, measures);
  const origin = metric.readsBounds && numbers.length > 0 ? [originOf(plan, params)] : [];
  const measured = form === 'distinct' ? [] : [...origin, ...metric.ofArrays(null, params)];
  const rows = [
    ...keys,
    ...birth,
    ...deciding.map(([name, value]) => `${value} AS ${name}`),
    ...numbers,
    ...setOf(metric, measures),
  ];
  const from = isGrouped ? 'grouped' : 'present';
  const source = measured.length === 0 ? from : `(${withMeasures(metric, measured, from)})`;
  const alike = [...keys, ...deciding.map(([name]) => name)];
  const columns = [
    ...alike.map((key) => (key === 'cell' ? 'cell AS own_cell' : key)),
    'toFloat64(count()) AS users',
    ...birth.map((name) => `min(${name}) AS ${name}`),
    ...measuresOf(measures, SET),
  ];
  return `SELECT ${columns.join(',\n        ')}
    FROM (
        SELECT ${rows.join(', ')}
        FROM ${source}
    )
    GROUP BY ${alike.join(', ')}`;
}

const WEIGHT = 'toFloat64(count()) AS weight';
/** One with an outcome of another kind is not censored. */
const USER_REASON = `if(outcome = 'censored', '', outcome) AS user_reason`;
const SET = 'counted_set';

/** Of a plan without the one or the other there is one cell, and one group. */
function place({ cells, breakdown }: RunPlan): readonly string[] {
  return [cells ? 'cell' : 'toUInt32(0) AS cell', breakdown ? 'group_code' : `'' AS group_code`];
}

function measuresOf(measures: readonly ColumnMeasures[], set: string): readonly string[] {
  return measures.filter(({ isBoolean }) => !isBoolean).flatMap((column) => ofRows(column, set));
}

function booleansRead(measures: readonly ColumnMeasures[]): readonly number[] {
  return measures.filter(({ isBoolean, requested }) => isBoolean && requested.sum).map(({ position }) => position);
}

function numbersOf({ numbers }: MetricSql, measures: readonly ColumnMeasures[]): readonly string[] {
  return numbersRead(measures).map((position) => `toFloat64(${numbers[position - 1]}) AS number_${position}`);
}

function setOf({ sets }: MetricSql, measures: readonly ColumnMeasures[]): readonly string[] {
  return sets !== undefined && measures.some(({ requested }) => requested.distinct) ? [`${sets} AS ${SET}`] : [];
}

/** The reasons, and how many users of a row have a boolean: what decides over both is the same for all of them. */
function told({ numbers, reasons }: MetricSql, measures: readonly ColumnMeasures[]): readonly string[] {
  const positives = booleansRead(measures).map((i) => `weight * toFloat64(${numbers[i - 1]}) AS positives_${i}`);
  return [`[${reasons.join(', ')}] AS reasons`, ...positives];
}
