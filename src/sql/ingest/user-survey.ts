import type { CompiledQuery } from '../compiled-query.js';

/** All users that have an event or an upsert, at most `limit`, in one list. */
export function compileUsersOf(propertyNumber: number, limit: number): CompiledQuery {
  const ofProperty = 'WHERE property = {p0:UInt32}';
  const sql = `SELECT groupArray(user_id) AS users FROM (
  SELECT DISTINCT user_id FROM (
    SELECT user_id FROM events ${ofProperty} UNION ALL SELECT user_id FROM user_changes ${ofProperty}
  )
  LIMIT {p1:UInt32}
)
SETTINGS max_threads = 1`;
  return { sql, params: { p0: propertyNumber, p1: limit } };
}

/** When the last event is, UTC milliseconds (`last_ms`); null: there is none. */
export function compileLastInstant(propertyNumber: number): CompiledQuery {
  const sql = `SELECT maxOrNull(toUnixTimestamp64Milli(time)) AS last_ms FROM events WHERE property = {p0:UInt32}
SETTINGS max_threads = 1`;
  return { sql, params: { p0: propertyNumber } };
}
