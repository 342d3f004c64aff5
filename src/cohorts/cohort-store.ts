import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { typeid } from 'typeid-js';
import type { SetHash } from '../core/ids.js';
import { EVERYBODY, isCohortId } from '../core/cohort/cohort-name.js';
import { definitionHash } from '../core/cohort/definition-hash.js';
import type { SavedDefinition } from '../core/cohort/definition.js';
import { Failure, invalid } from '../core/failure.js';
import { STORED_FORMS } from '../core/stored/stored-form.js';
import { refuseOtherVersion } from '../platform/http/entity-tags.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { isUniqueViolation } from '../stores/postgres/unique-violation.js';
import type { ListCohortsQuery } from './cohort-queries.dto.js';
import { CohortVersionEntity, type CohortKind } from './cohort-version.entity.js';
import { CohortEntity } from './cohort.entity.js';
import { forUpdate } from '../stores/postgres/for-update.js';

/** A cohort and its current version. */
export interface CurrentCohort {
  readonly cohort: CohortEntity;
  readonly current: CohortVersionEntity;
}

/** What people call a cohort. */
export interface CohortLabels {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** What a new version is made of: a list that is stored in the engine, or a definition. */
export type VersionContent =
  | { readonly kind: 'static'; readonly setHash: SetHash; readonly size: number }
  | { readonly kind: Exclude<CohortKind, 'static'>; readonly definition: SavedDefinition };

/** `all` can be named in a request; what is read, changed and evaluated by its path is saved. */
const NOT_SAVED =
  '`all` names everybody in requests, sets, expressions and links; it is no saved cohort. Save {"set": "all"} under a name to evaluate it.';

/** @throws Failure not_found */
export function requireFound<T>(found: T | null | undefined, detail = 'There is no such cohort in this property.'): T {
  if (found === null || found === undefined) throw new Failure('not_found', detail);
  return found;
}

/** Saved cohorts and their versions in PostgreSQL. Methods with a `manager` belong to the caller's transaction. */
@Injectable()
export class CohortStore {
  constructor(private readonly database: DataSource) {}

  /** The property's cohort of that id or name; null where it has none. */
  async find(property: PropertyEntity, idOrName: string): Promise<CurrentCohort | null> {
    const key = isCohortId(idOrName) ? { id: idOrName } : { name: idOrName };
    const found = await withCurrent(this.database.manager)
      .where({ propertyId: property.id, ...key })
      .getOne();
    return found && currentOf(found);
  }

  /** @throws Failure not_found */
  async get(property: PropertyEntity, idOrName: string): Promise<CurrentCohort> {
    return requireFound(await this.find(property, idOrName), idOrName === EVERYBODY ? NOT_SAVED : undefined);
  }

  /** Those of the ids that the property has. */
  async findAll(
    property: PropertyEntity,
    ids: readonly string[],
    manager: EntityManager = this.database.manager,
  ): Promise<CurrentCohort[]> {
    const found = await withCurrent(manager)
      .where({ propertyId: property.id, id: In([...ids]) })
      .getMany();
    return found.map(currentOf);
  }

  /** In the order of creation, after the cohort with the id `after` (empty: from the first). */
  async list(
    property: PropertyEntity,
    filter: Pick<ListCohortsQuery, 'archived' | 'tag' | 'kind' | 'text'>,
    after: string,
    limit: number,
  ): Promise<CurrentCohort[]> {
    const found = withCurrent(this.database.manager)
      .where({ propertyId: property.id })
      .andWhere('cohort.id > :after', { after })
      .orderBy('cohort.id')
      .limit(limit);
    if (filter.archived !== 'any') {
      found.andWhere(`cohort.archived_at IS ${filter.archived === 'true' ? 'NOT NULL' : 'NULL'}`);
    }
    if (filter.tag !== undefined) found.andWhere(':tag = ANY (cohort.tags)', { tag: filter.tag });
    if (filter.kind !== undefined) found.andWhere('current.kind = :kind', { kind: filter.kind });
    if (filter.text !== undefined) {
      found.andWhere(
        `strpos(lower(concat_ws(chr(10), cohort.name, cohort.description, array_to_string(cohort.tags, chr(10)))), lower(:text)) > 0`,
        { text: filter.text },
      );
    }
    return (await found.getMany()).map(currentOf);
  }

  /** The id behind each of the ids and names that the property has. */
  async idsOf(property: PropertyEntity, idsAndNames: readonly string[]): Promise<Map<string, string>> {
    const found = await this.database.manager.find(CohortEntity, {
      select: { id: true, name: true },
      where: [
        { propertyId: property.id, id: In(idsAndNames.filter(isCohortId)) },
        { propertyId: property.id, name: In(idsAndNames.filter((text) => !isCohortId(text))) },
      ],
    });
    return new Map(found.flatMap(({ id, name }) => [[id, id] as const, [name, id] as const]));
  }

  /** Names of the newest cohorts. */
  async names(property: PropertyEntity, limit: number): Promise<string[]> {
    const found = await this.database.manager.find(CohortEntity, {
      select: { id: true, name: true },
      where: { propertyId: property.id },
      order: { id: 'DESC' },
      take: limit,
    });
    return found.map(({ name }) => name);
  }

  /** @throws Failure not_found */
  async version(cohortId: string, version: number, manager = this.database.manager): Promise<CohortVersionEntity> {
    const found = await manager.findOneBy(CohortVersionEntity, { cohortId, version });
    return requireFound(found, `The cohort has no version ${version}.`);
  }

  /** Versions below a number, the newest first. */
  async versions(cohortId: string, below: number, limit: number): Promise<CohortVersionEntity[]> {
    return await this.database.manager
      .createQueryBuilder(CohortVersionEntity, 'version')
      .where({ cohortId })
      .andWhere('version.version < :below', { below })
      .orderBy('version.version', 'DESC')
      .limit(limit)
      .getMany();
  }

  /** A name may be taken a moment later: the unique index decides (`write`). @throws Failure conflict */
  async refuseTakenName(property: PropertyEntity, name: string): Promise<void> {
    if (await this.database.manager.existsBy(CohortEntity, { propertyId: property.id, name })) throw nameTaken(name);
  }

  /** Does `work` in a transaction, which may take the name for a cohort. @throws Failure conflict */
  async write<T extends CurrentCohort>(name: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(work);
    } catch (error) {
      throw isUniqueViolation(error) ? nameTaken(name) : error;
    }
  }

  /**
   * A cohort whose row is locked until the transaction ends, so that versions are numbered without a gap.
   * @throws Failure not_found; precondition_failed where `ifMatch` names another state of it
   */
  async lock(manager: EntityManager, id: string, ifMatch: string | undefined): Promise<CurrentCohort> {
    const cohort = requireFound(await manager.findOne(CohortEntity, { where: { id }, ...forUpdate() }));
    refuseOtherVersion(ifMatch, cohort.revision);
    return { cohort, current: await this.version(id, cohort.version, manager) };
  }

  /** Saves a new cohort with its first version. */
  async insert(
    manager: EntityManager,
    property: PropertyEntity,
    labels: CohortLabels,
    content: VersionContent,
  ): Promise<CurrentCohort> {
    const cohort = manager.create(CohortEntity, {
      ...labels,
      id: typeid('coh').toString(),
      propertyId: property.id,
      tags: [...labels.tags],
      version: 1,
      archivedAt: null,
    });
    await manager.insert(CohortEntity, cohort);
    return { cohort, current: await insertVersion(manager, cohort, content) };
  }

  /** Replaces labels and content of a locked cohort; other content makes a new version. */
  async replace(
    manager: EntityManager,
    { cohort, current }: CurrentCohort,
    { name, description, tags }: CohortLabels,
    content: VersionContent,
  ): Promise<CurrentCohort> {
    const isNewVersion = !isContentOf(current, content);
    const version = cohort.version + Number(isNewVersion);
    const replaced = await manager.save(Object.assign(cohort, { name, description, tags: [...tags], version }));
    return { cohort: replaced, current: isNewVersion ? await insertVersion(manager, replaced, content) : current };
  }

  /** Changes the labels of a locked cohort, which keeps its version. */
  async relabel(
    manager: EntityManager,
    { cohort, current }: CurrentCohort,
    { name, description, tags }: CohortLabels,
  ): Promise<CurrentCohort> {
    return { cohort: await manager.save(Object.assign(cohort, { name, description, tags: [...tags] })), current };
  }

  /** Removes a cohort and its versions. */
  async remove(manager: EntityManager, id: string): Promise<void> {
    await manager.delete(CohortVersionEntity, { cohortId: id });
    await manager.delete(CohortEntity, { id });
  }
}

/** A query for cohorts (`cohort`), each with its current version (`current`) in the same round trip. */
function withCurrent(manager: EntityManager): SelectQueryBuilder<CohortEntity> {
  return manager
    .createQueryBuilder(CohortEntity, 'cohort')
    .innerJoinAndMapOne(
      'cohort.current',
      CohortVersionEntity,
      'current',
      'current.cohort_id = cohort.id AND current.version = cohort.version',
    );
}

function currentOf(cohort: CohortEntity): CurrentCohort {
  return { cohort, current: requireFound(cohort.current) };
}

function isContentOf(current: CohortVersionEntity, content: VersionContent): boolean {
  if (current.kind !== content.kind) return false;
  if (content.kind === 'static') return current.setHash === content.setHash;
  // A definition of another form cannot be compared: it is replaced.
  if (current.form !== STORED_FORMS.definition || current.definition === null) return false;
  return definitionHash(current.definition) === definitionHash(content.definition);
}

async function insertVersion(
  manager: EntityManager,
  { id, version }: CohortEntity,
  content: VersionContent,
): Promise<CohortVersionEntity> {
  const row = manager.create(CohortVersionEntity, {
    setHash: null,
    size: null,
    definition: null,
    ...content,
    cohortId: id,
    version,
    form: STORED_FORMS.definition,
  });
  await manager.insert(CohortVersionEntity, row);
  return row;
}

function nameTaken(name: string): Failure {
  const detail = `The property has a cohort "${name}" already. Take another name, or PUT to that one.`;
  return invalid('conflict', '/name', detail);
}
