import type { Filter } from '../event/filter.js';
import { Failure, invalid } from '../failure.js';
import { canonicalText } from '../canonical-text.js';
import type { CanonicalCohort, Rule, RuleBirth, SavedDefinition } from './definition.js';
import { isRule, isSet } from './definition.js';
import { beyondDefinitionLimit, DEFINITION_LIMITS } from './definition-limits.js';
import { leavesOf, operandsOf, withLeaves } from './normal-set.js';

/** A saved cohort as its current version stands. */
export interface SavedCohort {
  readonly name: string;
  readonly definition: SavedDefinition;
}

/** Saved cohorts by id: all that are named, directly or by one another. One that is gone is not in it. */
export type SavedCohorts = ReadonlyMap<string, SavedCohort>;

/**
 * The definition with every saved cohort replaced by its own, in canonical form. `saving`: the id of the cohort whose
 * definition this is going to be. 422: `unknown_cohort` for one that is gone, `cohort_cycle` with the path,
 * `limit_exceeded`.
 */
export function expandDefinition(
  definition: SavedDefinition,
  saved: SavedCohorts,
  pointer: string,
  saving?: string,
): CanonicalCohort {
  const expander = new Expander(saved, pointer);
  const expanded = expander.expand(definition, saving === undefined ? [] : [saving]);
  refuseTooLarge(expanded, pointer);
  return expanded;
}

/** Ids of the saved cohorts that a definition names itself, each once. */
export function cohortsIn(definition: SavedDefinition): readonly string[] {
  const ids = leavesOf(definition).flatMap((leaf) => ('cohort' in leaf ? [leaf.cohort] : []));
  return [...new Set(ids)];
}

class Expander {
  /** Each saved cohort is expanded once, however often it is named. */
  readonly #expanded = new Map<string, CanonicalCohort>();
  #nodes = 0;

  constructor(
    private readonly saved: SavedCohorts,
    private readonly pointer: string,
  ) {}

  /** `path`: ids of the cohorts inside which this stands. */
  expand(definition: SavedDefinition, path: readonly string[]): CanonicalCohort {
    return withLeaves(definition, (leaf): CanonicalCohort => {
      if (!('cohort' in leaf)) return leaf;
      const cohort = this.#expanded.get(leaf.cohort) ?? this.#expandSaved(leaf.cohort, path);
      this.#expanded.set(leaf.cohort, cohort);
      this.#nodes += nodesOf(cohort);
      if (this.#nodes > DEFINITION_LIMITS.nodes) throw beyondDefinitionLimit('nodes', this.pointer);
      return cohort;
    });
  }

  #expandSaved(id: string, path: readonly string[]): CanonicalCohort {
    if (path.includes(id)) throw this.#cycle([...path.slice(path.indexOf(id)), id]);
    if (path.length === DEFINITION_LIMITS.depth) throw beyondDefinitionLimit('depth', this.pointer);
    const cohort = this.saved.get(id);
    if (cohort) return this.expand(cohort.definition, [...path, id]);
    const [from] = path.slice(-1).map((inside) => ` that "${this.saved.get(inside)?.name}" names`);
    throw invalid('unknown_cohort', this.pointer, `The cohort ${id}${from ?? ''} has been deleted.`);
  }

  #cycle(path: readonly string[]): Failure {
    const names = path.map((id) => this.saved.get(id)?.name ?? id);
    const detail = `A cohort cannot be made of itself: ${names.map((name) => `"${name}"`).join(' is made of ')}.`;
    return new Failure('cohort_cycle', detail, [{ pointer: this.pointer, detail }], { path: names });
  }
}

function refuseTooLarge(cohort: CanonicalCohort, pointer: string): void {
  if (depthOf(cohort) > DEFINITION_LIMITS.depth) throw beyondDefinitionLimit('depth', pointer);
  if (nodesOf(cohort) > DEFINITION_LIMITS.nodes) throw beyondDefinitionLimit('nodes', pointer);
  if (filtersOf(cohort) > DEFINITION_LIMITS.filters) throw beyondDefinitionLimit('filters', pointer);
  if (Buffer.byteLength(canonicalText(cohort)) > DEFINITION_LIMITS.bytes) throw beyondDefinitionLimit('bytes', pointer);
}

function partsOf(cohort: CanonicalCohort): readonly CanonicalCohort[] {
  if (isRule(cohort)) return [cohort.universe];
  return isSet(cohort) ? operandsOf(cohort.set) : [];
}

function nodesOf(cohort: CanonicalCohort): number {
  const own = isRule(cohort) ? rulesIn(cohort.rule).length : 1;
  return partsOf(cohort).reduce((sum, part) => sum + nodesOf(part), own);
}

function depthOf(cohort: CanonicalCohort): number {
  const parts = partsOf(cohort).map(depthOf);
  return 1 + Math.max(isRule(cohort) ? ruleDepth(cohort.rule) - 1 : 0, ...parts, 0);
}

function filtersOf(cohort: CanonicalCohort): number {
  const own = isRule(cohort) ? rulesIn(cohort.rule).reduce((sum, rule) => sum + testsOf(rule), 0) : 0;
  return partsOf(cohort).reduce((sum, part) => sum + filtersOf(part), own);
}

/** A rule with all rules in it. */
export function rulesIn(rule: Rule): readonly Rule[] {
  return [rule, ...operands(rule).flatMap(rulesIn)];
}

function operands(rule: Rule): readonly Rule[] {
  if ('and' in rule) return rule.and;
  if ('or' in rule) return rule.or;
  return 'not' in rule ? [rule.not] : [];
}

function ruleDepth(rule: Rule): number {
  return 1 + Math.max(0, ...operands(rule).map(ruleDepth));
}

function testsOf(rule: Rule): number {
  if ('trait' in rule) return 1;
  if ('born' in rule) return testsOfBirth(rule.born.birth);
  if (!('did' in rule)) return 0;
  const { where, within } = rule.did;
  const since = within && 'since_birth' in within ? testsOfBirth(within.since_birth.birth) : 0;
  return since + testsIn(where);
}

function testsOfBirth(birth: RuleBirth): number {
  return birth.kind === 'first_event' ? testsIn(birth.where) : 0;
}

function testsIn(filter: Filter | null): number {
  if (filter === null) return 0;
  if ('and' in filter) return filter.and.reduce((sum, part) => sum + testsIn(part), 0);
  if ('or' in filter) return filter.or.reduce((sum, part) => sum + testsIn(part), 0);
  return 'not' in filter ? testsIn(filter.not) : 1;
}
