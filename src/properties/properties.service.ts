import { Injectable } from '@nestjs/common';
import { And, DataSource, In, IsNull, MoreThan, Not, type EntityManager, type FindOperator } from 'typeorm';
import type { Principal } from '../access/principal.js';
import { propertiesWith, type Access } from '../core/access/access.js';
import { Failure, invalid } from '../core/failure.js';
import { parseTimeZone } from '../core/time/zone.js';
import { refuseOtherVersion } from '../platform/http/entity-tags.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import { isUniqueViolation } from '../stores/postgres/unique-violation.js';
import { createProperty } from './create-property.js';
import type { ChangePropertyDto, CreatePropertyDto } from './create-property.dto.js';
import { IngestLedger } from './ledger/ingest-ledger.service.js';
import { holdAccount } from './hold-account.js';
import { PropertyEntity } from './property.entity.js';
import { toPropertyDto, type ListPropertiesQuery, type PropertyDto } from './property.dto.js';
import { forUpdate } from '../stores/postgres/for-update.js';

@Injectable()
export class PropertiesService {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: IngestLedger,
  ) {}

  async get(property: PropertyEntity): Promise<PropertyDto> {
    return toPropertyDto(property, await this.ledger.dataVersion(property.id));
  }

  /** Those whose `property:read` the caller has, in the order of creation. */
  async list(
    { accountId, access }: Principal,
    { limit, cursor, archived }: ListPropertiesQuery,
  ): Promise<Page<PropertyDto>> {
    const after = decodeCursor(cursor, 1)?.[0] ?? '';
    const found = await this.database.manager.find(PropertyEntity, {
      where: {
        accountId,
        id: And(MoreThan(after), ...idsOf(access)),
        ...(archived !== 'any' && { archivedAt: archived === 'true' ? Not(IsNull()) : IsNull() }),
      },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const page = pageOf(found, limit, ({ id }) => [id]);
    const versions = await Promise.all(page.data.map(({ id }) => this.ledger.dataVersion(id)));
    return page.map((property, index) => toPropertyDto(property, versions[index] ?? 0));
  }

  /**
   * Changes what is given. A new slug frees the old one; zone and week are defaults of requests, which have theirs
   * written down: stored answers stay as they are.
   * @throws Failure conflict where the account has the slug already, invalid_field for a time zone that is none,
   * precondition_failed, not_found
   */
  async change(property: PropertyEntity, dto: ChangePropertyDto, ifMatch: string | undefined): Promise<PropertyDto> {
    const zone = dto.time_zone === undefined ? {} : { timeZone: parseTimeZone(dto.time_zone, '/time_zone') };
    const changes = {
      ...zone,
      ...(dto.slug !== undefined && { slug: dto.slug }),
      ...(dto.name !== undefined && { name: dto.name }),
      ...(dto.week_start !== undefined && { weekStart: dto.week_start }),
    };
    try {
      const changed = await this.database.transaction(async (manager) => {
        const current = await locked(manager, property.id);
        refuseOtherVersion(ifMatch, current.version);
        const after = { ...current, ...changes };
        if (isSame(current, after)) return current;
        await manager.update(PropertyEntity, { id: current.id }, { ...changes, version: current.version + 1 });
        if (after.timeZone !== current.timeZone) await manager.query(READ_DATES_ANEW, [current.id]);
        return Object.assign(current, after, { version: current.version + 1 });
      });
      return await this.get(changed);
    } catch (error) {
      throw isUniqueViolation(error) ? slugTaken(dto.slug ?? '') : error;
    }
  }

  /**
   * Puts a property away, or takes it back. A body that is being stored comes to its end.
   * @throws Failure precondition_failed, not_found
   */
  async archive({ id }: PropertyEntity, isArchived: boolean, ifMatch: string | undefined): Promise<PropertyDto> {
    const changed = await this.database.transaction(async (manager) => {
      const current = await locked(manager, id);
      refuseOtherVersion(ifMatch, current.version);
      if ((current.archivedAt !== null) === isArchived) return current;
      const changes = { archivedAt: isArchived ? new Date() : null, version: current.version + 1 };
      await manager.update(PropertyEntity, { id }, changes);
      return Object.assign(current, changes);
    });
    return await this.get(changed);
  }

  /** @throws Failure conflict where the account has the slug already, invalid_field for a time zone that is none */
  async create(accountId: string, dto: CreatePropertyDto): Promise<PropertyDto> {
    const fields = {
      slug: dto.slug,
      name: dto.name ?? dto.slug,
      timeZone: parseTimeZone(dto.time_zone ?? 'UTC', '/time_zone'),
      weekStart: dto.week_start ?? 'monday',
    };
    try {
      const property = await this.database.transaction(async (manager) => {
        await holdAccount(manager, accountId);
        return await createProperty(manager, accountId, fields);
      });
      return toPropertyDto(property, 0);
    } catch (error) {
      throw isUniqueViolation(error) ? slugTaken(dto.slug) : error;
    }
  }
}

/** Held until the transaction ends. @throws Failure not_found where it was deleted meanwhile */
async function locked(manager: EntityManager, id: string): Promise<PropertyEntity> {
  const found = await manager.findOne(PropertyEntity, { where: { id }, ...forUpdate() });
  if (found === null) throw new Failure('not_found', 'The property is deleted.');
  return found;
}

/** Evaluations of cohorts do not say by which zone they read dates: found anew, they could be others. */
const READ_DATES_ANEW = 'UPDATE cohort_evaluations SET moves_with_time = true WHERE property_id = $1';

/** The condition on the id of a property that is read; empty: any is. */
function idsOf(access: Access): FindOperator<string>[] {
  const ids = propertiesWith(access, 'property:read');
  return ids === null ? [] : [In(ids)];
}

function slugTaken(slug: string): Failure {
  return invalid('conflict', '/slug', `The account has a property "${slug}" already. Take another slug.`);
}

function isSame(a: PropertyEntity, b: PropertyEntity): boolean {
  return a.slug === b.slug && a.name === b.name && a.timeZone === b.timeZone && a.weekStart === b.weekStart;
}
