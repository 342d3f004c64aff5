import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { accessTo } from '../core/access/access.js';
import { isOriginOf } from '../core/access/origin-of-key.js';
import { Failure } from '../core/failure.js';
import { allowOrigin, refuseToPages } from '../platform/http/open-to-pages.js';
import { propertyOf } from '../properties/current-property.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { SharedReads } from '../stores/postgres/shared-reads.js';
import { authenticated, PROPERTY_COLUMNS, setCaller, type FoundProperty } from './authenticated.js';
import { refuseArchived } from './authorization.js';
import { hashSecret } from './hash-secret.js';
import { ENDED_COLUMN, keyHasEnded, type KeyEnd } from './key-end.js';
import { isApiKey, isPublicKey } from './key-format.js';
import { IS_USE_DUE, KeyUses } from './key-uses.js';
import { RateLimits } from './rate-limits.service.js';

interface FoundKey extends FoundProperty {
  readonly id: string;
  readonly account_id: string;
  readonly properties: readonly string[];
  readonly origins: readonly string[];
  readonly ended: KeyEnd | null;
  readonly is_use_due: boolean;
}

const FIND = `
  SELECT key.id, key.account_id, key.properties, key.origins, ${ENDED_COLUMN}, ${IS_USE_DUE},${PROPERTY_COLUMNS}
  FROM api_key_secrets AS secret JOIN api_keys AS key ON key.id = secret.key_id
  JOIN properties AS property ON property.account_id = key.account_id AND property.id = key.properties[1]
  WHERE secret.key_hash = $1 AND key.kind = 'public'`;

const NOT_PUBLIC = 'This is no public key. Pages and applications send by one that begins with `muster_pk_`.';
const UNKNOWN = 'The public key is not known.';
const NOT_ITS_ORIGIN =
  'The public key is not for pages of this origin. PATCH /v1/account/keys/{id} changes its `origins`.';

/** Callers that send by a public key, which stands in what they send and holds in one property. */
@Injectable()
export class PublicKeys {
  private readonly reads = new SharedReads<FoundKey | null>();

  constructor(
    private readonly database: DataSource,
    private readonly uses: KeyUses,
    private readonly rates: RateLimits,
  ) {}

  /**
   * Makes the key the caller of `request`, and gives its property. `origin`: of the page that sends, as its browser says
   * it; undefined: none has said any, as from programs. The answer to a page that may send can be read by it. As with
   * other keys nothing is kept, and nothing is told to a page that the key is not for but that it is not.
   *
   * @throws Failure unauthenticated, forbidden, too_many_requests, property_archived
   */
  async admit(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string,
    origin: string | undefined,
  ): Promise<PropertyEntity> {
    refuseToPages(reply);
    if (!isPublicKey(key)) throw new Failure('unauthenticated', NOT_PUBLIC);
    const found = isApiKey(key) ? await this.reads.share(key, () => this.find(key)) : null;
    if (found === null) throw new Failure('unauthenticated', UNKNOWN);
    if (found.ended !== null) throw keyHasEnded(found.ended);
    if (origin !== undefined) {
      reply.header('vary', 'origin');
      if (!isOriginOf(found.origins, origin)) throw new Failure('forbidden', NOT_ITS_ORIGIN);
      allowOrigin(reply, origin);
    }
    if (found.is_use_due) void this.uses.note(found.id);
    const access = accessTo({ role: null, grants: ['events:write'] }, found.properties);
    const principal = { id: found.id, accountId: found.account_id, access, sessionId: null };
    this.rates.request(principal, reply);
    setCaller(request, authenticated(principal, found));
    refuseArchived(request);
    return propertyOf(request);
  }

  private async find(key: string): Promise<FoundKey | null> {
    const [found]: FoundKey[] = await this.database.query(FIND, [hashSecret(key)]);
    return found ?? null;
  }
}
