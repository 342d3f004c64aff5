import type { CompiledQuery } from '../compiled-query.js';

/**
 * Columns of the rows in the body. Plain strings: read into LowCardinality value by value they cost twice what a whole
 * column costs to convert.
 */
const ROWS = [
  'user_id String',
  "time DateTime64(3, \\'UTC\\')",
  'finer_time String',
  'name String',
  'client_id String',
  'text Map(String, String)',
  'number Map(String, Float64)',
  'flag Map(String, Bool)',
  'position UInt32',
].join(', ');

/**
 * Stands for the id that the sender did not give: the same properties, in whatever order, at the same instant make the
 * same event. The time has its own column to the millisecond; digits below it, without zeros at the end, are hashed
 * where there are any.
 */
const CONTENT_HASH = `if(client_id = '', ${contentHash()}, 0)`;
/** For batches in which no time has such digits it would be hashed for nothing: the engine works out both. */
const FINER_HASH = `multiIf(client_id != '', 0, finer_time = '', ${contentHash()}, ${contentHash(', finer_time')})`;

function contentHash(more = ''): string {
  return `reinterpretAsUInt128(sipHash128(mapSort(text), mapSort(number), mapSort(flag)${more}))`;
}

/** Where the rows of a batch stand: among all others, or by themselves while it is judged. */
export type EventTable = 'events' | 'staged_events';

/**
 * Bits of the place of a row within its batch, where the rows of several batches come together: the bits above are the
 * lowest of the number of the batch.
 */
export const GROUP_POSITION_BITS = 10;
const GROUP_SEQS = 2 ** (32 - GROUP_POSITION_BITS);

/** The position of a row of batch `seq` among those of other batches, of which none is `GROUP_SEQS` numbers away. */
export function groupPosition(seq: number, position: number): number {
  return (seq % GROUP_SEQS) * 2 ** GROUP_POSITION_BITS + position;
}

const OWN_POSITION = { seq: '{p1:UInt64}', position: 'position' };
const GROUP_POSITION = {
  seq: `{p1:UInt64} + bitAnd(bitShiftRight(position, ${GROUP_POSITION_BITS}) - {p1:UInt64}, ${GROUP_SEQS - 1})`,
  position: `bitAnd(position, ${2 ** GROUP_POSITION_BITS - 1})`,
};

/**
 * Stores the events of a batch from a body of RowBinary; `hasFinerTimes`: some are finer than a millisecond. Duplicates
 * are stored like any other; FINAL and merges leave them out.
 */
export function compileEventInsert(
  propertyNumber: number,
  seq: number,
  hasFinerTimes: boolean,
  table: EventTable = 'events',
): CompiledQuery {
  return eventInsert(propertyNumber, seq, hasFinerTimes, table, OWN_POSITION);
}

/**
 * The same for several batches of which `firstSeq` is the lowest number: the position of a row tells its batch, too
 * (`groupPosition`).
 */
export function compileGroupInsert(propertyNumber: number, firstSeq: number, hasFinerTimes: boolean): CompiledQuery {
  return eventInsert(propertyNumber, firstSeq, hasFinerTimes, 'events', GROUP_POSITION);
}

function eventInsert(
  propertyNumber: number,
  seq: number,
  hasFinerTimes: boolean,
  table: EventTable,
  place: typeof OWN_POSITION,
): CompiledQuery {
  // ClickHouse: optimize_on_insert would look for duplicates in the batch row by row, at four times the cost of the
  // insert.
  const sql = `INSERT INTO ${table} (property, user_id, time, name, client_id, content_hash, text, number, flag, seq, position)
SELECT {p0:UInt32}, user_id, time, name, client_id, ${hasFinerTimes ? FINER_HASH : CONTENT_HASH}, text, number, flag, ${place.seq}, ${place.position}
FROM input('${ROWS}')
SETTINGS optimize_on_insert = 0, insert_deduplicate = 0
FORMAT RowBinary`;
  return { sql, params: { p0: propertyNumber, p1: seq } };
}

const DAY = 'toInt32(toDate32(time))';
const OF_BATCH = 'property = {p0:UInt32} AND seq = {p1:UInt64}';
/** The identity of an event as one value. */
export const IDENTITY = 'sipHash128(user_id, events.time, name, client_id, content_hash)';

/** Inclusive range of instants. */
export interface InstantRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Exactly what a batch added: rows that are the first of their identity, their UTC days, and whether a user became
 * known by them.
 */
export interface EventVerdictRow {
  readonly accepted: number;
  readonly days: number[];
  readonly new_users: number;
}

/** The verdict on one of several batches. */
export interface GroupVerdictRow extends EventVerdictRow {
  readonly seq: number;
}

/**
 * The verdicts on batches of few users, numbered from `fromSeq` to `toSeq`, in one query; a batch that added nothing
 * has no row. A user becomes known by an event where no upsert and no event at or before its time has come before these
 * batches: a request with an earlier `as_of` did not know the user.
 */
export function compileFewUsersVerdict(
  propertyNumber: number,
  { fromSeq, toSeq }: { readonly fromSeq: number; readonly toSeq: number },
  users: readonly string[],
  range: InstantRange,
): CompiledQuery {
  const ofUsers = 'property = {p0:UInt32} AND user_id IN ({p2:Array(String)})';
  // Events outside the range cannot be one of the batches': they are taken together, for their first time.
  const key = `if(${within('p3', 'p4')}, ${IDENTITY}, '')`;
  const sql = `SELECT event.1 AS seq, count() AS accepted, groupUniqArray(toInt32(toDate32(event.2))) AS days,
  max(is_unregistered AND (is_unseen OR event.2 < older)) AS new_users
FROM (
  SELECT
    groupArrayIf((first_seq, time), first_seq >= {p1:UInt64}) AS won,
    minIf(time, first_seq < {p1:UInt64}) AS older,
    countIf(first_seq < {p1:UInt64}) = 0 AS is_unseen,
    user_id NOT IN (SELECT user_id FROM user_changes WHERE ${ofUsers} AND seq < {p1:UInt64}) AS is_unregistered
  FROM (
    SELECT user_id, min(events.time) AS time, min(seq) AS first_seq
    FROM events
    WHERE ${ofUsers} AND seq <= {p5:UInt64}
    GROUP BY user_id, ${key}
  )
  GROUP BY user_id
)
ARRAY JOIN won AS event
GROUP BY seq`;
  const params = { p0: propertyNumber, p1: fromSeq, p2: users, p3: range.fromMs, p4: range.toMs, p5: toSeq };
  return { sql, params };
}

/**
 * How many earlier events of the range have user and time in common with one of the batch's rows that are still there.
 */
export function compileCollisions(propertyNumber: number, seq: number, range: InstantRange): CompiledQuery {
  const sql = `SELECT count() AS collisions
FROM events
PREWHERE property = {p0:UInt32} AND seq < {p1:UInt64} AND ${within('p2', 'p3')} AND ${likeOneOf()}`;
  return { sql, params: { p0: propertyNumber, p1: seq, p2: range.fromMs, p3: range.toMs } };
}

export interface StoredCountRow {
  readonly rows: number;
  readonly distinct_rows: number;
}

/**
 * How many of a batch's rows are still there, since a merge takes away those that repeat earlier ones, and how many
 * differ (at least: by a 64-bit hash).
 */
export function compileStoredCount(propertyNumber: number, seq: number): CompiledQuery {
  const sql = `SELECT count() AS rows, uniqExact(cityHash64(user_id, time, name, client_id, content_hash)) AS distinct_rows
FROM events
WHERE ${OF_BATCH}`;
  return { sql, params: { p0: propertyNumber, p1: seq } };
}

/** What a batch of any size added, whatever it repeats. */
export function compileManyUsersVerdict(propertyNumber: number, seq: number, range: InstantRange): CompiledQuery {
  const sql = `SELECT count() AS accepted, groupUniqArray(${DAY}) AS days, count() > 0 AS new_users
FROM (
  SELECT any(events.time) AS time, min(seq) AS first_seq
  FROM events
  PREWHERE property = {p0:UInt32} AND seq <= {p1:UInt64} AND ${within('p2', 'p3')} AND ${likeOneOf()}
  GROUP BY ${IDENTITY}
)
WHERE first_seq = {p1:UInt64}`;
  return { sql, params: { p0: propertyNumber, p1: seq, p2: range.fromMs, p3: range.toMs } };
}

/**
 * What is stored of a batch: beside what it added, all rows that are still there, and the span of their instants in
 * milliseconds.
 */
export interface StoredEventsRow extends EventVerdictRow {
  readonly stored: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

/**
 * The verdict on a batch of which only the number is known; all lower ones are stored. Days and users are those of all
 * its rows, which may say more than is true; no harm to freshness.
 */
export function compileStoredEvents(propertyNumber: number, seq: number): CompiledQuery {
  const sql = `SELECT
  countIf(first_seq = {p1:UInt64}) AS accepted,
  sum(rows) AS stored,
  groupUniqArray(${DAY}) AS days,
  count() > 0 AS new_users,
  toUnixTimestamp64Milli(min(time)) AS first_ms,
  toUnixTimestamp64Milli(max(time)) AS last_ms
FROM (
  SELECT any(events.time) AS time, min(seq) AS first_seq, countIf(seq = {p1:UInt64}) AS rows
  FROM events
  PREWHERE property = {p0:UInt32} AND seq <= {p1:UInt64} AND ${likeOneOf()}
  GROUP BY ${IDENTITY}
)
WHERE rows > 0`;
  return { sql, params: { p0: propertyNumber, p1: seq } };
}

/** Of the events whose times lie between two parameters. */
export function within(from: string, to: string): string {
  const instant = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
  return `events.time >= ${instant(from)} AND events.time <= ${instant(to)}`;
}

/**
 * Shares a hash of user and time with a row of the batch. A 64-bit set is several times faster to look into than one of
 * identities.
 */
export function likeOneOf(rowsOf: EventTable = 'events', which = OF_BATCH): string {
  const hash = (table: EventTable): string => `cityHash64(user_id, ${table}.time)`;
  return `${hash('events')} IN (SELECT ${hash(rowsOf)} FROM ${rowsOf} WHERE ${which})`;
}

/** Conflicts whose positions are reported. */
export const MAX_CONFLICTS_TOLD = 100;

/**
 * Duplicates of a batch whose properties are not those that are stored: how many, and where the first stand in the
 * batch, from 0.
 */
export interface ConflictRow {
  readonly conflicting: number;
  readonly positions: number[];
}

/**
 * Compares a batch's duplicates with what counts of their identity: the first accepted, of an earlier batch or of this
 * one. `rowsOf` holds the batch's rows. Events without a client's id have their properties in the identity, so none of
 * them can differ.
 */
export function compileConflicts(
  propertyNumber: number,
  seq: number,
  { fromMs, toMs }: InstantRange,
  rowsOf: EventTable,
): CompiledQuery {
  const columns = `user_id, time, name, client_id, seq, position,
      sipHash128(mapSort(text), mapSort(number), mapSort(flag)) AS content`;
  const ofBatch = `${OF_BATCH} AND client_id != ''`;
  const sql = `SELECT sum(length(others)) AS conflicting, arraySlice(arraySort(groupArrayArray(others)), 1, ${MAX_CONFLICTS_TOLD}) AS positions
FROM (
  SELECT
    argMin(content, (seq, position)) AS first,
    groupArrayIf((position, content), seq = {p1:UInt64}) AS mine,
    arrayMap(row -> row.1, arrayFilter(row -> row.2 != first, mine)) AS others
  FROM (
    SELECT ${columns}
    FROM events
    PREWHERE property = {p0:UInt32} AND seq < {p1:UInt64} AND ${within('p2', 'p3')}
      AND client_id != '' AND ${likeOneOf(rowsOf, ofBatch)}
    UNION ALL
    SELECT ${columns}
    FROM ${rowsOf}
    WHERE ${ofBatch}
  )
  GROUP BY user_id, time, name, client_id
)`;
  return { sql, params: { p0: propertyNumber, p1: seq, p2: fromMs, p3: toMs } };
}

/** Takes the copy of a batch away. */
export function compileDropStaged(propertyNumber: number, seq: number): CompiledQuery {
  return { sql: `ALTER TABLE staged_events DROP PARTITION (${propertyNumber}, ${seq})`, params: {} };
}
