import type { RunPlan, RunTarget } from '../core/request/run-plan.js';
import { compileMeasured } from './compile-run.js';
import type { CompiledQuery } from './compiled-query.js';
import { ParamList } from './param-list.js';
import { scanSettings } from './scan-settings.js';

/**
 * One row of a plan that counts events (`skippedPlan`): `events`, how many there are in the windows of all users, also in those that are still open, and `users`, how many users have some.
 * Nothing is stored.
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
