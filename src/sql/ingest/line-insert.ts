import type { CompiledQuery } from '../compiled-query.js';
import { withClause, type Definitions } from './sql-text.js';

/** Where the rows of a batch go. */
export interface LineTarget {
  readonly propertyNumber: number;
  /** Names the batch; its rejections are stored under it. */
  readonly batch: string;
  readonly seq: number;
  /** The last instant that is taken. */
  readonly latestMs: number;
  /** Only the rejections are stored. */
  readonly checkOnly: boolean;
}

/**
 * The statement that turns the lines of its body into rows of a staging table, whose views spread them. Each line is seven digits
 * of its position and one JSON object. Placeholders: p0 property, p1 seq, p2 latest instant, p3 batch, p4 check only.
 */
export function lineInsert(
  table: string,
  target: LineTarget,
  definitions: Definitions,
  verdict: string,
  columns: Definitions,
): CompiledQuery {
  const names = ['property', 'seq', 'batch', 'check_only', 'position', 'verdict', ...columns.map(([name]) => name)];
  const sql = `INSERT INTO ${table} (${names.join(', ')})
${withClause(definitions)}
SELECT
  {p0:UInt32}, {p1:UInt64}, {p3:String}, {p4:Bool}, position,
  ${verdict},
  ${columns.map(([, expression]) => expression).join(',\n  ')}
FROM input('line String')
SETTINGS optimize_on_insert = 0, precise_float_parsing = 1, insert_deduplicate = 0
FORMAT LineAsString`;
  return {
    sql,
    params: { p0: target.propertyNumber, p1: target.seq, p2: target.latestMs, p3: target.batch, p4: target.checkOnly },
  };
}
