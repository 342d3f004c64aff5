import type { RunTarget } from '../../core/request/run-plan.js';
import type { CompiledQuery } from '../compiled-query.js';
import { ParamList } from '../param-list.js';
import { rowsWhere } from './user-columns.js';

/** How many users a run has rows of (`n`): each has one for the whole window. */
export function compileUserCount(target: RunTarget): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT count() AS n FROM run_values WHERE ${rowsWhere(target, 'cell = 0', params)}`;
  return { sql, params: params.values };
}
