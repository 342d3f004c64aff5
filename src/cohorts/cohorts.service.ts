import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { definitionHash } from '../core/cohort/definition-hash.js';
import { isDefined, type CanonicalCohort } from '../core/cohort/definition.js';
import { parseCohort } from '../core/cohort/parse-cohort.js';
import type { ResolvedCohort } from '../core/cohort/resolved-cohort.js';
import { invalid } from '../core/failure.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { takeLock } from '../stores/postgres/advisory-locks.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import { CohortStore, type CurrentCohort, type VersionContent } from './cohort-store.js';
import { MemberSetsService } from './member-sets.service.js';
import { parseCohortBody, parseCohortLabels, parseMemberChanges, type CohortContent } from './parse-cohort-body.js';

/** Makes and changes cohorts, and resolves the cohort of a request. */
@Injectable()
export class CohortsService {
  constructor(
    private readonly database: DataSource,
    private readonly definitions: CohortDefinitions,
    private readonly memberSets: MemberSetsService,
    private readonly store: CohortStore,
  ) {}

  /**
   * Makes a cohort of a body. @throws Failure invalid_field, unknown_field, unknown_cohort, limit_exceeded, conflict
   */
  async create(property: PropertyEntity, body: unknown): Promise<CurrentCohort> {
    const { content, name, description = '', tags = [] } = parseCohortBody(body, property.timeZone);
    const labels = { name, description, tags };
    await this.store.refuseTakenName(property, name);
    const saved = await this.save(property, content);
    if (saved.kind !== 'static') await this.definitions.expand(property, saved.definition, `/${saved.kind}`);
    return this.store.write(name, (manager) => this.store.insert(manager, property, labels, saved));
  }

  /**
   * Replaces the name and content of a cohort, and description and tags where they are given. Other content makes a new
   * version; the same content keeps the version, so that a repeated PUT changes nothing.
   *
   * @throws Failure not_found, precondition_failed, cohort_cycle and what `create` throws
   */
  async replace(property: PropertyEntity, idOrName: string, body: unknown, ifMatch?: string): Promise<CurrentCohort> {
    const { content, name, ...given } = parseCohortBody(body, property.timeZone);
    const { cohort } = await this.store.get(property, idOrName);
    const saved = await this.save(property, content);
    return this.store.write(name, async (manager) => {
      await this.refuseCycle(manager, property, { id: cohort.id, name }, saved);
      const locked = await this.store.lock(manager, cohort.id, ifMatch);
      const { description = locked.cohort.description, tags = locked.cohort.tags } = given;
      return this.store.replace(manager, locked, { name, description, tags }, saved);
    });
  }

  /**
   * Changes name, description and tags where they are given; what the cohort is made of stays.
   * @throws Failure not_found, precondition_failed, conflict, invalid_field, unknown_field
   */
  async relabel(property: PropertyEntity, idOrName: string, body: unknown, ifMatch?: string): Promise<CurrentCohort> {
    const given = parseCohortLabels(body);
    const { cohort } = await this.store.get(property, idOrName);
    return this.store.write(given.name ?? cohort.name, async (manager) => {
      const locked = await this.store.lock(manager, cohort.id, ifMatch);
      const { name = locked.cohort.name, description = locked.cohort.description, tags = locked.cohort.tags } = given;
      return this.store.relabel(manager, locked, { name, description, tags });
    });
  }

  /**
   * Adds and removes members of a static cohort, which makes a new version unless nothing changes. Of concurrent
   * changes none is lost.
   * @throws Failure not_found, precondition_failed, invalid_field, unknown_field
   */
  async changeMembers(
    property: PropertyEntity,
    idOrName: string,
    body: unknown,
    ifMatch?: string,
  ): Promise<CurrentCohort> {
    const changes = parseMemberChanges(body);
    for (;;) {
      const { cohort, current } = await this.store.get(property, idOrName);
      if (current.setHash === null) {
        const detail = `The cohort is a ${current.kind}: who is in it follows from its definition. PUT another one.`;
        throw invalid('invalid_field', '', detail);
      }
      const set = await this.memberSets.saveChanged(property, current.setHash, changes);
      const changed = await this.database.transaction(async (manager) => {
        const locked = await this.store.lock(manager, cohort.id, ifMatch);
        // Another change came first: apply this one to the new list.
        if (locked.current.setHash !== current.setHash) return null;
        return await this.store.replace(manager, locked, locked.cohort, { kind: 'static', ...set });
      });
      if (changed !== null) return changed;
    }
  }

  /**
   * The cohort of a request: an id, a name or an expression of the property, or inline (docs/semantics.md#cohorts);
   * dates are days of `timeZone`. Members of an inline list are saved, so that a run reads them like those of a saved
   * cohort.
   *
   * @throws Failure invalid_field, unknown_field, limit_exceeded, unknown_cohort, cohort_cycle
   */
  async resolve(
    property: PropertyEntity,
    cohort: unknown,
    pointer = '/cohort',
    timeZone = property.timeZone,
  ): Promise<ResolvedCohort> {
    const requested = parseCohort(cohort, pointer, timeZone);
    const saved = 'named' in requested ? await this.store.find(property, requested.named) : null;
    if (saved !== null) return await this.resolveSaved(property, saved, pointer);
    const bound = await this.definitions.bind(property, requested);
    const { canonical, uses } = await this.definitions.expand(property, bound, pointer);
    return await this.resolved(property, canonical, NO_ORIGIN, uses);
  }

  /** One saved cohort; a list of members is told by its row. */
  private async resolveSaved(
    property: PropertyEntity,
    { cohort: { id, name }, current }: CurrentCohort,
    pointer: string,
  ): Promise<ResolvedCohort> {
    const origin = { id, name, version: current.version };
    const { setHash, size } = current;
    if (setHash !== null && size !== null) return { kind: 'members', setHash, size, ...origin, uses: [id] };
    const { canonical, uses } = await this.definitions.expand(property, { cohort: id }, pointer);
    return await this.resolved(property, canonical, origin, uses);
  }

  private async resolved(
    property: PropertyEntity,
    canonical: CanonicalCohort,
    origin: Origin,
    uses: readonly string[],
  ): Promise<ResolvedCohort> {
    if (isDefined(canonical)) {
      return { kind: 'definition', definition: canonical, hash: definitionHash(canonical), ...origin, uses };
    }
    if ('all' in canonical) return { kind: 'all', ...NO_ORIGIN };
    const { members: setHash } = canonical;
    return { kind: 'members', setHash, size: await this.memberSets.size(property, setHash), ...origin, uses };
  }

  private async save(property: PropertyEntity, content: CohortContent): Promise<VersionContent> {
    if ('evaluation' in content) {
      return {
        kind: 'static',
        ...(await this.memberSets.saveEvaluated(property, content.evaluation, content.pointer)),
      };
    }
    const { kind, requested } = content;
    if (kind === 'static' && 'users' in requested) {
      return { kind, ...(await this.memberSets.save(property, requested.users)) };
    }
    if (kind === 'static') throw new Error('A static cohort without users');
    return { kind, definition: await this.definitions.bind(property, requested) };
  }

  /**
   * Changes of definitions in a property wait for each other: of two concurrent ones, each could add one half of a
   * cycle without seeing the other.
   */
  private async refuseCycle(
    manager: EntityManager,
    property: PropertyEntity,
    { id, name }: { readonly id: string; readonly name: string },
    saved: VersionContent,
  ): Promise<void> {
    if (saved.kind === 'static') return;
    await takeLock(manager, 'definitions', property.id);
    const { definition, kind } = saved;
    await this.definitions.expand(property, definition, `/${kind}`, { saving: { id, name, definition }, manager });
  }
}

interface Origin {
  readonly id: string | null;
  readonly name: string | null;
  readonly version: number | null;
}

const NO_ORIGIN = { id: null, name: null, version: null } as const;
