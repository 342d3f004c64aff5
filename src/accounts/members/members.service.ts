import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, MoreThan, Not, type EntityManager } from 'typeorm';
import type { SessionPrincipal } from '../../access/current-session.js';
import type { Principal } from '../../access/principal.js';
import { GRANT_FIELDS, parseMemberGrants } from '../../core/access/parse-member.js';
import { Failure } from '../../core/failure.js';
import { parseObject } from '../../core/json-shape.js';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../../platform/http/page.js';
import { takeLock } from '../../stores/postgres/advisory-locks.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { IdentityEntity } from '../providers/provider.entity.js';
import { forgetPersons } from './forget-persons.js';
import { grantedColumns, refuseMoreForMember, settleProperties } from './granting.js';
import { toMemberDto, type Credentials, type MemberDto } from './member.dto.js';
import { InvitationEntity, MemberEntity, PersonEntity } from './member.entity.js';
import { revokeCredentials } from './revoke-credentials.js';

/** The persons of an account. */
@Injectable()
export class MembersService {
  constructor(private readonly database: DataSource) {}

  /** In the order in which they came. */
  async list({ accountId }: Principal, { limit, cursor }: PageQuery): Promise<Page<MemberDto>> {
    const after = decodeCursor(cursor, 1)?.[0] ?? '';
    const found = await this.database.manager.find(MemberEntity, {
      where: { accountId, id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const page = pageOf(found, limit, ({ id }) => [id]);
    const persons = await this.database.manager.findBy(PersonEntity, {
      id: In(page.data.map(({ personId }) => personId)),
    });
    const byId = new Map(persons.map((person) => [person.id, person]));
    return page.map((member) => toMemberDto(member, byId.get(member.personId)));
  }

  /** @throws Failure not_found */
  async get(principal: Principal, id: string): Promise<MemberDto> {
    const member = await this.find(this.database.manager, principal, id);
    // Gone, where the member is removed in this moment.
    const person = await this.database.manager.findOneBy(PersonEntity, { id: member.personId });
    return toMemberDto(member, person ?? undefined);
  }

  /** It holds from the next call on. @throws Failure not_found, forbidden, conflict for the last owner, 422 of the body */
  async change(principal: Principal, id: string, body: unknown): Promise<MemberDto> {
    const parsed = parseMemberGrants(parseObject(body, 'The body', GRANT_FIELDS));
    await this.database.transaction(async (manager) => {
      await takeLock(manager, 'members', principal.accountId);
      const member = await this.find(manager, principal, id);
      const wanted = await settleProperties(manager, principal.accountId, parsed);
      refuseMoreForMember(principal, member);
      refuseMoreForMember(principal, wanted);
      if (wanted.role !== 'owner') await refuseLastOwner(manager, member);
      await manager.update(MemberEntity, { id }, grantedColumns(wanted));
    });
    return await this.get(principal, id);
  }

  /**
   * Ends his sessions in the account, and the invitations of his that nobody has accepted: he may know their tokens.
   * `credentials`: whether the keys that he has made, and the issuers of tokens that he has set up, end too.
   * @throws Failure not_found, forbidden, conflict for the last owner
   */
  async remove(principal: Principal, id: string, credentials: Credentials): Promise<void> {
    await this.database.transaction(async (manager) => {
      await takeLock(manager, 'members', principal.accountId);
      const member = await this.find(manager, principal, id);
      refuseMoreForMember(principal, member);
      await removeMember(manager, member);
      if (credentials === 'revoke') await revokeCredentials(manager, member.accountId, member.personId);
    });
  }

  /** As `remove`, by the member himself; he is forgotten where he is in no other account. @throws Failure conflict for the last owner */
  async leave({ id: personId, accountId }: SessionPrincipal): Promise<void> {
    await this.database.transaction(async (manager) => {
      await takeLock(manager, 'members', accountId);
      const member = await manager.findOneBy(MemberEntity, { personId, accountId });
      if (member === null) throw new Failure('not_found', 'You are no member of the account any more.');
      await removeMember(manager, member);
      await manager.delete(IdentityEntity, { personId, accountId });
      await forgetPersons(manager, [personId]);
    });
  }

  private async find(manager: EntityManager, { accountId }: Principal, id: string): Promise<MemberEntity> {
    const member = await manager.findOneBy(MemberEntity, { id, accountId });
    if (member === null) throw new Failure('not_found', 'The account has no member with this id.');
    return member;
  }
}

async function removeMember(manager: EntityManager, member: MemberEntity): Promise<void> {
  const { id, personId, accountId } = member;
  await refuseLastOwner(manager, member);
  await manager.delete(MemberEntity, { id });
  await manager.delete(SessionEntity, { personId, accountId });
  await manager.delete(InvitationEntity, { createdBy: personId, accountId, acceptedAt: IsNull() });
}

async function refuseLastOwner(manager: EntityManager, { id, accountId, role }: MemberEntity): Promise<void> {
  if (role !== 'owner' || (await manager.existsBy(MemberEntity, { accountId, role: 'owner', id: Not(id) }))) return;
  throw new Failure('conflict', 'This is the last owner of the account. Make another one first.');
}
