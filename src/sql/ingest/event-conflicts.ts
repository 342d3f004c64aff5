import type { CompiledQuery } from '../compiled-query.js';
import type { EventTable } from './event-insert.js';
import type { InstantRange } from './event-verdict.js';

/** Conflicts whose places are told. */
export const MAX_CONFLICTS_TOLD = 100;

/** Duplicates of a batch whose properties are not those that are stored: how many, and where the first stand in the batch, from 0. */
export interface ConflictRow {
  readonly conflicting: number;
  readonly positions: number[];
}

/**
 * Compares a batch's duplicates with what counts of their identity: the first accepted, of an earlier batch or of this one. `rowsOf` holds the batch's rows. Events
 * without a client's id have their properties in the identity, so none of them can differ.
 */
export function compileConflicts(
  propertyNumber: number,
  seq: number,
  { fromMs, toMs }: InstantRange,
  rowsOf: EventTable,
): CompiledQuery {
  const hash = 'cityHash64(user_id, time)';
  const columns = `user_id, time, name, client_id, seq, position,
      sipHash128(mapSort(text), mapSort(number), mapSort(flag)) AS content`;
  const ofBatch = "property = {p0:UInt32} AND seq = {p1:UInt64} AND client_id != ''";
  const instant = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
  const sql = `SELECT sum(length(others)) AS conflicting, arraySlice(arraySort(groupArrayArray(others)), 1, ${MAX_CONFLICTS_TOLD}) AS positions
FROM (
  SELECT
    argMin(content, (seq, position)) AS first,
    groupArrayIf((position, content), seq = {p1:UInt64}) AS mine,
    arrayMap(row -> row.1, arrayFilter(row -> row.2 != first, mine)) AS others
  FROM (
    SELECT ${columns}
    FROM events
    PREWHERE property = {p0:UInt32} AND seq < {p1:UInt64} AND time >= ${instant('p2')} AND time <= ${instant('p3')}
      AND client_id != '' AND ${hash} IN (SELECT ${hash} FROM ${rowsOf} WHERE ${ofBatch})
    UNION ALL
    SELECT ${columns}
    FROM ${rowsOf}
    WHERE ${ofBatch}
  )
  GROUP BY user_id, time, name, client_id
)
SETTINGS compile_expressions = 0, compile_aggregate_expressions = 0`;
  return { sql, params: { p0: propertyNumber, p1: seq, p2: fromMs, p3: toMs } };
}

/** Takes the copy of a batch away. */
export function compileDropStaged(propertyNumber: number, seq: number): CompiledQuery {
  return { sql: `ALTER TABLE staged_events DROP PARTITION (${propertyNumber}, ${seq})`, params: {} };
}
