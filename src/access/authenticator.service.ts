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
import { TokenAuthenticator } from './tokens/token-authenticator.service.js';

interface FoundKey extends FoundProperty {
  readonly id: string;
  readonly account_id: string;
  readonly role: Role | null;
  readonly grants: readonly Grant[] | null;
  readonly properties: readonly string[] | null;
  /** Why it is not taken any more; null: it is. */
  readonly ended: keyof typeof ENDED | null;
  /** Whether this minute is not noted yet as its last use. */
  readonly is_use_due: boolean;
}

const FIND = `
  SELECT key.id, key.account_id, key.role, key.grants, key.properties,
    CASE WHEN key.revoked_at IS NOT NULL THEN 'revoked' WHEN key.expires_at <= now() THEN 'expired'
      WHEN secret.ends_at <= now() THEN 'replaced' END AS ended,
    key.last_used_at IS NULL OR key.last_used_at < date_trunc('minute', now()) AS is_use_due,${PROPERTY_COLUMNS}
  FROM api_key_secrets AS secret JOIN api_keys AS key ON key.id = secret.key_id
  LEFT JOIN properties AS property
    ON property.account_id = key.account_id AND (property.slug = $2 OR property.id = $2)
  WHERE secret.key_hash = $1`;

const NOTE_USE = `
  UPDATE api_keys SET last_used_at = date_trunc('minute', now())
  WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < date_trunc('minute', now()))`;

const ENDED = {
  revoked: 'The API key was revoked.',
  expired: 'The API key has expired.',
  replaced: 'The API key was rotated, and the time of this secret is over. Use the new one.',
} as const;

const UNKNOWN =
  'The API key is not known. The first one is in the file admin-key of the data folder; where it is lost, "npm run admin-key" makes a new one.';

const BEARER = /^Bearer +(\S+) *$/i;

@Injectable()
export class Authenticator {
  private readonly reads = new SharedReads<FoundKey | null>();
  /** Keys whose use is being noted by this process. */
  private readonly noting = new Set<string>();

  constructor(
    private readonly database: DataSource,
    private readonly tokens: TokenAuthenticator,
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
    if (found.ended !== null) throw new Failure('unauthenticated', ENDED[found.ended]);
    if (found.is_use_due) void this.noteUse(found.id);
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

  /** Once a minute for a key, beside the call. One that fails is made up for by the next use. */
  private async noteUse(id: string): Promise<void> {
    if (this.noting.has(id)) return;
    this.noting.add(id);
    await this.database.query(NOTE_USE, [id]).catch(() => undefined);
    this.noting.delete(id);
  }
}
