import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { hashApiKey, isApiKey } from './key-format.js';
import type { Principal } from './principal.js';

/** A caller, and the property that was named; null where the account has none of that id or slug. */
export interface Authenticated {
  readonly principal: Principal;
  readonly property: PropertyEntity | null;
}

interface PropertyRow {
  readonly id: string;
  readonly number: number;
  readonly account_id: string;
  readonly slug: string;
  readonly name: string;
  readonly time_zone: string;
  readonly week_start: string;
  readonly created_at: string;
}

interface FoundKey {
  readonly id: string;
  readonly account_id: string;
  readonly role: 'admin';
  readonly property: PropertyRow | null;
}

const FIND = `
  SELECT key.id, key.account_id, key.role, row_to_json(property) AS property
  FROM api_keys AS key LEFT JOIN properties AS property
    ON property.account_id = key.account_id AND (property.slug = $2 OR property.id = $2)
  WHERE key.key_hash = $1`;

const BEARER = /^Bearer +(\S+) *$/i;

@Injectable()
export class ApiKeysService {
  constructor(private readonly database: DataSource) {}

  /**
   * The caller behind an `Authorization` header, and the property of the account that the path names (id or slug): one indexed read, none for a text that
   * cannot be a key. Nothing is cached, so that a key that is deleted is refused at once.
   *
   * @throws Failure unauthenticated
   */
  async authenticate(authorization: string | undefined, propertyNamed?: string): Promise<Authenticated> {
    const key = BEARER.exec(authorization ?? '')?.[1];
    if (key === undefined) {
      throw new Failure('unauthenticated', 'Send the header "Authorization: Bearer <API key>".');
    }
    const found = isApiKey(key) ? await this.find(hashApiKey(key), propertyNamed ?? null) : undefined;
    if (found === undefined) {
      throw new Failure(
        'unauthenticated',
        'The API key is not known. The first one is in the file admin-key of the data folder.',
      );
    }
    const principal = { accountId: found.account_id, apiKeyId: found.id, role: found.role };
    return { principal, property: found.property && toProperty(found.property) };
  }

  /** By hand: this stands before every answer, and TypeORM takes longer to write a statement than PostgreSQL to answer it. */
  private async find(keyHash: string, propertyNamed: string | null): Promise<FoundKey | undefined> {
    const rows: FoundKey[] = await this.database.query(FIND, [keyHash, propertyNamed]);
    return rows[0];
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
    createdAt: new Date(row.created_at),
  } satisfies PropertyEntity);
}
