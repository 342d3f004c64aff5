import type { CompiledQuery } from '../compiled-query.js';

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
const TRAITS = `arrayConcat(
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
FROM (${PER_USER})
SETTINGS compile_expressions = 0, compile_aggregate_expressions = 0`;
  return { sql, params: { p0: propertyNumber, p1: seq } };
}
