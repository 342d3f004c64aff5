import { Injectable } from '@nestjs/common';
import {
  DataSource,
  In,
  IsNull,
  LessThanOrEqual,
  MoreThan,
  Not,
  type EntityManager,
  type FindOptionsWhere,
} from 'typeorm';
import { typeid } from 'typeid-js';
import { hashSecret } from '../access/hash-secret.js';
import { hintOf, newApiKey } from '../access/key-format.js';
import { lacking } from '../access/authorization.js';
import type { Principal } from '../access/principal.js';
import { accessTo, lackOf, type Granted } from '../core/access/access.js';
import { parseKeyChanges, parseNewKey, parseOverlap, type KeyKind } from '../core/access/parse-key.js';
import { Failure } from '../core/failure.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import { holdAccount } from '../properties/hold-account.js';
import { ApiKeyEntity, ApiKeySecretEntity } from './api-key.entity.js';
import { propertyIdsOf } from './property-ids.js';
import { toKeyDto, type KeyDto, type KeyState, type KeyWithSecretDto, type ListKeysQuery } from './key.dto.js';
import { forUpdate } from '../stores/postgres/for-update.js';

const TOO_MUCH = 'Nobody gives, changes or rotates a key that may do more than he may himself.';

/** The keys of an account. None is ever given, changed or taken over by who may do less than it. */
@Injectable()
export class KeysService {
  constructor(private readonly database: DataSource) {}

  /** @throws Failure invalid_field, unknown_field, invalid_time, forbidden */
  async create(principal: Principal, body: unknown): Promise<KeyWithSecretDto> {
    const now = new Date();
    const wanted = parseNewKey(body, now.getTime());
    const properties = await propertyIds(this.database.manager, principal, wanted);
    refuseMore(principal, wanted.kind, wanted.granted, properties);
    const key = this.database.manager.create(ApiKeyEntity, {
      id: typeid('key').toString(),
      accountId: principal.accountId,
      name: wanted.name,
      kind: wanted.kind,
      role: wanted.granted.role,
      grants: wanted.granted.grants && [...wanted.granted.grants],
      properties,
      origins: wanted.origins && [...wanted.origins],
      expiresAt: wanted.expiresAt,
      revokedAt: null,
      lastUsedAt: null,
      createdBy: principal.id,
      createdAt: now,
    });
    return await this.database.transaction(async (manager) => {
      await holdAccount(manager, principal.accountId);
      await manager.insert(ApiKeyEntity, key);
      return await this.withNewSecret(manager, key, now);
    });
  }

  /** @throws Failure not_found */
  async get(principal: Principal, id: string): Promise<KeyDto> {
    const key = await this.find(this.database.manager, principal, id);
    return toKeyDto(key, await this.database.manager.findBy(ApiKeySecretEntity, { keyId: id }), new Date());
  }

  /** In the order of creation. */
  async list({ accountId }: Principal, { limit, cursor, state }: ListKeysQuery): Promise<Page<KeyDto>> {
    const now = new Date();
    const after = decodeCursor(cursor, 1)?.[0] ?? '';
    const found = await this.database.manager.find(ApiKeyEntity, {
      where: whereState({ accountId, id: MoreThan(after) }, state, now),
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const page = pageOf(found, limit, ({ id }) => [id]);
    const keyId = In(page.data.map(({ id }) => id));
    const secrets = await this.database.manager.findBy(ApiKeySecretEntity, { keyId });
    return page.map((key) =>
      toKeyDto(
        key,
        secrets.filter(({ keyId: of }) => of === key.id),
        now,
      ),
    );
  }

  /** @throws Failure not_found, conflict for a revoked one, and as `create` */
  async change(principal: Principal, id: string, body: unknown): Promise<KeyDto> {
    const now = new Date();
    await this.database.transaction(async (manager) => {
      const key = await this.forChange(manager, principal, id);
      const { granted, properties, origins, ...changes } = parseKeyChanges(body, key.kind, now.getTime());
      const after = { ...key, ...changes, ...granted, ...(origins && { origins: [...origins] }) };
      if (properties !== undefined)
        after.properties = await propertyIds(manager, principal, { kind: key.kind, properties });
      refuseMore(principal, key.kind, after, after.properties);
      const { name, role, grants, expiresAt } = after;
      await manager.update(
        ApiKeyEntity,
        { id },
        { name, role, grants: grants && [...grants], properties: after.properties, origins: after.origins, expiresAt },
      );
    });
    return await this.get(principal, id);
  }

  /**
   * Makes a new secret of the key; those before are taken until the overlap is over.
   * @throws Failure not_found, conflict for a revoked one, and as `create`
   */
  async rotate(principal: Principal, id: string, body: unknown): Promise<KeyWithSecretDto> {
    const now = new Date();
    const endsAt = new Date(now.getTime() + parseOverlap(body));
    return await this.database.transaction(async (manager) => {
      const key = await this.forChange(manager, principal, id);
      await manager.query(
        'UPDATE api_key_secrets SET ends_at = $2 WHERE key_id = $1 AND (ends_at IS NULL OR ends_at > $2)',
        [id, endsAt],
      );
      return await this.withNewSecret(manager, key, now);
    });
  }

  /** Refused from the next call on, in every process. @throws Failure not_found, forbidden */
  async revoke(principal: Principal, id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const key = await this.find(manager, principal, id, true);
      refuseMore(principal, key.kind, key, key.properties);
      if (key.revokedAt === null) await manager.update(ApiKeyEntity, { id }, { revokedAt: new Date() });
    });
  }

  private async withNewSecret(manager: EntityManager, key: ApiKeyEntity, now: Date): Promise<KeyWithSecretDto> {
    const secret = newApiKey(key.kind);
    await manager.insert(ApiKeySecretEntity, { keyHash: hashSecret(secret), keyId: key.id, hint: hintOf(secret) });
    const secrets = await manager.findBy(ApiKeySecretEntity, { keyId: key.id });
    return { ...toKeyDto(key, secrets, now), secret };
  }

  private async forChange(manager: EntityManager, principal: Principal, id: string): Promise<ApiKeyEntity> {
    const key = await this.find(manager, principal, id, true);
    refuseMore(principal, key.kind, key, key.properties);
    if (key.revokedAt !== null) throw new Failure('conflict', 'The key was revoked. POST makes another one.');
    return key;
  }

  private async find(
    manager: EntityManager,
    { accountId }: Principal,
    id: string,
    isLocked = false,
  ): Promise<ApiKeyEntity> {
    const key = await manager.findOne(ApiKeyEntity, { where: { id, accountId }, ...forUpdate(isLocked) });
    if (key === null) throw new Failure('not_found', 'The account has no key with this id.');
    return key;
  }
}

/** Ids in place of slugs. @throws Failure invalid_field for a property that the account does not have */
async function propertyIds(
  manager: EntityManager,
  { accountId }: Principal,
  { kind, properties }: { readonly kind: KeyKind; readonly properties: readonly string[] | null },
): Promise<string[] | null> {
  if (properties === null) return null;
  const pointer = (i: number): string => (kind === 'public' ? '/property' : `/properties/${i}`);
  return [...new Set(await propertyIdsOf(manager, accountId, properties, pointer))].toSorted();
}

/** A public key writes events. */
const OF_PUBLIC: Granted = { role: null, grants: ['events:write'] };

function refuseMore(principal: Principal, kind: KeyKind, granted: Granted, properties: readonly string[] | null): void {
  const lack = lackOf(principal.access, accessTo(kind === 'public' ? OF_PUBLIC : granted, properties));
  if (lack === null) return;
  if (lack !== 'owner') throw lacking(lack, TOO_MUCH);
  throw new Failure('forbidden', `The key is an owner's, and the caller is none. ${TOO_MUCH}`);
}

function whereState(
  where: FindOptionsWhere<ApiKeyEntity>,
  state: KeyState | undefined,
  now: Date,
): FindOptionsWhere<ApiKeyEntity>[] {
  switch (state) {
    case undefined:
      return [where];
    case 'revoked':
      return [{ ...where, revokedAt: Not(IsNull()) }];
    case 'expired':
      return [{ ...where, revokedAt: IsNull(), expiresAt: LessThanOrEqual(now) }];
    case 'active':
      return [IsNull(), MoreThan(now)].map((expiresAt) => ({ ...where, revokedAt: IsNull(), expiresAt }));
  }
}
