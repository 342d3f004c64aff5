import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, MoreThan, Not, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import { decideSignUp, type Claims } from '../../core/access/sign-up.js';
import { Failure } from '../../core/failure.js';
import { takeLock } from '../../stores/postgres/advisory-locks.js';
import { isUniqueViolation } from '../../stores/postgres/unique-violation.js';
import { grantedColumns, type GrantedColumns } from '../members/granting.js';
import { InvitationEntity, MemberEntity, PersonEntity } from '../members/member.entity.js';
import type { Whence } from '../sessions/refused-sign-ins.service.js';
import { SessionEntity } from '../sessions/session.entity.js';
import { Sessions, type NewSession } from '../sessions/sessions.service.js';
import type { CameBack } from './provider-sign-in.service.js';
import { IdentityEntity, type IdentityProviderEntity } from './provider.entity.js';
import { forUpdate } from '../../stores/postgres/for-update.js';

const TAKEN = 'The identity belongs to another person of the account.';

/** Who somebody is whom a provider has signed in. What it says holds in its account alone. */
@Injectable()
export class Identities {
  constructor(
    private readonly database: DataSource,
    private readonly sessions: Sessions,
  ) {}

  /** A new session of who came back. @throws Failure forbidden, conflict */
  async signIn({ provider, claims }: CameBack, whence: Whence): Promise<NewSession> {
    const { accountId } = provider;
    try {
      return await this.database.transaction(async (manager) => {
        // A member who is removed meanwhile gets no session that outlives it.
        await takeLock(manager, 'members', accountId);
        const personId = await this.personOf(manager, provider, claims);
        return await this.sessions.begin(manager, personId, accountId, whence, provider.id);
      });
    } catch (error) {
      // The address has become somebody's in this moment.
      throw isUniqueViolation(error) ? new Failure('conflict', 'Somebody has signed up meanwhile. Try again.') : error;
    }
  }

  /** Links who came back to a person who is signed in. @throws Failure conflict */
  async link({ provider, claims }: CameBack, personId: string): Promise<void> {
    const known = await find(this.database.manager, provider, claims);
    if (known !== null && known.personId !== personId) throw new Failure('conflict', TAKEN);
    if (known !== null) return;
    try {
      await add(this.database.manager, provider, claims, personId);
    } catch (error) {
      throw isUniqueViolation(error) ? new Failure('conflict', TAKEN) : error;
    }
  }

  /** Those of a person in an account. */
  async list(personId: string, accountId: string): Promise<IdentityEntity[]> {
    return await this.database.manager.find(IdentityEntity, { where: { personId, accountId }, order: { id: 'ASC' } });
  }

  /** @throws Failure not_found, conflict for the last one of who has no password */
  async unlink(personId: string, accountId: string, id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      await takeLock(manager, 'members', accountId);
      const own = await manager.findBy(IdentityEntity, { personId, accountId });
      if (!own.some((identity) => identity.id === id)) throw new Failure('not_found', 'You have no such identity.');
      const { passwordHash } = await manager.findOneByOrFail(PersonEntity, { id: personId });
      if (passwordHash === null && own.length === 1) {
        throw new Failure('conflict', 'You have no password: without this identity you could not sign in.');
      }
      await manager.delete(IdentityEntity, { id, personId });
    });
  }

  private async personOf(manager: EntityManager, provider: IdentityProviderEntity, claims: Claims): Promise<string> {
    const { accountId, domains, signUp } = provider;
    const identity = await find(manager, provider, claims);
    const personId = identity?.personId ?? (await personWith(manager, claims));
    const isMember = personId !== null && (await manager.existsBy(MemberEntity, { personId, accountId }));
    if (identity !== null && isMember) return identity.personId;
    const invitation = await openInvitation(manager, accountId, claims);
    const decision = decideSignUp(signUp, domains, claims, {
      person: isMember
        ? await memberKind(manager, personId, accountId)
        : identity !== null
          ? 'left'
          : personId === null
            ? 'none'
            : 'elsewhere',
      isInvited: invitation !== null,
    });
    if (typeof decision !== 'string') throw new Failure('forbidden', decision.refused);
    const id = personId ?? (await newPerson(manager, claims));
    if (decision === 'link') await endOtherWays(manager, id);
    if (identity === null) await add(manager, provider, claims, id);
    if (decision === 'join') await join(manager, accountId, id, provider, provider.createdBy);
    if (decision === 'accept' && invitation !== null) {
      await join(manager, accountId, id, invitation, invitation.createdBy);
      await manager.update(InvitationEntity, { id: invitation.id }, { acceptedAt: new Date() });
    }
    return id;
  }
}

function find(
  manager: EntityManager,
  { accountId }: IdentityProviderEntity,
  { issuer, subject }: Claims,
): Promise<IdentityEntity | null> {
  return manager.findOneBy(IdentityEntity, { accountId, issuer, subject });
}

async function add(
  manager: EntityManager,
  { accountId }: IdentityProviderEntity,
  { issuer, subject, email }: Claims,
  personId: string,
): Promise<void> {
  await manager.insert(IdentityEntity, { id: typeid('idn').toString(), accountId, issuer, subject, email, personId });
}

async function personWith(manager: EntityManager, { email }: Claims): Promise<string | null> {
  if (email === null) return null;
  return (await manager.findOneBy(PersonEntity, { email }))?.id ?? null;
}

/** Whether a member is one of other accounts too. */
async function memberKind(manager: EntityManager, personId: string, accountId: string): Promise<'member' | 'shared'> {
  const isShared = await manager.existsBy(MemberEntity, { personId, accountId: Not(accountId) });
  return isShared ? 'shared' : 'member';
}

/**
 * Nobody has proved until now that the address is his who has accepted its invitation: what he signs in by, and is
 * signed in by, ends when the provider of the domain brings the one whose it is.
 */
async function endOtherWays(manager: EntityManager, personId: string): Promise<void> {
  await manager.update(PersonEntity, { id: personId }, { passwordHash: null });
  await manager.delete(IdentityEntity, { personId });
  await manager.delete(SessionEntity, { personId });
}

async function newPerson(manager: EntityManager, { email, name }: Claims): Promise<string> {
  if (email === null) throw new Error('Somebody without an address has signed up');
  const id = typeid('per').toString();
  await manager.insert(PersonEntity, { id, email, name: name ?? email, passwordHash: null });
  return id;
}

async function join(
  manager: EntityManager,
  accountId: string,
  personId: string,
  granted: GrantedColumns,
  createdBy: string | null,
): Promise<void> {
  const id = typeid('mem').toString();
  await manager.insert(MemberEntity, { id, accountId, personId, ...grantedColumns(granted), createdBy });
}

/** The newest for the address. */
async function openInvitation(
  manager: EntityManager,
  accountId: string,
  { email }: Claims,
): Promise<InvitationEntity | null> {
  if (email === null) return null;
  return await manager.findOne(InvitationEntity, {
    where: { accountId, email, acceptedAt: IsNull(), expiresAt: MoreThan(new Date()) },
    order: { id: 'DESC' },
    ...forUpdate(),
  });
}
