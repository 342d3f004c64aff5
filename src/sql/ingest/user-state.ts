import type { CompiledQuery } from '../compiled-query.js';

/** One upsert of a user, in the engine's form. Times are milliseconds. */
export interface UserChangeRow {
  readonly registration_given: boolean;
  readonly registered_ms: number | null;
  readonly text: Record<string, string>;
  readonly number: Record<string, number>;
  readonly flag: Record<string, boolean>;
  readonly removed: string[];
}

export interface UserEventsRow {
  readonly events: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

/** A user's upserts up to a data version, in order. */
export function compileUserChanges(propertyNumber: number, user: string, dataVersion: number): CompiledQuery {
  const sql = `SELECT registration_given, toUnixTimestamp64Milli(registered_at) AS registered_ms, text, number, flag, removed
FROM user_changes
WHERE property = {p0:UInt32} AND user_id = {p1:String} AND seq <= {p2:UInt64}
ORDER BY seq, position`;
  return { sql, params: { p0: propertyNumber, p1: user, p2: dataVersion } };
}

/** How many events a user has, and their first and last time (0 where there is none). */
export function compileUserEvents(propertyNumber: number, user: string, dataVersion: number): CompiledQuery {
  const sql = `SELECT count() AS events, toUnixTimestamp64Milli(min(time)) AS first_ms, toUnixTimestamp64Milli(max(time)) AS last_ms
FROM events FINAL
WHERE property = {p0:UInt32} AND user_id = {p1:String} AND seq <= {p2:UInt64}`;
  return { sql, params: { p0: propertyNumber, p1: user, p2: dataVersion } };
}
