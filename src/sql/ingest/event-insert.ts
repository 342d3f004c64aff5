import type { CompiledQuery } from '../compiled-query.js';

/** Columns of the rows in the body. Plain strings: read into LowCardinality value by value they cost twice what a whole column costs to convert. */
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
 * Stands for the id that the sender did not give: the same properties, in whatever order, at the same instant make the same event. The time has its own column to the
 * millisecond; digits below it, without zeros at the end, are hashed where there are any.
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
 * Stores the events of a batch from a body of RowBinary; `hasFinerTimes`: some are finer than a millisecond. Duplicates are stored like any other; FINAL and merges
 * leave them out.
 */
export function compileEventInsert(
  propertyNumber: number,
  seq: number,
  hasFinerTimes: boolean,
  table: EventTable = 'events',
): CompiledQuery {
  // ClickHouse: optimize_on_insert would look for duplicates in the batch row by row, at four times the cost of the insert.
  const sql = `INSERT INTO ${table} (property, user_id, time, name, client_id, content_hash, text, number, flag, seq, position)
SELECT {p0:UInt32}, user_id, time, name, client_id, ${hasFinerTimes ? FINER_HASH : CONTENT_HASH}, text, number, flag, {p1:UInt64}, position
FROM input('${ROWS}')
SETTINGS optimize_on_insert = 0, insert_deduplicate = 0
FORMAT RowBinary`;
  return { sql, params: { p0: propertyNumber, p1: seq } };
}
