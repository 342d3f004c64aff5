import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { SharedReads } from '../stores/postgres/shared-reads.js';
import { hashApiKey, isApiKey } from './key-format.js';
import type { Principal } from './principal.js';

/** A caller, and the property that was named; null where the account has none of that id or slug. */
export interface Authenticated {
  readonly principal: Principal;
  readonly property: PropertyEntity | null;
  /** Changes with everything in the property that an answer depends on: data, cohorts, named metrics, results. */
  readonly stamp: string;
}

interface PropertyRow {
  readonly id: string;
  readonly number: number;
  readonly account_id: string;
  readonly slug: string;
  readonly name: string;
  readonly time_zone: string;
  readonly week_start: string;
  readonly version: number;
  readonly created_at: string;
}

interface FoundKey {
  readonly id: string;
  readonly account_id: string;
  readonly role: 'admin';
  readonly property: PropertyRow | null;
  readonly stamp: string;
}

const FIND = `
  SELECT key.id, key.account_id, key.role, row_to_json(property) AS property, concat(
    (SELECT revision FROM property_revisions WHERE property_id = property.id), '/',
    (SELECT last_seq FROM ingest_counters WHERE property_id = property.id), '/',
    (SELECT count(*) FROM open_batches WHERE property_id = property.id)) AS stamp
  FROM api_keys AS key LEFT JOIN properties AS property
    ON property.account_id = key.account_id AND (property.slug = $2 OR property.id = $2)
  WHERE key.key_hash = $1`;

const BEARER = /^Bearer +(\S+) *$/i;

@Injectable()
export class ApiKeysService {
  private readonly reads = new SharedReads<Authenticated | null>();

  constructor(private readonly database: DataSource) {}

  /**
   * The caller behind an `Authorization` header, and the property of the account that the path names (id or slug): one
   * indexed read, none for a text that cannot be a key. Nothing is kept, so that a key that is deleted is refused at
   * once; who asks at the same time shares the read.
   *
   * @throws Failure unauthenticated
   */
  async authenticate(authorization: string | undefined, propertyNamed?: string): Promise<Authenticated> {
    const key = BEARER.exec(authorization ?? '')?.[1];
    if (key === undefined) {
      throw new Failure('unauthenticated', 'Send the header "Authorization: Bearer <API key>".');
    }
    const found = await this.reads.share(`${key} ${propertyNamed ?? ''}`, () => this.find(key, propertyNamed ?? null));
    if (found === null) {
      throw new Failure(
        'unauthenticated',
        'The API key is not known. The first one is in the file admin-key of the data folder; where it is lost, "npm run admin-key" makes a new one.',
      );
    }
    return found;
  }

  /**
   * By hand: this stands before every answer, and TypeORM takes longer to write a statement than PostgreSQL to answer
   * it.
   */
  private async find(key: string, propertyNamed: string | null): Promise<Authenticated | null> {
    if (!isApiKey(key)) return null;
    const [found]: FoundKey[] = await this.database.query(FIND, [hashApiKey(key), propertyNamed]);
    if (found === undefined) return null;
    const principal = { accountId: found.account_id, apiKeyId: found.id, role: found.role };
    return { principal, property: found.property && toProperty(found.property), stamp: found.stamp };
  }
}

function toProperty(row: PropertyRow): PropertyEntity {
  return Object.assign(new PropertyEntity(), {
    id: row.id,
    number: row.number,
    accountId: row.account_id,
    slug: row.slug,
    name: row.name,
    timeZone: row.time_zone,
    weekStart: row.week_start,
    version: row.version,
    createdAt: new Date(row.created_at),
  } satisfies PropertyEntity);
}
