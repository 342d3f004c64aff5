import type { RunTarget } from '../core/request/run-plan.js';
import type { CompiledQuery } from './compiled-query.js';
import { ParamList } from './param-list.js';

/** One row: `groups`, how many groups a run's breakdown has, but no more than one beyond `limit`. */
export function compileGroupCount({ runId, attempt }: RunTarget, limit: number): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT toFloat64(count()) AS groups
FROM (
    SELECT DISTINCT group_code
    FROM run_values
    WHERE run_id = ${params.add('String', runId)} AND attempt = ${params.add('UInt16', attempt)} AND group_code != ''
    LIMIT ${params.add('UInt32', limit + 1)}
)`;
  return { sql, params: params.values };
}
