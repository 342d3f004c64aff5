import type { RunPlan, RunTarget } from '../core/request/run-plan.js';
import { ParamList, type CompiledQuery } from './compiled-query.js';

/**
 * At most `limit` users of a run over their whole windows (`user`, `numbers`, `reasons`, `maps`) after the user `after`
 * (null: from the first), by the bytes of the users' ids: the order in which the table holds them.
 */
export function compileValuesPage(target: RunTarget, after: string | null, limit: number): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT user_id AS user, numbers, reasons, maps
FROM run_values
WHERE ${users(target, after, params)} AND cell = 0
ORDER BY user_id
LIMIT ${params.add('UInt32', limit)}`;
  return { sql, params: params.values };
}

/**
 * As `compileValuesPage`, with `cells`: a row for the whole window (`cell` 0) and for each slice and age of the user.
 */
export function compileCellsPage(target: RunTarget, after: string | null, limit: number): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT
    user_id AS user,
    arraySort(value -> value.cell, groupArray(CAST((cell, numbers, reasons, maps), '${CELL}'))) AS cells
FROM run_values
WHERE ${users(target, after, params)}
GROUP BY user_id
ORDER BY user_id
LIMIT ${params.add('UInt32', limit)}
SETTINGS optimize_aggregation_in_order = 1`;
  return { sql, params: params.values };
}

/** JSON shows a named tuple as an object. */
const CELL = 'Tuple(cell UInt32, numbers Array(Float64), reasons Array(String), maps Array(Map(String, Float64)))';

/** Without the groups of events, which have no values by user. */
function users({ runId, attempt }: RunTarget, after: string | null, params: ParamList): string {
  const run = `run_id = ${params.add('String', runId)} AND attempt = ${params.add('UInt16', attempt)}`;
  const later = after === null ? '' : ` AND user_id > ${params.add('String', after)}`;
  return `${run}${later} AND group_code = ''`;
}

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

/**
 * One row: `groups`, how many values a trait has had by the plan's data version, its absence in a change included, but
 * no more than one beyond `limit`. A run has at most one group more, of users without any change.
 */
export function compileTraitCount(
  { propertyNumber, dataVersion }: Pick<RunPlan, 'propertyNumber' | 'dataVersion'>,
  trait: string,
  limit: number,
): CompiledQuery {
  const params = new ParamList();
  const name = params.add('String', trait);
  const values = ['text', 'number', 'flag'].map((map) => `mapContains(${map}, ${name}), ${map}[${name}]`);
  const sql = `SELECT toFloat64(count()) AS groups
FROM (
    SELECT DISTINCT ${values.join(', ')}
    FROM user_changes
    WHERE property = ${params.add('UInt32', propertyNumber)} AND seq <= ${params.add('UInt64', dataVersion)}
    LIMIT ${params.add('UInt32', limit + 1)}
)`;
  return { sql, params: params.values };
}
