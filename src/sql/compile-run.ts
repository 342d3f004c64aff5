import { metric } from '../core/metric/catalogue.js';
import { COUNT_OF_EVENTS } from '../core/metric/event-count.js';
import type { PlannedBreakdown, RunPlan, RunTarget } from '../core/request/run-plan.js';
import type { TopGroups } from '../core/series/breakdown.js';
import { isSummed } from '../core/series/parse-breakdown.js';
import { hasCells, rowsOfUser } from './cells.js';
import { EARLIEST_MS, LATEST_MS, ParamList, scanSettings, type CompiledQuery } from './compiled-query.js';
import { compileLayers, copiedBy, copies, keysOf, userLayers, windowLayers } from './layers.js';
import { metricSql } from './metrics/catalogue.js';

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
 * Every user of a run with what is measured: the layers before a SELECT, and what it selects from; a row for each user,
 * cell and group.
 */
interface MeasuredSql {
  readonly layers: string;
  source(params: ParamList): string;
}

function compileMeasured(plan: RunPlan, target: RunTarget, params: ParamList): MeasuredSql {
  const layers = compileLayers(plan, target, params, () => [
    ...userLayers(plan, params),
    ...windowLayers(plan, params),
    ['answers', compileAnswers(plan)],
  ]);
  return { layers, source: (of) => `answers${copies(plan, of)}` };
}

/** A number without meaning is 0, so that sums need no condition. */
const NUMBERS = `arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons)`;

// ClickHouse: least() and greatest() pass NULLs over.
const NEXT_CHANGE = `if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, ${EARLIEST_MS}), ${LATEST_MS}), 'UTC'))`;

function compileAnswers(plan: RunPlan): string {
  const { numbers, reasons, maps, sets } = metricSql(plan.metric);
  const passed = [
    ...(hasCells(plan) ? ['cell'] : []),
    ...(plan.breakdown?.of === 'property' ? ['group_code'] : []),
    ...copiedBy(plan),
  ];
  const kept = [...(maps ? [`${maps} AS maps`] : []), ...(sets ? [`[if(outcome = '', ${sets}, [])] AS sets`] : [])];
  return `SELECT ${['user_id', 'next_change_ms', ...passed].join(', ')},
        [${numbers.map((number) => `toFloat64(${number})`).join(', ')}] AS numbers,
        ${[`[${reasons.join(', ')}] AS reasons`, ...kept].join(',\n        ')}
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
  const total = isSummed(metric(plan.metric.kind).columns) ? `sumKahanIf(numbers[1], reasons[1] = '')` : '0';
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
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}

/** Includes open windows, whose count is censored. */
const EVENTS = `sumIf(numbers[1], reasons[1] IN ('', 'censored'))`;

function groupSizes(plan: RunPlan, target: RunTarget, total: string, params: ParamList): string {
  const { layers, source } = compileMeasured({ ...plan, cells: null }, target, params);
  return `${layers}
SELECT group_code, count() AS users, ${total} AS total
FROM ${source(params)}
WHERE group_code != ''
GROUP BY group_code`;
}

/** As `compareGroups` orders: texts by their bytes, numbers, false and true, no value. */
const BY_VALUE = [
  `indexOf(['t', 'n', 'b', ''], substring(group_code, 2, 1))`,
  `if(startsWith(group_code, ':n'), toFloat64OrZero(substring(group_code, 3)), 0)`,
  'group_code',
];

/**
 * A row for each of the plans that count events (`skippedPlan`), by its `place` from 0: `events`, how many there are in
 * the windows of all users, also in those that are still open, and `users`, how many users have some. Nothing is
 * stored.
 */
export function compileSkipped(plans: readonly RunPlan[], target: RunTarget): CompiledQuery {
  const params = new ParamList();
  const counted = plans.map((plan, place) => {
    const { layers, source } = compileMeasured(plan, target, params);
    return `SELECT * FROM (
${layers}
SELECT ${place} AS place, toFloat64(sum(numbers[1])) AS events, toFloat64(countIf(numbers[1] > 0)) AS users
FROM ${source(params)}
WHERE reasons[1] IN ('', 'censored')
)`;
  });
  const sql = counted.join('\nUNION ALL\n');
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}
