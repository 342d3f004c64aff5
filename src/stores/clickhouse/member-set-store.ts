import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Engine } from './engine.js';
import { TAKING_IN } from './ingest-marker.js';

/** Lines that are joined before they are sent. */
const LINES_PER_CHUNK = 10_000;

/** Member lists in the engine, by property and the SHA-256 of the list. A list is never changed, and written again at most as it is. */
@Injectable()
export class MemberSetStore {
  constructor(private readonly engine: Engine) {}

  /** Writes the list whole; resolves when it is durable. `users` are distinct. */
  async save(propertyNumber: number, setHash: string, users: readonly string[]): Promise<void> {
    if (users.length === 0) {
      return;
    }
    const sql = `INSERT INTO member_sets (property, set_hash, user_id)
SELECT {property:UInt32}, {hash:String}, JSONExtractString(line, 1)
FROM input('line String')
FORMAT LineAsString`;
    await this.engine.insertLines(
      { sql, params: { property: propertyNumber, hash: setHash } },
      Readable.from(lines(users)),
      TAKING_IN,
    );
  }

  /** Writes a list that is another one without some of its members; resolves when it is durable. `without` are those of a list, too. */
  async copy(propertyNumber: number, from: string, without: string, to: string): Promise<void> {
    const sql = `INSERT INTO member_sets (property, set_hash, user_id)
SELECT DISTINCT property, {to:String}, user_id
FROM member_sets
WHERE property = {property:UInt32} AND set_hash = {from:String}
  AND user_id NOT IN (SELECT user_id FROM member_sets WHERE property = {property:UInt32} AND set_hash = {without:String})`;
    await this.engine.execute({ sql, params: { property: propertyNumber, from, without, to } }, TAKING_IN);
  }

  /** Writes the lists anew, without those that were removed, where these are more than half of what is on disk. */
  async rewriteIfWorthIt(): Promise<void> {
    const sql = `SELECT (SELECT count() FROM member_sets) AS kept, sum(rows) AS stored FROM system.parts
WHERE database = currentDatabase() AND table = 'member_sets' AND active`;
    const [found] = (await this.engine.rows<{ kept: number; stored: number }>({ sql, params: {} })).rows;
    if (found === undefined || found.stored <= 2 * found.kept) return;
    await this.engine.execute({ sql: 'ALTER TABLE member_sets APPLY DELETED MASK', params: {} });
  }

  /** How many members a list has. */
  async size(propertyNumber: number, setHash: string): Promise<number> {
    const sql =
      'SELECT count() AS size FROM member_sets FINAL WHERE property = {property:UInt32} AND set_hash = {hash:String}';
    const { rows } = await this.engine.rows<{ size: number }>({
      sql,
      params: { property: propertyNumber, hash: setHash },
    });
    return rows[0]?.size ?? 0;
  }

  /** At most `limit` members after `after` (null: from the first), by the bytes of their UTF-8. */
  async page(propertyNumber: number, setHash: string, after: string | null, limit: number): Promise<string[]> {
    const params = { property: propertyNumber, hash: setHash, after: after ?? '', limit };
    // ClickHouse: a list written twice has its rows twice until parts merge.
    const sql = `SELECT DISTINCT user_id
FROM member_sets
WHERE property = {property:UInt32} AND set_hash = {hash:String} AND user_id > {after:String}
ORDER BY user_id
LIMIT {limit:UInt32}`;
    const { rows } = await this.engine.rows<{ user_id: string }>({ sql, params });
    return rows.map(({ user_id }) => user_id);
  }
}

/** One JSON array a line: an id may hold a line break. */
function* lines(users: readonly string[]): Generator<Buffer> {
  for (let start = 0; start < users.length; start += LINES_PER_CHUNK) {
    const chunk = users.slice(start, start + LINES_PER_CHUNK);
    yield Buffer.from(chunk.map((user) => `${JSON.stringify([user])}\n`).join(''));
  }
}
