import type { DefinitionPlan } from '../../core/cohort/definition-plan.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import { looksUpLists, type DefinitionScope } from '../../sql/cohort/compile-definition.js';
import { compileListWeight, MAX_LOOKED_UP_BYTES, type MemberWeight } from '../../sql/cohort/compile-cohort.js';
import type { Engine, EngineOptions } from './engine.js';

/**
 * Whether members are too many to be looked up in memory; `weight` is a query of `sql/cohort/member-weight`. Throws
 * what `Engine` throws.
 */
export async function areGathered(engine: Engine, weight: CompiledQuery, options: EngineOptions): Promise<boolean> {
  const { rows } = await engine.rows<MemberWeight>(weight, options);
  return (rows[0]?.bytes ?? 0) > MAX_LOOKED_UP_BYTES;
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
  return { ...scope, isGathered: await areGathered(engine, weight, options) };
}
