import { metric } from '../core/metric/catalogue.js';
import { COUNT_OF_EVENTS } from '../core/metric/event-count.js';
import type { PlannedBreakdown, PlannedCohort, RunPlan, RunTarget } from '../core/request/run-plan.js';
import type { TopGroups } from '../core/series/breakdown.js';
import { isSummed } from '../core/series/parse-breakdown.js';
import { compileBounds, compileGroups, compileSpread, hasCells, keptGroup, rowsOfUser } from './cells.js';
import {
  dateTime,
  EARLIEST_MS,
  int64Ms,
  LATEST_MS,
  ParamList,
  scanSettings,
  type CompiledQuery,
} from './compiled-query.js';
import { traitGroup } from './fact-columns.js';
import { compileBorn, compileFacts, compilePeople, compileTables, traitsRead } from './facts.js';
import { metricSql } from './metrics/catalogue.js';
import type { MetricSql } from './metrics/metric-sql.js';
import { compileWindows } from './windows.js';

/**
 * The statement that measures a run and stores a row for each user of its cohort: numbers and reasons in the order of
 * the metric's columns. Equal plans and targets give equal text. One pass over the events and no join, see decision
 * 0005.
 */
export function compileRun(plan: RunPlan, target: RunTarget): CompiledQuery {
  const params = new ParamList();
  const metric = metricSql(plan.metric);
  const kept = (['maps', 'sets'] as const).filter((name) => metric[name] !== undefined);
  const keys = keysOf(plan);
  const measured = compileMeasured(plan, target, params);
  const sql = `INSERT INTO run_values (${['run_id', 'attempt', 'user_id', 'numbers', 'reasons', 'next_change', ...kept, ...keys].join(', ')})
${measured.layers}
SELECT
    ${params.add('String', target.runId)},
    ${params.add('UInt16', target.attempt)},
    user_id,
    ${NUMBERS},
    reasons,
    ${[NEXT_CHANGE, ...kept, ...keys].join(',\n    ')}
FROM ${measured.source(params)}`;
  return { sql: `${sql}\n${scanSettings(sql, rowsOfUser(plan))}`, params: params.values };
}

/**
 * The rows that `compileRun` stores, as a SELECT for a statement that computes aggregates from them: `cell`,
 * `group_code`, `numbers`, `reasons`, `next_change` and `sets`.
 */
export function compileRows(plan: RunPlan, target: RunTarget, params: ParamList): MeasuredRowsSql {
  const { sets } = metricSql(plan.metric);
  const measured = compileMeasured(plan, target, params);
  const columns = [
    plan.cells ? 'cell' : 'toUInt32(0) AS cell',
    plan.breakdown ? 'group_code' : `'' AS group_code`,
    `CAST(${NUMBERS} AS Array(Float64)) AS numbers`,
    'reasons',
    `${NEXT_CHANGE} AS next_change`,
    ...(sets === undefined ? [] : ['sets']),
  ];
  return {
    layers: measured.layers,
    select: `SELECT ${columns.join(', ')}\n    FROM ${measured.source(params)}`,
    settings: (statement) => scanSettings(statement, rowsOfUser(plan)),
  };
}

/**
 * Rows of a run for a statement that aggregates them: the layers before it, the SELECT of the rows, and the settings.
 */
export interface MeasuredRowsSql {
  readonly layers: string;
  readonly select: string;
  settings(statement: string): string;
}

/**
 * Every user of a run with what is measured: the layers before a SELECT, and what it selects from; a row for each user,
 * cell and group.
 */
interface MeasuredSql {
  readonly layers: string;
  source(params: ParamList): string;
}

/** @throws Error for a plan that needs a birth and names none */
function compileMeasured(plan: RunPlan, target: RunTarget, params: ParamList): MeasuredSql {
  if (plan.birth.kind === 'none' && (plan.window.kind === 'since_birth' || plan.births)) {
    throw new Error('A window since birth and a range of births need a birth');
  }
  const metric = metricSql(plan.metric);
  const built = `WITH
    ${[...constants(plan, target, params), ...compileTables(plan, params)].join(',\n    ')},
${layers(plan, metric, params)
  .map(([name, select]) => `${name} AS (\n    ${select}\n)`)
  .join(',\n')}`;
  return { layers: built, source: (of) => `answers${copies(plan, of)}` };
}

/** Each built on the one before. */
function layers(plan: RunPlan, metric: MetricSql, params: ParamList): (readonly [name: string, select: string])[] {
  const found: [string, string][] = [
    ['facts', compileFacts(plan, params)],
    ['people', compilePeople(plan, params)],
    ['born', compileBorn(plan, params)],
  ];
  if (hasCells(plan)) {
    found.push(['spread', compileSpread(plan, metric, params)], ['cells', compileBounds(plan, params)]);
  }
  if (plan.breakdown?.of === 'property') found.push(['grouped', compileGroups(plan, metric, params)]);
  found.push(['windows', compileWindows(plan, params)], ['answers', compileAnswers(plan, metric)]);
  return found;
}

/** What a row is beside its user's. */
function keysOf({ cells, breakdown }: RunPlan): readonly ('cell' | 'group_code')[] {
  return [...(cells ? (['cell'] as const) : []), ...(breakdown ? (['group_code'] as const) : [])];
}

/**
 * A slice of births without ages, and a group of users, consist of whole windows: their users' rows are written for
 * both.
 */
function copies(plan: RunPlan, params: ParamList): string {
  const { cells, breakdown } = plan;
  const bySlice = cells?.by === 'birth' && cells.ages === null;
  const joined = [
    ...(bySlice ? [['if(slice < 0, [0], [0, slice + 1])', 'cell']] : []),
    ...(breakdown?.of === 'trait' ? [[traitGroups(breakdown, traitsRead(plan), params), 'group_code']] : []),
  ];
  return joined.map(([array, name]) => `\nARRAY JOIN ${array} AS ${name}`).join('');
}

/** A user counts among all users, and in the group of the user's trait unless that group is left out. */
function traitGroups(breakdown: PlannedBreakdown, traits: readonly string[], params: ParamList): string {
  const group = keptGroup(`concat(':', ${traitGroup(breakdown.name, traits)})`, breakdown, params);
  return breakdown.top?.rest === false ? `arrayDistinct(['', ${group}])` : `['', ${group}]`;
}

/** A number without meaning is 0, so that sums need no condition. */
const NUMBERS = `arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons)`;

// ClickHouse: least() and greatest() pass NULLs over.
const NEXT_CHANGE = `if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, ${EARLIEST_MS}), ${LATEST_MS}), 'UTC'))`;

function constants(
  { propertyNumber, dataVersion, asOfMs, cohort }: RunPlan,
  target: RunTarget,
  params: ParamList,
): string[] {
  const common = [
    `${params.add('UInt32', propertyNumber)} AS property_number`,
    `${params.add('UInt64', dataVersion)} AS data_version`,
    `${int64Ms(asOfMs, params)} AS as_of_ms`,
    `${dateTime(asOfMs, params)} AS as_of`,
  ];
  if (cohort.kind === 'all') return common;
  return [...common, `cohort AS (${compileMembers(cohort, target, params)})`];
}

/** Of a definition they are written down before (`compileRunCohort`). */
function compileMembers(cohort: Exclude<PlannedCohort, { kind: 'all' }>, target: RunTarget, params: ParamList): string {
  if (cohort.kind === 'members') {
    const hash = params.add('String', cohort.setHash);
    return `SELECT user_id FROM member_sets WHERE property = property_number AND set_hash = ${hash}`;
  }
  const [run, attempt] = [params.add('String', target.runId), params.add('UInt16', target.attempt)];
  return `SELECT user_id FROM run_cohorts WHERE run_id = ${run} AND attempt = ${attempt}`;
}

function compileAnswers(plan: RunPlan, { numbers, reasons, maps, sets }: MetricSql): string {
  const passed = [
    ...(hasCells(plan) ? ['cell'] : []),
    ...(plan.breakdown?.of === 'property' ? ['group_code'] : []),
    ...(plan.breakdown?.of === 'trait' ? [traitGroup(plan.breakdown.name, traitsRead(plan))] : []),
    ...(plan.cells?.by === 'birth' ? ['slice'] : []),
  ];
  const kept = [...(maps ? [`${maps} AS maps`] : []), ...(sets ? [`${sets} AS sets`] : [])];
  return `SELECT ${['user_id', 'next_change_ms', ...passed].join(', ')},
        ${numbers} AS numbers,
        ${[`${reasons} AS reasons`, ...kept].join(',\n        ')}
    FROM windows`;
}

/** A plan that keeps the largest groups alone. */
export type TopPlan = RunPlan & { readonly breakdown: PlannedBreakdown & { readonly top: TopGroups } };

export function keepsTop(plan: RunPlan): plan is TopPlan {
  return plan.breakdown !== null && plan.breakdown.top !== null;
}

/**
 * The codes of the largest groups over the whole window (`group_code`), largest first: by users, events or the sum of
 * the metric's first column; of equal size the one with the larger sum, then the first by value. The groups are
 * measured as the run will measure them, and nothing is stored.
 */
export function compileTopGroups(plan: TopPlan, target: RunTarget): CompiledQuery {
  const params = new ParamList();
  const { count, by } = plan.breakdown.top;
  const total = isSummed(metric(plan.metric.kind)) ? `sumKahanIf(numbers[1], reasons[1] = '')` : '0';
  const own = `SELECT * FROM (\n${groupSizes(plan, target, total, params)}\n)`;
  const counted: RunPlan = { ...plan, metric: COUNT_OF_EVENTS };
  const joined =
    by === 'events'
      ? `${own} AS own LEFT ANY JOIN (\n${groupSizes(counted, target, EVENTS, params)}\n) AS counted USING (group_code)`
      : own;
  const sizes = { users: 'users', value: 'total', events: 'counted.total' } as const;
  const sql = `${joined.replace('SELECT *', 'SELECT group_code')}
ORDER BY ${[`${sizes[by]} DESC`, 'total DESC', ...BY_VALUE].join(', ')}
LIMIT ${params.add('UInt32', count)}`;
  return { sql: `${sql}\n${scanSettings(sql, rowsOfUser(plan))}`, params: params.values };
}

/** Includes open windows, whose count is censored. */
const EVENTS = `sumIf(numbers[1], reasons[1] IN ('', 'censored'))`;

function groupSizes(plan: RunPlan, target: RunTarget, total: string, params: ParamList): string {
  const { layers, source } = compileMeasured(plan, target, params);
  const whole = plan.cells ? ' AND cell = 0' : '';
  return `${layers}
SELECT group_code, count() AS users, ${total} AS total
FROM ${source(params)}
WHERE group_code != ''${whole}
GROUP BY group_code`;
}

/** As `compareGroups` orders: texts by their bytes, numbers, false and true, no value. */
const BY_VALUE = [
  `indexOf(['t', 'n', 'b', ''], substring(group_code, 2, 1))`,
  `if(startsWith(group_code, ':n'), toFloat64OrZero(substring(group_code, 3)), 0)`,
  'group_code',
];

/**
 * One row of a plan that counts events (`skippedPlan`): `events`, how many there are in the windows of all users, also
 * in those that are still open, and `users`, how many users have some. Nothing is stored.
 */
export function compileSkipped(plan: RunPlan, target: RunTarget): CompiledQuery {
  const params = new ParamList();
  const { layers, source } = compileMeasured(plan, target, params);
  const sql = `${layers}
SELECT toFloat64(sum(numbers[1])) AS events, toFloat64(countIf(numbers[1] > 0)) AS users
FROM ${source(params)}
WHERE reasons[1] IN ('', 'censored')`;
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}
