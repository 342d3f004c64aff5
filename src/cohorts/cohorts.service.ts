import { Injectable } from '@nestjs/common';
import { DataSource, MoreThan, type EntityManager } from 'typeorm';
import { isCohortId, parseCohort, type CohortReference } from '../core/cohort/parse-cohort.js';
import type { ResolvedCohort } from '../core/cohort/resolved-cohort.js';
import { invalid, type Failure } from '../core/failure.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import type { PageQuery } from '../platform/http/page-query.dto.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { isUniqueViolation } from '../stores/postgres/unique-violation.js';
import { CohortVersionEntity } from './cohort-version.entity.js';
import { toCohortDto, type CohortDto } from './cohort.dto.js';
import { CohortEntity } from './cohort.entity.js';
import { existing } from './existing.js';
import { MemberSetsService } from './member-sets.service.js';
import { parseCohortBody, type CohortFields } from './parse-cohort-body.js';
import { insertCohort, replaceCohort } from './write-cohort.js';

export interface CurrentCohort {
  readonly cohort: CohortEntity;
  readonly current: CohortVersionEntity;
}

@Injectable()
export class CohortsService {
  constructor(
    private readonly database: DataSource,
    private readonly memberSets: MemberSetsService,
  ) {}

  /** @throws Failure invalid_field, unknown_field, conflict */
  async create(property: PropertyEntity, body: unknown): Promise<CohortDto> {
    const fields = parseCohortBody(body);
    await this.refuseTakenName(property, fields.name);
    const set = await this.memberSets.save(property, fields.users);
    return this.write(fields, (manager) => insertCohort(manager, property, fields, set));
  }

  /**
   * Replaces name, tags and members. Other members make a new version; the same members keep the version, so that repeating a PUT changes nothing.
   *
   * @throws Failure not_found, invalid_field, unknown_field, conflict
   */
  async replace(property: PropertyEntity, idOrName: string, body: unknown): Promise<CohortDto> {
    const fields = parseCohortBody(body);
    const { cohort } = await this.get(property, idOrName);
    const set = await this.memberSets.save(property, fields.users);
    return this.write(fields, (manager) => replaceCohort(manager, cohort.id, fields, set));
  }

  /** @throws Failure not_found */
  async show(property: PropertyEntity, idOrName: string): Promise<CohortDto> {
    const { cohort, current } = await this.get(property, idOrName);
    return toCohortDto(cohort, current);
  }

  /** In the order of creation. */
  async list(property: PropertyEntity, { limit, cursor }: PageQuery): Promise<Page<CohortDto>> {
    const { manager } = this.database;
    const after = decodeCursor(cursor, 1)?.[0] ?? '';
    const found = await manager.find(CohortEntity, {
      where: { propertyId: property.id, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const page = pageOf(found, limit, ({ id }) => [id]);
    const versions = await currentVersions(manager, page.data);
    return page.map((cohort) => toCohortDto(cohort, existing(versions.get(cohort.id))));
  }

  /**
   * The cohort of a request: an id or a name of the property, or inline (SEMANTICS, *Shapes*). Members of an inline list are saved, so that a run
   * reads them like those of a saved cohort.
   *
   * @throws Failure invalid_field, unknown_field, limit_exceeded, unknown_cohort
   */
  async resolve(property: PropertyEntity, cohort: unknown, pointer = '/cohort'): Promise<ResolvedCohort> {
    const reference = parseCohort(cohort, pointer);
    if (reference.kind === 'all') {
      return { kind: 'all', id: null, name: null, version: null };
    }
    if (reference.kind === 'users') {
      const set = await this.memberSets.save(property, reference.users);
      return { kind: 'members', ...set, id: null, name: null, version: null };
    }
    return this.resolveSaved(property, reference, pointer);
  }

  /** Results that were computed for it stay; its members stay with them. @throws Failure not_found */
  async remove(property: PropertyEntity, idOrName: string): Promise<void> {
    const { cohort } = await this.get(property, idOrName);
    await this.database.transaction(async (manager) => {
      await manager.delete(CohortVersionEntity, { cohortId: cohort.id });
      await manager.delete(CohortEntity, { id: cohort.id });
    });
  }

  /** @throws Failure not_found */
  async get(property: PropertyEntity, idOrName: string): Promise<CurrentCohort> {
    return existing(await this.find(property, idOrName));
  }

  /** The property's cohort of that id or name, with its current version; null where it has none. */
  async find(property: PropertyEntity, idOrName: string): Promise<CurrentCohort | null> {
    const { manager } = this.database;
    const key = isCohortId(idOrName) ? { id: idOrName } : { name: idOrName };
    const cohort = await manager.findOneBy(CohortEntity, { propertyId: property.id, ...key });
    const current =
      cohort && (await manager.findOneBy(CohortVersionEntity, { cohortId: cohort.id, version: cohort.version }));
    return cohort && current && { cohort, current };
  }

  private async resolveSaved(
    property: PropertyEntity,
    reference: Extract<CohortReference, { kind: 'id' | 'name' }>,
    pointer: string,
  ): Promise<ResolvedCohort> {
    const named = reference.kind === 'id' ? reference.id : reference.name;
    const found = await this.find(property, named);
    if (found === null) {
      throw invalid(
        'unknown_cohort',
        pointer,
        `The property has no cohort ${JSON.stringify(named)}. GET .../cohorts lists those it has.`,
      );
    }
    const { cohort, current } = found;
    const { setHash, size, version } = current;
    return { kind: 'members', setHash, size, id: cohort.id, name: cohort.name, version };
  }

  /** Before the members are written; the unique index has the last word. */
  private async refuseTakenName(property: PropertyEntity, name: string): Promise<void> {
    if (await this.database.manager.existsBy(CohortEntity, { propertyId: property.id, name })) {
      throw nameTaken(name);
    }
  }

  private async write(
    { name }: CohortFields,
    work: (manager: EntityManager) => Promise<CohortDto>,
  ): Promise<CohortDto> {
    try {
      return await this.database.transaction(work);
    } catch (error) {
      throw isUniqueViolation(error) ? nameTaken(name) : error;
    }
  }
}

async function currentVersions(
  manager: EntityManager,
  cohorts: readonly CohortEntity[],
): Promise<Map<string, CohortVersionEntity>> {
  // TypeORM: an empty list of conditions would be no condition.
  const where = cohorts.map(({ id, version }) => ({ cohortId: id, version }));
  const versions = where.length === 0 ? [] : await manager.find(CohortVersionEntity, { where });
  return new Map(versions.map((version) => [version.cohortId, version]));
}

function nameTaken(name: string): Failure {
  return invalid(
    'conflict',
    '/name',
    `The property has a cohort "${name}" already. Take another name, or PUT to that one.`,
  );
}
