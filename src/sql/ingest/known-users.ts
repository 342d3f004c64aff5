import type { CompiledQuery } from '../compiled-query.js';

/**
 * What is stored of a user's events, in UTC milliseconds, and those at the instants of the question. `first_ms` -1: the
 * user is known by an upsert (a row of its own).
 */
export interface KnownUserRow {
  readonly user_id: string;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly seen: readonly (readonly [ms: number, name: string, client_id: string])[];
}

/**
 * Of each of the users that is known: the first and the last instant of its events, and what of it stands at one of the
 * instants. One look by the order key; the text is short, as the engine analyses it anew each time.
 */
export function compileKnownUsers(
  propertyNumber: number,
  users: readonly string[],
  instants: readonly number[],
): CompiledQuery {
  const ofUsers = 'property = {p0:UInt32} AND user_id IN ({p1:Array(String)})';
  const ms = 'toUnixTimestamp64Milli(time)';
  const sql = `SELECT user_id, min(${ms}) AS first_ms, max(${ms}) AS last_ms,
  groupUniqArrayIf((${ms}, toString(name), client_id), ${ms} IN ({p2:Array(Int64)})) AS seen
FROM events WHERE ${ofUsers} GROUP BY user_id
UNION ALL
SELECT DISTINCT user_id, -1, -1, [] FROM user_changes WHERE ${ofUsers}
SETTINGS max_threads = 1`;
  return { sql, params: { p0: propertyNumber, p1: users, p2: instants } };
}
