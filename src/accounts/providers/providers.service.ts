import { Injectable } from '@nestjs/common';
import { DataSource, MoreThan, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import type { Principal } from '../../access/principal.js';
import { parseProvider, type NewProvider } from '../../core/access/parse-provider.js';
import { Failure, invalid } from '../../core/failure.js';
import { isObject } from '../../core/json-shape.js';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../../platform/http/page.js';
import { StoredSecrets } from '../../stores/secrets/stored-secrets.service.js';
import { grantedColumns, refuseMoreForMember, settleProperties, type GrantedColumns } from '../members/granting.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { refuseIdTokens } from '../tokens/refuse-id-tokens.js';
import { toProviderDto, type ProviderDto } from './provider.dto.js';
import { IdentityProviderEntity, ProviderSignInEntity } from './provider.entity.js';
import { forUpdate } from '../../stores/postgres/for-update.js';

const NOTHING: GrantedColumns = { role: null, grants: null, properties: [] };

/** The providers of an account. */
@Injectable()
export class Providers {
  constructor(
    private readonly database: DataSource,
    private readonly secrets: StoredSecrets,
  ) {}

  /** @throws Failure invalid_field, unknown_field, forbidden */
  async create(principal: Principal, body: unknown, origin: string): Promise<ProviderDto> {
    const wanted = parseProvider(body);
    const { accountId } = principal;
    return await this.database.transaction(async (manager) => {
      const provider = manager.create(IdentityProviderEntity, {
        id: typeid('idp').toString(),
        accountId,
        ...(await columnsOf(manager, accountId, wanted)),
        createdBy: principal.id,
        createdAt: new Date(),
      });
      refuseMore(principal, provider);
      await manager.insert(IdentityProviderEntity, provider);
      await refuseIdTokens(manager, accountId, '/client_id');
      if (wanted.clientSecret !== null) await this.secrets.put(manager, provider, wanted.clientSecret);
      return toProviderDto(provider, origin);
    });
  }

  /** In the order of creation. */
  async list({ accountId }: Principal, { limit, cursor }: PageQuery, origin: string): Promise<Page<ProviderDto>> {
    const after = decodeCursor(cursor, 1)?.[0] ?? '';
    const found = await this.database.manager.find(IdentityProviderEntity, {
      where: { accountId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    return pageOf(found, limit, ({ id }) => [id]).map((provider) => toProviderDto(provider, origin));
  }

  /** @throws Failure not_found */
  async get({ accountId }: Principal, id: string, origin: string): Promise<ProviderDto> {
    return toProviderDto(await find(this.database.manager, accountId, id), origin);
  }

  /** What the body does not name stays. @throws Failure not_found, and as `create` */
  async change(principal: Principal, id: string, body: unknown, origin: string): Promise<ProviderDto> {
    const { accountId } = principal;
    await this.database.transaction(async (manager) => {
      const before = await find(manager, accountId, id, true);
      refuseMore(principal, before);
      const wanted = parseProvider(body, bodyOf(before));
      const isSecretGiven = isObject(body) && Object.hasOwn(body, 'client_secret');
      // Else who may change the issuer would have the secret sent to himself.
      if (wanted.issuer !== before.issuer && !isSecretGiven) {
        throw invalid('invalid_field', '/client_secret', 'A new issuer needs its `client_secret`, or null, beside it.');
      }
      const columns = await columnsOf(manager, accountId, wanted);
      refuseMore(principal, columns);
      await manager.update(IdentityProviderEntity, { id }, columns);
      await refuseIdTokens(manager, accountId, '/client_id');
      if (!isSecretGiven) return;
      if (wanted.clientSecret === null) await this.secrets.remove(manager, before);
      else await this.secrets.put(manager, before, wanted.clientSecret);
    });
    return await this.get(principal, id, origin);
  }

  /** Ends the sessions that it has begun. @throws Failure not_found, forbidden */
  async remove(principal: Principal, id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const provider = await find(manager, principal.accountId, id, true);
      refuseMore(principal, provider);
      await manager.delete(SessionEntity, { providerId: id });
      await manager.delete(ProviderSignInEntity, { providerId: id });
      await this.secrets.remove(manager, provider);
      await manager.delete(IdentityProviderEntity, { id });
    });
  }
}

async function find(
  manager: EntityManager,
  accountId: string,
  id: string,
  isLocked = false,
): Promise<IdentityProviderEntity> {
  const provider = await manager.findOne(IdentityProviderEntity, { where: { id, accountId }, ...forUpdate(isLocked) });
  if (provider === null) throw new Failure('not_found', 'The account has no provider with this id.');
  return provider;
}

async function columnsOf(manager: EntityManager, accountId: string, wanted: NewProvider) {
  const { name, issuer, clientId, domains, signUp, granted } = wanted;
  const settled = granted === null ? NOTHING : await settleProperties(manager, accountId, granted);
  return { name, issuer, clientId, domains: [...domains], signUp, ...grantedColumns(settled) };
}

/** As a body would say it. */
function bodyOf({ name, issuer, clientId, domains, signUp, role, grants, properties }: IdentityProviderEntity) {
  const granted = signUp === 'domain' ? { role, grants, properties } : {};
  return { name, issuer, client_id: clientId, domains, sign_up: signUp, ...granted };
}

/**
 * Whoever controls a provider with domains acts as each member with such an address, an owner too; and gives those who
 * sign up what it says.
 * @throws Failure forbidden
 */
function refuseMore(principal: Principal, provider: GrantedColumns & { readonly domains: readonly string[] }): void {
  refuseMoreForMember(principal, provider);
  if (provider.domains.length === 0 || principal.access.isOwner) return;
  throw new Failure('forbidden', 'A provider with `domains` speaks for members of them: owners alone set it up.');
}
