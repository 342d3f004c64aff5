import type { CompiledQuery } from '../compiled-query.js';

/** The last instant of all events of a property, UTC milliseconds (null: there is none), and its users. */
export interface UserSurveyRow {
  readonly last_ms: number | null;
  readonly users: readonly string[];
}

/** All users that have an event or an upsert, at most `limit` and one of each kind, and when the last event is. */
export function compileUserSurvey(propertyNumber: number, limit: number): CompiledQuery {
  const ofProperty = 'WHERE property = {p0:UInt32}';
  const users = 'groupUniqArray({p1:UInt32})(user_id)';
  const sql = `SELECT maxOrNull(toUnixTimestamp64Milli(time)) AS last_ms, ${users} AS users FROM events ${ofProperty}
UNION ALL
SELECT NULL, ${users} FROM user_changes ${ofProperty}
SETTINGS max_threads = 1`;
  return { sql, params: { p0: propertyNumber, p1: limit + 1 } };
}
