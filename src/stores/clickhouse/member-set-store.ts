import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { SetHash } from '../../core/ids.js';
import type { DefinitionPlan } from '../../core/cohort/definition-plan.js';
import {
  compileListFacts,
  compileMemberList,
  compilePreview,
  type PreviewRow,
} from '../../sql/cohort/compile-cohort.js';
import { ParamList } from '../../sql/compiled-query.js';
import type { DefinitionScope } from '../../sql/cohort/compile-definition.js';
import {
  compileDifference,
  compileDifferenceCounts,
  idHas,
  type ChangedMember,
  type TwoLists,
} from '../../sql/cohort/member-lists.js';
import { scopeOf } from './member-weight.js';
import { Engine, type EngineOptions, type EngineStats } from './engine.js';
import { TAKING_IN } from './ingest-marker.js';

/** Lines that are joined before they are sent. */
const LINES_PER_CHUNK = 10_000;

export interface WrittenList {
  readonly size: number;
  /** Passing time alone may change who is in the cohort. */
  readonly movesWithTime: boolean;
  readonly stats: EngineStats;
}

export interface Preview extends PreviewRow {
  readonly stats: EngineStats;
}

export interface DifferenceCounts {
  readonly entered: number;
  readonly left: number;
}

/**
 * Lists of members in the engine, by property and name: the SHA-256 of the list, or the id of the evaluation that found
 * it. A list is never changed, and written again at most as it is. Throws what `Engine` throws.
 */
@Injectable()
export class MemberSetStore {
  constructor(private readonly engine: Engine) {}

  /** Writes the list whole; resolves when it is durable. `users` are distinct. */
  async save(propertyNumber: number, setHash: SetHash, users: readonly string[]): Promise<void> {
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

  /**
   * Writes a list that is another one without some of its members; resolves when it is durable. `without` are those of
   * a list, too.
   */
  async copy(propertyNumber: number, from: string, without: SetHash, to: SetHash): Promise<void> {
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
  async size(propertyNumber: number, setHash: SetHash): Promise<number> {
    const sql =
      'SELECT count() AS size FROM member_sets FINAL WHERE property = {property:UInt32} AND set_hash = {hash:String}';
    const { rows } = await this.engine.rows<{ size: number }>({
      sql,
      params: { property: propertyNumber, hash: setHash },
    });
    return rows[0]?.size ?? 0;
  }

  /**
   * At most `limit` members of the list with that name after `after` (null: from the first), by the bytes of their
   * UTF-8; where a text is given, of those whose id has it in it, in any case.
   */
  async page(
    propertyNumber: number,
    list: string,
    after: string | null,
    limit: number,
    text?: string,
  ): Promise<string[]> {
    const params = new ParamList();
    // ClickHouse: a list written twice has its rows twice until parts merge.
    const sql = `SELECT DISTINCT user_id
FROM member_sets
WHERE property = ${params.add('UInt32', propertyNumber)} AND set_hash = ${params.add('String', list)} AND user_id > ${params.add('String', after ?? '')}${idHas(text, params)}
ORDER BY user_id
LIMIT ${params.add('UInt32', limit)}`;
    const { rows } = await this.engine.rows<{ user_id: string }>({ sql, params: params.values });
    return rows.map(({ user_id }) => user_id);
  }

  async preview(plan: DefinitionPlan, scope: DefinitionScope, options: EngineOptions = {}): Promise<Preview> {
    const query = compilePreview(plan, await scopeOf(this.engine, plan, scope, options));
    const { rows, stats } = await this.engine.rows<PreviewRow>(query, options);
    const [row] = rows;
    if (!row) throw new Error('A preview has no row');
    return { ...row, stats };
  }

  /** Writes the members down as a list of that name, which must be new. */
  async write(
    plan: DefinitionPlan,
    scope: DefinitionScope,
    list: string,
    options: EngineOptions,
  ): Promise<WrittenList> {
    const sized = await scopeOf(this.engine, plan, scope, options);
    const written = await this.engine.execute(compileMemberList(plan, sized, list), options);
    const { rows } = await this.engine.rows<{ size: number; moves: number }>(compileListFacts(scope, list), options);
    return { size: rows[0]?.size ?? 0, movesWithTime: rows[0]?.moves === 1, stats: written };
  }

  /** Removes lists; one that is not there is no error. */
  async drop(propertyNumber: number, lists: readonly string[]): Promise<void> {
    if (lists.length === 0) return;
    const sql = 'DELETE FROM member_sets WHERE property = {property:UInt32} AND set_hash IN {lists:Array(String)}';
    await this.engine.execute({ sql, params: { property: propertyNumber, lists } });
  }

  /** Stops what writes a list, and removes it. */
  async abandon(propertyNumber: number, list: string, marker: string): Promise<void> {
    await this.engine.kill(marker);
    await this.drop(propertyNumber, [list]);
  }

  /** Users who are in one of two lists only. */
  async difference(lists: TwoLists, after: string | null, limit: number): Promise<ChangedMember[]> {
    const { rows } = await this.engine.rows<ChangedMember>(compileDifference(lists, after ?? '', limit));
    return rows;
  }

  async differenceCounts(lists: TwoLists): Promise<DifferenceCounts> {
    const { rows } = await this.engine.rows<DifferenceCounts>(compileDifferenceCounts(lists));
    return rows[0] ?? { entered: 0, left: 0 };
  }
}

/** One JSON array a line: an id may hold a line break. */
function* lines(users: readonly string[]): Generator<Buffer> {
  for (let start = 0; start < users.length; start += LINES_PER_CHUNK) {
    const chunk = users.slice(start, start + LINES_PER_CHUNK);
    yield Buffer.from(chunk.map((user) => `${JSON.stringify([user])}\n`).join(''));
  }
}
