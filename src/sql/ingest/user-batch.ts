import type { CompiledQuery } from '../compiled-query.js';

/** Columns of the rows in the body. */
const ROWS = [
  'user_id String',
  'registration_given Bool',
  "registered_at Nullable(DateTime64(3, \\'UTC\\'))",
  'text Map(String, String)',
  'number Map(String, Float64)',
  'flag Map(String, Bool)',
  'removed Array(String)',
  'position UInt32',
].join(', ');

/** Stores the upserts of a batch from a body of RowBinary. */
export function compileUserInsert(propertyNumber: number, seq: number): CompiledQuery {
  const sql = `INSERT INTO user_changes (property, user_id, seq, position, registration_given, registered_at, text, number, flag, removed)
SELECT {p0:UInt32}, user_id, {p1:UInt64}, position, registration_given, registered_at, text, number, flag, removed
FROM input('${ROWS}')
SETTINGS insert_deduplicate = 0
FORMAT RowBinary`;
  return { sql, params: { p0: propertyNumber, p1: seq } };
}

/** What a batch of upserts changed. */
export interface UserVerdictRow {
  readonly stored: number;
  /** UTC days of registrations that came, changed or went: old and new. */
  readonly registration_days: number[];
  /** Whether a registration came to a user without one, or went. */
  readonly registration_none: number;
  /** Whether a user was upserted for the first time. */
  readonly new_users: number;
  readonly traits: number;
}

const WHERE = `property = {p0:UInt32} AND seq <= {p1:UInt64}
    AND user_id IN (SELECT user_id FROM user_changes WHERE property = {p0:UInt32} AND seq = {p1:UInt64})`;

// ClickHouse: argMax passes over rows whose value is null; a null in a tuple counts.
const LAST = 'argMaxIf(tuple(registered_at), (seq, position), registration_given';

const PER_USER = `SELECT
    countIf(seq = {p1:UInt64}) AS rows,
    countIf(seq < {p1:UInt64}) = 0 AS is_new,
    countIf(registration_given AND seq = {p1:UInt64}) > 0 AS is_given,
    ${LAST} AND seq < {p1:UInt64}).1 AS was,
    ${LAST} AND seq = {p1:UInt64}).1 AS became,
    is_given AND (isNull(was) != isNull(became) OR ifNull(was != became, 0)) AS is_changed,
    is_changed AND (isNull(was) OR isNull(became)) AS from_or_to_none,
    if(is_changed, arrayMap(x -> toInt32(toDate32(assumeNotNull(x))), arrayFilter(x -> isNotNull(x), [was, became])), []) AS days
  FROM user_changes WHERE ${WHERE}
  GROUP BY user_id`;

/** A trait's value with its type; empty: taken away. */
export const TRAITS = `arrayConcat(
    arrayMap((k, v) -> (k, concat('t', v)), mapKeys(text), mapValues(text)),
    arrayMap((k, v) -> (k, concat('n', toString(v))), mapKeys(number), mapValues(number)),
    arrayMap((k, v) -> (k, concat('f', toString(v))), mapKeys(flag), mapValues(flag)),
    arrayMap(k -> (k, ''), removed))`;

const CHANGED_TRAITS = `SELECT 1
  FROM (SELECT user_id, seq, position, arrayJoin(${TRAITS}) AS trait FROM user_changes WHERE ${WHERE})
  GROUP BY user_id, trait.1
  HAVING countIf(seq = {p1:UInt64}) > 0
    AND argMaxIf(trait.2, (seq, position), seq < {p1:UInt64}) != argMaxIf(trait.2, (seq, position), seq = {p1:UInt64})
  LIMIT 1`;

/** What the batch changed, beside the users as they were before it. Only what truly differs counts. */
export function compileUserVerdict(propertyNumber: number, seq: number): CompiledQuery {
  const sql = `SELECT
  sum(rows) AS stored,
  groupUniqArrayArray(days) AS registration_days,
  max(from_or_to_none) AS registration_none,
  max(is_new) AS new_users,
  (SELECT count() FROM (${CHANGED_TRAITS})) AS traits
FROM (${PER_USER})`;
  return { sql, params: { p0: propertyNumber, p1: seq } };
}

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
