import type { CompiledQuery } from '../compiled-query.js';
import { ParamList } from '../param-list.js';

/** Two different member lists of a property, by the names under which the engine has them. */
export interface TwoLists {
  readonly propertyNumber: number;
  readonly from: string;
  readonly to: string;
}

export interface ChangedMember {
  readonly user: string;
  readonly entered: boolean;
}

/** At most `limit` users after `after` who are in one of the lists only, by the bytes of their ids. */
export function compileDifference(lists: TwoLists, after: string, limit: number): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT user_id AS user, CAST(is_entered, 'Bool') AS entered
FROM (${changed(lists, params)} AND user_id > ${params.add('String', after)} ${ONE_ONLY})
ORDER BY user_id
LIMIT ${params.add('UInt32', limit)}`;
  return { sql, params: params.values };
}

export function compileDifferenceCounts(lists: TwoLists): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT countIf(is_entered) AS entered, countIf(NOT is_entered) AS \`left\`
FROM (${changed(lists, params)} ${ONE_ONLY})`;
  return { sql, params: params.values };
}

// ClickHouse: a list written twice has its rows twice until parts merge.
const ONE_ONLY = 'GROUP BY user_id HAVING min(is_new) = max(is_new)';

function changed({ propertyNumber, from, to }: TwoLists, params: ParamList): string {
  const property = params.add('UInt32', propertyNumber);
  const [old, later] = [params.add('String', from), params.add('String', to)];
  return `SELECT user_id, max(is_new) AS is_entered
    FROM (
        SELECT user_id, set_hash = ${later} AS is_new
        FROM member_sets
        WHERE property = ${property} AND set_hash IN (${old}, ${later})
    )
    WHERE true`;
}
