import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import { SharedReads } from '../stores/postgres/shared-reads.js';
import { accessTo } from '../core/access/access.js';
import type { Grant } from '../core/access/grants.js';
import type { Role } from '../core/access/roles.js';
import { authenticated, PROPERTY_COLUMNS, type Authenticated, type FoundProperty } from './authenticated.js';
import { hashSecret } from './hash-secret.js';
import { isApiKey } from './key-format.js';
import { ENDED_COLUMN, keyHasEnded, type KeyEnd } from './key-end.js';
import { IS_USE_DUE, KeyUses } from './key-uses.js';
import { TokenAuthenticator } from './tokens/token-authenticator.service.js';

interface FoundKey extends FoundProperty {
  readonly id: string;
  readonly account_id: string;
  readonly role: Role | null;
  readonly grants: readonly Grant[] | null;
  readonly properties: readonly string[] | null;
  /** Why it is not taken any more; null: it is. */
  readonly ended: KeyEnd | null;
  /** Whether this minute is not noted yet as its last use. */
  readonly is_use_due: boolean;
}

const FIND = `
  SELECT key.id, key.account_id, key.role, key.grants, key.properties, ${ENDED_COLUMN},
    ${IS_USE_DUE},${PROPERTY_COLUMNS}
  FROM api_key_secrets AS secret JOIN api_keys AS key ON key.id = secret.key_id
  LEFT JOIN properties AS property
    ON property.account_id = key.account_id AND (property.slug = $2 OR property.id = $2)
  WHERE secret.key_hash = $1`;

const UNKNOWN =
  'The API key is not known. The first one is in the file admin-key of the data folder; where it is lost, "npm run admin-key" makes a new one.';

const BEARER = /^Bearer +(\S+) *$/i;

@Injectable()
export class Authenticator {
  private readonly reads = new SharedReads<FoundKey | null>();

  constructor(
    private readonly database: DataSource,
    private readonly tokens: TokenAuthenticator,
    private readonly uses: KeyUses,
  ) {}

  /**
   * The caller behind an `Authorization` header, and the property of the account that the path names (id or slug): one
   * indexed read, none for a text that cannot be a key. Nothing is kept, so that a key that is revoked is refused at
   * once, in every process; who asks at the same time shares the read.
   *
   * @throws Failure unauthenticated
   */
  async authenticate(authorization: string | undefined, propertyNamed?: string): Promise<Authenticated> {
    const key = BEARER.exec(authorization ?? '')?.[1];
    if (key === undefined) {
      throw new Failure('unauthenticated', 'Send the header "Authorization: Bearer <API key>".');
    }
    if (TokenAuthenticator.isToken(key)) return await this.tokens.authenticate(key, propertyNamed);
    const found = await this.reads.share(`${key} ${propertyNamed ?? ''}`, () => this.find(key, propertyNamed ?? null));
    if (found === null) throw new Failure('unauthenticated', UNKNOWN);
    if (found.ended !== null) throw keyHasEnded(found.ended);
    if (found.is_use_due) void this.uses.note(found.id);
    const { id, account_id: accountId, properties } = found;
    return authenticated({ id, accountId, access: accessTo(found, properties), sessionId: null }, found);
  }

  /**
   * By hand: this stands before every answer, and TypeORM takes longer to write a statement than PostgreSQL to answer
   * it.
   */
  private async find(key: string, propertyNamed: string | null): Promise<FoundKey | null> {
    if (!isApiKey(key)) return null;
    const [found]: FoundKey[] = await this.database.query(FIND, [hashSecret(key), propertyNamed]);
    return found ?? null;
  }
}
