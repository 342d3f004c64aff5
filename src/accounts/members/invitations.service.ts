import { Injectable } from '@nestjs/common';
import { DataSource, LessThan, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import type { Principal } from '../../access/principal.js';
import { hashSecret } from '../../access/hash-secret.js';
import { newToken } from '../../access/session-cookie.js';
import { parseEmail } from '../../core/access/parse-email.js';
import { GRANT_FIELDS, parseMemberGrants } from '../../core/access/parse-member.js';
import { parsePassword } from '../../core/access/password.js';
import type { Acceptance } from '../../core/access/parse-sign-in.js';
import { Failure } from '../../core/failure.js';
import { parseObject } from '../../core/json-shape.js';
import { DAY_MS } from '../../core/time/utc-day.js';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../../platform/http/page.js';
import { holdAccount } from '../../properties/hold-account.js';
import { isUniqueViolation } from '../../stores/postgres/unique-violation.js';
import { AccountEntity } from '../account.entity.js';
import { Passwords } from '../sessions/passwords.js';
import type { Whence } from '../sessions/refused-sign-ins.service.js';
import { Sessions, type NewSession } from '../sessions/sessions.service.js';
import { invitationLink } from './invitation-link.js';
import { Mail } from './mail.service.js';
import { grantedColumns, refuseMoreForMember, settleProperties } from './granting.js';
import { toInvitationDto, type InvitationDto, type InvitationWithTokenDto } from './member.dto.js';
import { InvitationEntity, MemberEntity, PersonEntity } from './member.entity.js';
import { forUpdate } from '../../stores/postgres/for-update.js';

const VALID_DAYS = 7;
const OVER = 'The invitation is not known, was accepted, or its time is over. Ask for another one.';

/** Makes persons members, by a token that is told once to who invites. */
@Injectable()
export class Invitations {
  constructor(
    private readonly database: DataSource,
    private readonly passwords: Passwords,
    private readonly sessions: Sessions,
    private readonly mail: Mail,
  ) {}

  /** @throws Failure invalid_field, unknown_field, forbidden */
  async create(principal: Principal, body: unknown, origin: string): Promise<InvitationWithTokenDto> {
    const given = parseObject(body, 'The body', ['email', ...GRANT_FIELDS]);
    const email = parseEmail(given['email'], '/email');
    const wanted = await settleProperties(this.database.manager, principal.accountId, parseMemberGrants(given));
    refuseMoreForMember(principal, wanted);
    const token = newToken();
    const invitation = this.database.manager.create(InvitationEntity, {
      id: typeid('inv').toString(),
      accountId: principal.accountId,
      email,
      ...grantedColumns(wanted),
      tokenHash: hashSecret(token),
      expiresAt: new Date(Date.now() + VALID_DAYS * DAY_MS),
      acceptedAt: null,
      createdBy: principal.id,
      createdAt: new Date(),
    });
    await this.database.transaction(async (manager) => {
      await holdAccount(manager, principal.accountId);
      await manager.insert(InvitationEntity, invitation);
    });
    const link = invitationLink(origin, token);
    const mailed = await this.send(invitation, link);
    return { ...toInvitationDto(invitation, new Date()), token, link, mailed };
  }

  private async send({ email, accountId, expiresAt }: InvitationEntity, link: string): Promise<boolean | null> {
    const account = await this.database.manager.findOneBy(AccountEntity, { id: accountId });
    if (email === null || account === null) return null;
    return await this.mail.sendInvitation({ to: email, account: account.name, link, expiresAt });
  }

  /** The newest first, also those that were accepted. */
  async list({ accountId }: Principal, { limit, cursor }: PageQuery): Promise<Page<InvitationDto>> {
    const [before] = decodeCursor(cursor, 1) ?? [];
    const found = await this.database.manager.find(InvitationEntity, {
      where: { accountId, ...(before !== undefined && { id: LessThan(before) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    const now = new Date();
    return pageOf(found, limit, ({ id }) => [id]).map((invitation) => toInvitationDto(invitation, now));
  }

  /** @throws Failure not_found, forbidden for one that gives more than the caller has */
  async revoke(principal: Principal, id: string): Promise<void> {
    const { accountId } = principal;
    const invitation = await this.database.manager.findOneBy(InvitationEntity, { id, accountId });
    if (invitation === null) throw new Failure('not_found', 'The account has no invitation with this id.');
    refuseMoreForMember(principal, invitation);
    await this.database.manager.delete(InvitationEntity, { id, accountId });
  }

  /**
   * Makes the address a member and signs it in: a person of before by the password, another one with a new password.
   * @throws Failure not_found, unauthenticated, too_many_sign_ins, invalid_field, conflict for a member
   */
  async accept(acceptance: Acceptance, whence: Whence): Promise<NewSession> {
    const { email } = acceptance;
    const tokenHash = hashSecret(acceptance.token);
    await this.open(this.database.manager, tokenHash, email);
    const known = await this.database.manager.existsBy(PersonEntity, { email });
    const person = known
      ? await this.sessions.person(acceptance, whence, 'invitation.accept')
      : await this.newPerson(acceptance);
    try {
      return await this.database.transaction(async (manager) => {
        const invitation = await this.open(manager, tokenHash, email, true);
        if (known) await this.sessions.requireSamePassword(manager, person);
        else await manager.insert(PersonEntity, person);
        const { role, grants, properties, accountId, createdBy } = invitation;
        await holdAccount(manager, accountId);
        const id = typeid('mem').toString();
        await manager.insert(MemberEntity, { id, accountId, personId: person.id, role, grants, properties, createdBy });
        await manager.update(InvitationEntity, { id: invitation.id }, { acceptedAt: new Date() });
        return await this.sessions.begin(manager, person.id, accountId, whence);
      });
    } catch (error) {
      throw isUniqueViolation(error) ? new Failure('conflict', 'The address is a member already. Sign in.') : error;
    }
  }

  private async newPerson({ email, password, name }: Acceptance): Promise<PersonEntity> {
    const passwordHash = await this.passwords.hash(parsePassword(password, '/password', email));
    const id = typeid('per').toString();
    const createdAt = new Date();
    return this.database.manager.create(PersonEntity, { id, email, name: name ?? email, passwordHash, createdAt });
  }

  private async open(
    manager: EntityManager,
    tokenHash: string,
    email: string,
    isLocked = false,
  ): Promise<InvitationEntity> {
    const found = await manager.findOne(InvitationEntity, { where: { tokenHash }, ...forUpdate(isLocked) });
    const isOpen = found !== null && found.acceptedAt === null && found.expiresAt > new Date();
    if (!isOpen || (found.email !== null && found.email !== email)) throw new Failure('not_found', OVER);
    return found;
  }
}
