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
