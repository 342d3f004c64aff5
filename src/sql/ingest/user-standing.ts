import type { CompiledQuery } from '../compiled-query.js';
import { TRAITS } from './user-batch.js';

/** The registration or a trait that a user has, and the number of the batch that said so last. */
export interface UserStandingRow {
  readonly user_id: string;
  /** Null: the registration. */
  readonly trait: string | null;
  readonly seq: number;
}

/** What some users have, by all upserts that are stored. */
export function compileUserStandings(propertyNumber: number, users: readonly string[]): CompiledQuery {
  const where = 'property = {p0:UInt32} AND user_id IN ({p1:Array(String)})';
  // ClickHouse: argMax passes over rows whose value is null; a null in a tuple counts.
  const sql = `SELECT user_id, CAST(NULL, 'Nullable(String)') AS trait, max(seq) AS seq
FROM user_changes WHERE ${where} AND registration_given
GROUP BY user_id
HAVING isNotNull(argMax(tuple(registered_at), (user_changes.seq, position)).1)
UNION ALL
SELECT user_id, CAST(pair.1, 'Nullable(String)') AS trait, max(batch) AS seq
FROM (SELECT user_id, seq AS batch, position, arrayJoin(${TRAITS}) AS pair FROM user_changes WHERE ${where})
GROUP BY user_id, pair.1
HAVING argMax(pair.2, (batch, position)) != ''
SETTINGS max_threads = 1`;
  return { sql, params: { p0: propertyNumber, p1: users } };
}
