import { Injectable } from '@nestjs/common';
import type { DefinitionPlan } from '../../core/cohort/definition-plan.js';
import {
  compileListFacts,
  compileMemberList,
  compilePreview,
  type PreviewRow,
} from '../../sql/cohort/compile-cohort.js';
import type { DefinitionScope } from '../../sql/cohort/compile-definition.js';
import {
  compileDifference,
  compileDifferenceCounts,
  type ChangedMember,
  type TwoLists,
} from '../../sql/cohort/member-lists.js';
import { scopeOf } from './member-weight.js';
import { Engine, type EngineOptions, type EngineStats } from './engine.js';

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

/** Works cohorts out in the engine. Throws what `Engine` throws. */
@Injectable()
export class CohortStore {
  constructor(private readonly engine: Engine) {}

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
