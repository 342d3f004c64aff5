import type { CompiledQuery } from '../compiled-query.js';
import { ParamList } from '../param-list.js';
import { BY_MERGING } from './compile-lists.js';

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
  const sql = `${changedMembers(lists, after, params)}
ORDER BY user
LIMIT ${params.add('UInt32', limit)}
${BY_MERGING}`;
  return { sql, params: params.values };
}

/** A SELECT of all of them, in no order. */
export function changedMembers(lists: TwoLists, after: string, params: ParamList): string {
  return `SELECT if(r.user_id = '', l.user_id, r.user_id) AS user, CAST(l.user_id = '', 'Bool') AS entered
FROM ${sideBySide(lists, after, params)}
WHERE l.user_id = '' OR r.user_id = ''`;
}

export function compileDifferenceCounts(lists: TwoLists): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT countIf(l.user_id = '') AS entered, countIf(r.user_id = '') AS \`left\`
FROM ${sideBySide(lists, '', params)}
${BY_MERGING}`;
  return { sql, params: params.values };
}

/** `l` is the old list, `r` the later; an empty id says that the user is not in it. Merged as they lie on disk, as lists of millions do not fit into memory. */
function sideBySide({ propertyNumber, from, to }: TwoLists, after: string, params: ParamList): string {
  const property = params.add('UInt32', propertyNumber);
  const behind = params.add('String', after);
  // ClickHouse: a list written twice has its rows twice until parts merge.
  const list = (hash: string): string =>
    `SELECT user_id FROM member_sets FINAL WHERE property = ${property} AND set_hash = ${params.add('String', hash)} AND user_id > ${behind}`;
  return `(${list(from)}) AS l
FULL JOIN (${list(to)}) AS r ON l.user_id = r.user_id`;
}
