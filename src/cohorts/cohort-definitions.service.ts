import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { NamedCohort, NamedLeaf, CanonicalCohort, SavedDefinition, SavedLeaf } from '../core/cohort/definition.js';
import { DEFINITION_LIMITS, beyondDefinitionLimit } from '../core/cohort/definition-limits.js';
import { cohortsIn, expandDefinition, type SavedCohort } from '../core/cohort/expand-definition.js';
import { leavesOf, withLeaves } from '../core/cohort/normal-set.js';
import { invalid } from '../core/failure.js';
import type { SetHash } from '../core/ids.js';
import { nearest } from '../core/nearest.js';
import { Problems } from '../core/problems.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortStore } from './cohort-store.js';
import { definitionOf } from './cohort-version.entity.js';
import { MemberSetsService } from './member-sets.service.js';

/** A definition in which every saved cohort is replaced by its own definition, and the ids of those cohorts. */
export interface ExpandedDefinition {
  readonly canonical: CanonicalCohort;
  readonly uses: readonly string[];
}

/** A cohort that is about to be saved: its new definition is used in place of the stored one. */
export interface CohortBeingSaved extends SavedCohort {
  readonly id: string;
}

export interface ExpandOptions {
  readonly saving?: CohortBeingSaved;
  /** The transaction in which cohorts are read. */
  readonly manager?: EntityManager;
}

/**
 * Turns the definition in a body into the one that a run measures: `bind` replaces names by ids, `expand` replaces ids
 * by the current definitions.
 */
@Injectable()
export class CohortDefinitions {
  constructor(
    private readonly cohorts: CohortStore,
    private readonly memberSets: MemberSetsService,
  ) {}

  /** Saves the lists of a definition and replaces the names of cohorts by their ids. @throws Failure unknown_cohort */
  async bind(property: PropertyEntity, requested: NamedCohort): Promise<SavedDefinition> {
    const leaves = leavesOf(requested);
    const ids = await this.idsOf(property, leaves);
    const bound = new Map<NamedLeaf, SavedLeaf>();
    for (const leaf of leaves) bound.set(leaf, await this.bindLeaf(property, leaf, ids));
    return withLeaves(requested, (leaf): SavedDefinition => {
      const to = bound.get(leaf);
      if (!to) throw new Error('A leaf that was not looked up');
      return to;
    });
  }

  /**
   * Replaces saved cohorts by their current definitions, at any depth. @throws Failure unknown_cohort, cohort_cycle,
   * limit_exceeded
   */
  async expand(
    property: PropertyEntity,
    definition: SavedDefinition,
    pointer: string,
    options: ExpandOptions = {},
  ): Promise<ExpandedDefinition> {
    const saved = new Map<string, SavedCohort>();
    let wanted = cohortsIn(definition);
    while (wanted.length > 0) {
      if (saved.size + wanted.length > DEFINITION_LIMITS.nodes) throw beyondDefinitionLimit('nodes', pointer);
      const found = await this.load(property, wanted, options);
      for (const [id, cohort] of found) saved.set(id, cohort);
      const next = [...found.values()].flatMap((cohort) => cohortsIn(cohort.definition));
      wanted = [...new Set(next)].filter((id) => !saved.has(id));
    }
    const canonical = expandDefinition(definition, saved, pointer, options.saving?.id);
    return { canonical, uses: [...saved.keys()].sort() };
  }

  private async load(
    property: PropertyEntity,
    ids: readonly string[],
    { saving, manager }: ExpandOptions,
  ): Promise<Map<string, SavedCohort>> {
    const loaded = (await this.cohorts.findAll(property, ids, manager)).map(({ cohort: { id, name }, current }) => {
      return [id, { name, definition: definitionOf(current) }] as const;
    });
    const found = new Map<string, SavedCohort>(loaded);
    if (saving && found.has(saving.id)) found.set(saving.id, saving);
    return found;
  }

  private async bindLeaf(
    property: PropertyEntity,
    leaf: NamedLeaf,
    ids: ReadonlyMap<string, string>,
  ): Promise<SavedLeaf> {
    if ('users' in leaf) return { members: (await this.memberSets.save(property, leaf.users)).setHash };
    if ('stored' in leaf) return await this.bindStored(property, leaf);
    if ('all' in leaf) return leaf;
    const id = ids.get(leaf.named);
    if (id === undefined) throw new Error('A name that was not looked up');
    return { cohort: id };
  }

  /** @throws Failure unknown_cohort where the property has no such list, or not any more */
  private async bindStored(
    property: PropertyEntity,
    { stored, pointer }: { readonly stored: SetHash; readonly pointer: string },
  ): Promise<SavedLeaf> {
    if (await this.memberSets.isStored(property, stored)) return { members: stored };
    const detail = 'The property has no list of users with this SHA-256, or not any more. Send the users themselves.';
    throw invalid('unknown_cohort', pointer, detail);
  }

  /**
   * The id of each cohort that the body names. @throws Failure unknown_cohort, with one problem for each name that the
   * property does not have
   */
  private async idsOf(property: PropertyEntity, leaves: readonly NamedLeaf[]): Promise<Map<string, string>> {
    const named = leaves.flatMap((leaf) => ('named' in leaf ? [leaf] : []));
    if (named.length === 0) return new Map();
    const texts = [...new Set(named.map((leaf) => leaf.named))];
    const ids = await this.cohorts.idsOf(property, texts);
    const problems = new Problems();
    const names = named.every(({ named: text }) => ids.has(text))
      ? []
      : await this.cohorts.names(property, MAX_COMPARED);
    problems.takeEach(named.toSorted(byPointer), ({ named: text, pointer }) => {
      if (!ids.has(text)) throw unknownCohort(text, pointer, nearest(text, names));
    });
    problems.throwIfAny();
    return ids;
  }
}

/** Names that an unknown one is compared with for a suggestion; comparing more takes too long. */
const MAX_COMPARED = 5_000;

/** Problems are reported in the order of the body; the leaves are in the order of the normal form. */
function byPointer(a: { readonly pointer: string }, b: { readonly pointer: string }): number {
  return a.pointer < b.pointer ? -1 : 1;
}

function unknownCohort(text: string, pointer: string, near: string | undefined): Error {
  const meant = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`;
  const detail = `The property has no cohort ${JSON.stringify(text)}.${meant} GET .../cohorts lists those it has.`;
  return invalid('unknown_cohort', pointer, detail);
}
