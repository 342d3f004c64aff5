import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { isCohortId } from '../core/cohort/cohort-name.js';
import type { NamedCohort, NamedLeaf, CanonicalCohort, SavedDefinition, SavedLeaf } from '../core/cohort/definition.js';
import { DEFINITION_LIMITS, beyondDefinitionLimit } from '../core/cohort/definition-limits.js';
import { cohortsIn, expandDefinition, type SavedCohort } from '../core/cohort/expand-definition.js';
import { leavesOf, withLeaves } from '../core/cohort/normal-set.js';
import { invalid } from '../core/failure.js';
import { nearest } from '../core/nearest.js';
import { Problems } from '../core/problems.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { definitionOf } from './cohort-version.entity.js';
import { CohortEntity } from './cohort.entity.js';
import { MemberSetsService } from './member-sets.service.js';
import { cohortsWithCurrent, type CohortWithCurrent } from './with-current.js';

/** A definition with nothing left to look up, and every saved cohort that it is made of. */
export interface ExpandedDefinition {
  readonly canonical: CanonicalCohort;
  readonly uses: readonly string[];
}

/** A cohort that is about to be saved: what it will be counts, not what it was. */
export interface CohortBeingSaved extends SavedCohort {
  readonly id: string;
}

export interface ExpandOptions {
  readonly saving?: CohortBeingSaved;
  /** Of the transaction in which it is read. */
  readonly manager?: EntityManager;
}

/** From what a body writes to what a run measures: names become ids, ids become the definitions that they have now. */
@Injectable()
export class CohortDefinitions {
  constructor(
    private readonly database: DataSource,
    private readonly memberSets: MemberSetsService,
  ) {}

  /** Lists are saved, and cohorts named by their ids. @throws Failure unknown_cohort */
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

  /** @throws Failure unknown_cohort, cohort_cycle, limit_exceeded */
  async expand(
    property: PropertyEntity,
    definition: SavedDefinition,
    pointer: string,
    { saving, manager = this.database.manager }: ExpandOptions = {},
  ): Promise<ExpandedDefinition> {
    const saved = new Map<string, SavedCohort>();
    let wanted = cohortsIn(definition);
    while (wanted.length > 0) {
      if (saved.size + wanted.length > DEFINITION_LIMITS.nodes) throw beyondDefinitionLimit('nodes', pointer);
      const found = await this.load(manager, property, wanted, saving);
      for (const [id, cohort] of found) saved.set(id, cohort);
      const next = [...found.values()].flatMap((cohort) => cohortsIn(cohort.definition));
      wanted = [...new Set(next)].filter((id) => !saved.has(id));
    }
    const canonical = expandDefinition(definition, saved, pointer, saving?.id);
    return { canonical, uses: [...saved.keys()].sort() };
  }

  private async load(
    manager: EntityManager,
    property: PropertyEntity,
    ids: readonly string[],
    saving: CohortBeingSaved | undefined,
  ): Promise<Map<string, SavedCohort>> {
    const rows = await cohortsWithCurrent(manager)
      .where({ propertyId: property.id, id: In([...ids]) })
      .getMany();
    const loaded = (rows as CohortWithCurrent[]).map(({ id, name, current }): [string, SavedCohort] => [
      id,
      { name, definition: definitionOf(current) },
    ]);
    const found = new Map(loaded);
    if (saving && found.has(saving.id)) found.set(saving.id, saving);
    return found;
  }

  private async bindLeaf(
    property: PropertyEntity,
    leaf: NamedLeaf,
    ids: ReadonlyMap<string, string>,
  ): Promise<SavedLeaf> {
    if ('users' in leaf) return { members: (await this.memberSets.save(property, leaf.users)).setHash };
    if ('all' in leaf) return leaf;
    const id = ids.get(leaf.named);
    if (id === undefined) throw new Error('A name that was not looked up');
    return { cohort: id };
  }

  /** The newest. */
  private async namesOf(property: PropertyEntity): Promise<string[]> {
    const found = await this.database.manager.find(CohortEntity, {
      select: { id: true, name: true },
      where: { propertyId: property.id },
      order: { id: 'DESC' },
      take: MAX_COMPARED,
    });
    return found.map(({ name }) => name);
  }

  /** By what they are called in the body; all that are not there are told together. */
  private async idsOf(property: PropertyEntity, leaves: readonly NamedLeaf[]): Promise<Map<string, string>> {
    const named = leaves.flatMap((leaf) => ('named' in leaf ? [leaf] : []));
    if (named.length === 0) return new Map();
    const texts = [...new Set(named.map((leaf) => leaf.named))];
    const found = await this.database.manager.find(CohortEntity, {
      select: { id: true, name: true },
      where: [
        { propertyId: property.id, id: In(texts.filter(isCohortId)) },
        { propertyId: property.id, name: In(texts.filter((text) => !isCohortId(text))) },
      ],
    });
    const ids = new Map(
      found.flatMap(({ id, name }): [string, string][] => [
        [id, id],
        [name, id],
      ]),
    );
    const problems = new Problems();
    const names = named.every(({ named: text }) => ids.has(text)) ? [] : await this.namesOf(property);
    problems.takeEach(named.toSorted(byPointer), ({ named: text, pointer }) => {
      if (!ids.has(text)) throw unknownCohort(text, pointer, nearest(text, names));
    });
    problems.throwIfAny();
    return ids;
  }
}

/** Names that a misspelt one is compared with: of more it takes too long. */
const MAX_COMPARED = 5_000;

/** A definition is in normal form, its reader thinks in the order of the body. */
function byPointer(a: { readonly pointer: string }, b: { readonly pointer: string }): number {
  return a.pointer < b.pointer ? -1 : 1;
}

function unknownCohort(text: string, pointer: string, near: string | undefined): Error {
  const meant = near === undefined ? '' : ` Did you mean ${JSON.stringify(near)}?`;
  const detail = `The property has no cohort ${JSON.stringify(text)}.${meant} GET .../cohorts lists those it has.`;
  return invalid('unknown_cohort', pointer, detail);
}
