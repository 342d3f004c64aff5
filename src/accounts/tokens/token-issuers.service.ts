import { Injectable } from '@nestjs/common';
import { DataSource, MoreThan, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import type { Principal } from '../../access/principal.js';
import { parseTokenIssuer, type NewTokenIssuer, type RoleOfValue } from '../../core/access/parse-token-issuer.js';
import { Failure } from '../../core/failure.js';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../../platform/http/page.js';
import { isUniqueViolation } from '../../stores/postgres/unique-violation.js';
import { refuseMoreForMember } from '../members/granting.js';
import { refuseIdTokens } from './refuse-id-tokens.js';
import { toTokenIssuerDto, type TokenIssuerDto } from './token-issuer.dto.js';
import { TokenIssuerEntity } from './token-issuer.entity.js';
import { forUpdate } from '../../stores/postgres/for-update.js';

/** The issuers whose tokens an account takes. */
@Injectable()
export class TokenIssuers {
  constructor(private readonly database: DataSource) {}

  /** @throws Failure invalid_field, unknown_field, forbidden, conflict */
  async create(principal: Principal, body: unknown): Promise<TokenIssuerDto> {
    const wanted = parseTokenIssuer(body);
    refuseMore(principal, wanted.roles);
    const issuer = this.database.manager.create(TokenIssuerEntity, {
      id: typeid('iss').toString(),
      accountId: principal.accountId,
      ...columnsOf(principal, wanted),
      createdBy: principal.id,
      createdAt: new Date(),
    });
    await this.database.transaction(async (manager) => {
      await once(() => manager.insert(TokenIssuerEntity, issuer));
      await refuseIdTokens(manager, principal.accountId, '/audience');
    });
    return toTokenIssuerDto(issuer);
  }

  /** In the order of creation. */
  async list({ accountId }: Principal, { limit, cursor }: PageQuery): Promise<Page<TokenIssuerDto>> {
    const after = decodeCursor(cursor, 1)?.[0] ?? '';
    const where = { accountId, id: MoreThan(after) };
    const found = await this.database.manager.find(TokenIssuerEntity, { where, order: { id: 'ASC' }, take: limit + 1 });
    return pageOf(found, limit, ({ id }) => [id]).map(toTokenIssuerDto);
  }

  /** @throws Failure not_found */
  async get({ accountId }: Principal, id: string): Promise<TokenIssuerDto> {
    return toTokenIssuerDto(await find(this.database.manager, accountId, id));
  }

  /** What the body does not name stays. @throws Failure not_found, and as `create` */
  async change(principal: Principal, id: string, body: unknown): Promise<TokenIssuerDto> {
    await this.database.transaction(async (manager) => {
      const before = await find(manager, principal.accountId, id, true);
      refuseMore(principal, before.roles);
      const wanted = parseTokenIssuer(body, bodyOf(before));
      refuseMore(principal, wanted.roles);
      await once(() => manager.update(TokenIssuerEntity, { id }, columnsOf(principal, wanted)));
      await refuseIdTokens(manager, principal.accountId, '/audience');
    });
    return await this.get(principal, id);
  }

  /** @throws Failure not_found, forbidden */
  async remove(principal: Principal, id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const issuer = await find(manager, principal.accountId, id, true);
      refuseMore(principal, issuer.roles);
      await manager.delete(TokenIssuerEntity, { id });
    });
  }
}

async function find(
  manager: EntityManager,
  accountId: string,
  id: string,
  isLocked = false,
): Promise<TokenIssuerEntity> {
  const issuer = await manager.findOne(TokenIssuerEntity, { where: { id, accountId }, ...forUpdate(isLocked) });
  if (issuer === null) throw new Failure('not_found', 'The account has no issuer of tokens with this id.');
  return issuer;
}

function columnsOf({ accountId }: Principal, wanted: NewTokenIssuer) {
  const { name, issuer, audience, jwksUri, algorithms, claim, roles } = wanted;
  return { name, issuer, audience: audience ?? accountId, jwksUri, algorithms: [...algorithms], claim, roles };
}

function bodyOf({ name, issuer, audience, jwksUri, algorithms, claim, roles }: TokenIssuerEntity) {
  return { name, issuer, audience, jwks_uri: jwksUri, algorithms, claim, roles };
}

/** Who sets up an issuer can have tokens of every role of it. @throws Failure forbidden */
function refuseMore(principal: Principal, roles: readonly RoleOfValue[]): void {
  for (const { role } of roles) refuseMoreForMember(principal, { role, grants: null, properties: [] });
}

/** A token is one account's: its issuer and audience name it. @throws Failure conflict */
async function once<T>(store: () => Promise<T>): Promise<T> {
  try {
    return await store();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Failure('conflict', 'Tokens of the issuer for this audience are taken already. Choose another audience.');
  }
}
