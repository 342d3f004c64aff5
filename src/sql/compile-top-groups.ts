import type { PlannedBreakdown, RunPlan, RunTarget } from '../core/request/run-plan.js';
import { isSummed, type TopGroups } from '../core/series/parse-breakdown.js';
import { METRICS } from '../core/metric/catalogue.js';
import { compileMeasured } from './compile-run.js';
import type { CompiledQuery } from './compiled-query.js';
import { ParamList } from './param-list.js';
import { scanSettings } from './scan-settings.js';

/** A plan that keeps the largest groups alone. */
export type TopPlan = RunPlan & { readonly breakdown: PlannedBreakdown & { readonly top: TopGroups } };

export function keepsTop(plan: RunPlan): plan is TopPlan {
  return plan.breakdown?.top !== undefined;
}

/**
 * The codes of the largest groups over the whole window (`group_code`), largest first: by users, events or the sum of the metric's first column; of equal size the one
 * with the larger sum, then the first by value. The groups are measured as the run will measure them, and nothing is stored.
 */
export function compileTopGroups(plan: TopPlan, target: RunTarget): CompiledQuery {
  const params = new ParamList();
  const { count, by } = plan.breakdown.top;
  const total = isSummed(METRICS[plan.metric.kind]) ? `sumKahanIf(numbers[1], reasons[1] = '')` : '0';
  const own = `SELECT * FROM (\n${groupSizes(plan, target, total, params)}\n)`;
  const counted: RunPlan = { ...plan, metric: { kind: 'event_count' } };
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

/** Also those of a window that is still open, whose count is censored. */
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
