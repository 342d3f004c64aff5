import type { RunTarget } from '../core/request/run-plan.js';
import type { CompiledQuery } from './compiled-query.js';
import { ParamList } from './param-list.js';

/**
 * At most `limit` per-user rows of a run (`user`, `numbers`, `reasons`, `maps`) after the user `after` (null: from the first), by the bytes of the users' ids: the order in
 * which the table holds them.
 */
export function compileValuesPage({ runId, attempt }: RunTarget, after: string | null, limit: number): CompiledQuery {
  const params = new ParamList();
  const run = `run_id = ${params.add('String', runId)} AND attempt = ${params.add('UInt16', attempt)}`;
  const later = after === null ? '' : ` AND user_id > ${params.add('String', after)}`;
  const sql = `SELECT user_id AS user, numbers, reasons, maps
FROM run_values
WHERE ${run}${later}
ORDER BY user_id
LIMIT ${params.add('UInt32', limit)}`;
  return { sql, params: params.values };
}
