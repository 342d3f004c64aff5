import type { DefinitionPlan } from '../../core/cohort/definition-plan.js';
import type { RunPlan } from '../../core/request/run-plan.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import { looksUpLists, type DefinitionScope } from '../../sql/cohort/compile-definition.js';
import {
  compileListWeight,
  compileUserCount,
  MAX_LOOKED_UP_BYTES,
  type MemberWeight,
} from '../../sql/cohort/compile-cohort.js';
import type { Engine, EngineOptions } from './engine.js';

/** How many members there are, and whether they are too many to be looked up in memory. */
export interface Members {
  readonly users: number;
  readonly isGathered: boolean;
}

/** `weight` is a query of `sql/cohort/compile-cohort`. Throws what `Engine` throws. */
export async function weighMembers(engine: Engine, weight: CompiledQuery, options: EngineOptions): Promise<Members> {
  const { rows } = await engine.rows<MemberWeight>(weight, options);
  const { users, bytes } = rows[0] ?? { users: 0, bytes: 0 };
  return { users, isGathered: bytes > MAX_LOOKED_UP_BYTES };
}

/** About how many users a run over all of them measures. Throws what `Engine` throws. */
export async function countUsers(engine: Engine, plan: RunPlan, options: EngineOptions): Promise<number> {
  const { rows } = await engine.rows<{ users: number }>(compileUserCount(plan), options);
  return rows[0]?.users ?? 0;
}

/**
 * The scope with how the lists of a definition are read, where it looks at anything else. Throws what `Engine` throws.
 */
export async function scopeOf(
  engine: Engine,
  plan: DefinitionPlan,
  scope: DefinitionScope,
  options: EngineOptions,
): Promise<DefinitionScope> {
  if (!looksUpLists(plan, scope)) return scope;
  const weight = compileListWeight(scope.propertyNumber, plan.lists);
  return { ...scope, isGathered: (await weighMembers(engine, weight, options)).isGathered };
}
