import { Injectable } from '@nestjs/common';
import { DataSource, MoreThan } from 'typeorm';
import { invalid, type Failure } from '../core/failure.js';
import { parseTimeZone } from '../core/time/zone.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import type { PageQuery } from '../platform/http/page-query.dto.js';
import { isUniqueViolation } from '../stores/postgres/unique-violation.js';
import { createProperty } from './create-property.js';
import type { CreatePropertyDto } from './create-property.dto.js';
import { IngestLedger } from './ledger/ingest-ledger.service.js';
import { PropertyEntity } from './property.entity.js';
import { toPropertyDto, type PropertyDto } from './property.dto.js';

@Injectable()
export class PropertiesService {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: IngestLedger,
  ) {}

  async get(property: PropertyEntity): Promise<PropertyDto> {
    return toPropertyDto(property, await this.ledger.dataVersion(property.id));
  }

  /** In the order of creation. */
  async list(accountId: string, { limit, cursor }: PageQuery): Promise<Page<PropertyDto>> {
    const after = decodeCursor(cursor, 1)?.[0] ?? '';
    const found = await this.database.manager.find(PropertyEntity, {
      where: { accountId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const page = pageOf(found, limit, ({ id }) => [id]);
    const versions = await Promise.all(page.data.map(({ id }) => this.ledger.dataVersion(id)));
    return page.map((property, index) => toPropertyDto(property, versions[index] ?? 0));
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
      const property = await this.database.transaction((manager) => createProperty(manager, accountId, fields));
      return toPropertyDto(property, 0);
    } catch (error) {
      throw isUniqueViolation(error) ? slugTaken(dto.slug) : error;
    }
  }
}

function slugTaken(slug: string): Failure {
  return invalid('conflict', '/slug', `The account has a property "${slug}" already. Take another slug.`);
}
