import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, In, IsNull, MoreThan, Not, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import type { AuditedAction } from '../../access/audits.js';
import type { SessionPrincipal } from '../../access/current-session.js';
import { hashSecret } from '../../access/hash-secret.js';
import { newToken } from '../../access/session-cookie.js';
import { IDLE_HOURS } from '../../access/session-finder.service.js';
import { parsePassword } from '../../core/access/password.js';
import { parsePasswordChange, type SignIn } from '../../core/access/parse-sign-in.js';
import { Failure } from '../../core/failure.js';
import { DAY_MS } from '../../core/time/utc-day.js';
import { Housekeeping } from '../../stores/postgres/housekeeping.js';
import { AccountEntity } from '../account.entity.js';
import { MemberEntity, PersonEntity } from '../members/member.entity.js';
import { Passwords } from './passwords.js';
import { RefusedSignIns, wrongPassword, type Whence } from './refused-sign-ins.service.js';
import { SessionEntity } from './session.entity.js';
import { SignInLimits } from './sign-in-limits.service.js';

const LONGEST_DAYS = 30;
/** How long a sign-in allows to change the ways of signing in. */
const RECENT_MINUTES = 15;
const AGENT_LENGTH = 200;

const REMOVE_OLD = `
  WITH gone AS (
    DELETE FROM sessions WHERE id IN (
      SELECT id FROM sessions WHERE ends_at < $1::timestamptz OR last_seen_at < $1::timestamptz - interval '${IDLE_HOURS} hours'
      LIMIT 500) RETURNING 1)
  SELECT count(*)::integer AS n FROM gone`;

/** A session with its token, which is told to its cookie alone. */
export interface NewSession {
  readonly session: SessionEntity;
  readonly token: string;
}

/** Who is signed in. */
export interface SignedIn {
  readonly session: SessionEntity;
  readonly person: PersonEntity;
  readonly memberships: readonly { readonly member: MemberEntity; readonly account: AccountEntity }[];
}

/** Signing in and out. */
@Injectable()
export class Sessions implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly passwords: Passwords,
    private readonly limits: SignInLimits,
    private readonly refused: RefusedSignIns,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({
      kind: 'sessions',
      step: async (now) => {
        const [gone]: { n: number }[] = await this.database.query(REMOVE_OLD, [now]);
        return gone?.n ?? 0;
      },
    });
  }

  /**
   * A person by address and password. A wrong address and a wrong password take the same time and get the same answer.
   * `action`: as which a refusal is written into the log; null: the route has a caller, and does it.
   * @throws Failure unauthenticated, too_many_sign_ins
   */
  async person({ email, password }: SignIn, whence: Whence, action: AuditedAction | null): Promise<PersonEntity> {
    const attempt = await this.limits.begin(email, whence.network ?? '');
    const person = await this.database.manager.findOneBy(PersonEntity, { email });
    const tried = { attempt, person, whence, action };
    if (attempt.retryAfterS !== null) throw await this.refused.stopped(tried, attempt.retryAfterS);
    const matches = await this.passwords.matches(person?.passwordHash ?? null, password);
    if (!matches || person === null) throw await this.refused.wrong(tried);
    await this.limits.forget(attempt);
    return person;
  }

  /** @throws Failure unauthenticated, too_many_sign_ins, forbidden for a member of no account */
  async signIn(signIn: SignIn, whence: Whence): Promise<NewSession> {
    const person = await this.person(signIn, whence, 'session.create');
    const order = { createdAt: 'ASC' as const };
    const [member] = await this.database.manager.find(MemberEntity, { where: { personId: person.id }, order, take: 1 });
    if (member === undefined) throw new Failure('forbidden', 'You are a member of no account. Ask for an invitation.');
    return await this.database.transaction(async (manager) => {
      await this.requireSamePassword(manager, person);
      return await this.begin(manager, person.id, member.accountId, whence);
    });
  }

  /**
   * Until the transaction ends the password stays the one that `person` has found right: a change of it ends the
   * sessions that are there, so none may begin behind it by the old one.
   * @throws Failure unauthenticated where it was changed meanwhile
   */
  async requireSamePassword(manager: EntityManager, { id, passwordHash }: PersonEntity): Promise<void> {
    const where = { id, passwordHash: passwordHash ?? IsNull() };
    const same = await manager.findOne(PersonEntity, { where, lock: { mode: 'pessimistic_read' } });
    if (same === null) throw wrongPassword();
  }

  /**
   * What decides by which ways a person signs in is not left to a session that was found open.
   * @throws Failure sign_in_again
   */
  async requireRecent({ sessionId }: SessionPrincipal): Promise<void> {
    const since = new Date(Date.now() - RECENT_MINUTES * 60_000);
    if (await this.database.manager.existsBy(SessionEntity, { id: sessionId, createdAt: MoreThan(since) })) return;
    const detail = `You signed in more than ${RECENT_MINUTES} minutes ago. Sign in again, by POST /v1/session, and repeat the call.`;
    throw new Failure('sign_in_again', detail);
  }

  /**
   * A new session of who is known by other means. By a provider it is for its account alone. The one of before in the
   * browser, whose cookie it replaces, ends.
   */
  async begin(
    manager: EntityManager,
    personId: string,
    accountId: string,
    whence: Whence,
    providerId: string | null = null,
  ): Promise<NewSession> {
    const token = newToken();
    const now = Date.now();
    const session = manager.create(SessionEntity, {
      id: typeid('ses').toString(),
      tokenHash: hashSecret(token),
      personId,
      accountId,
      providerId,
      network: whence.network,
      agent: whence.agent.slice(0, AGENT_LENGTH),
      lastSeenAt: new Date(now),
      endsAt: new Date(now + LONGEST_DAYS * DAY_MS),
      createdAt: new Date(now),
    });
    if (whence.sessionToken !== null) {
      await manager.delete(SessionEntity, { tokenHash: hashSecret(whence.sessionToken) });
    }
    await manager.insert(SessionEntity, session);
    return { session, token };
  }

  /** @throws Failure unauthenticated */
  async signedIn(sessionId: string): Promise<SignedIn> {
    const { manager } = this.database;
    const session = await manager.findOneBy(SessionEntity, { id: sessionId });
    const person = session && (await manager.findOneBy(PersonEntity, { id: session.personId }));
    if (session === null || person === null) {
      throw sessionOver();
    }
    const members = await manager.find(MemberEntity, { where: { personId: person.id }, order: { createdAt: 'ASC' } });
    const accounts = await manager.findBy(AccountEntity, { id: In(members.map(({ accountId }) => accountId)) });
    const seen = members.filter(({ accountId }) => session.providerId === null || accountId === session.accountId);
    const memberships = seen.flatMap((member) => {
      const account = accounts.find(({ id }) => id === member.accountId);
      return account === undefined ? [] : [{ member, account }];
    });
    return { session, person, memberships };
  }

  /** @throws Failure not_found for an account of which the person is no member */
  async choose(sessionId: string, accountId: string): Promise<SignedIn> {
    const { session, ...whose } = await this.signedIn(sessionId);
    if (!whose.memberships.some(({ account }) => account.id === accountId)) {
      throw new Failure('not_found', 'You are a member of no such account. GET /v1/session lists yours.');
    }
    await this.database.manager.update(SessionEntity, { id: sessionId }, { accountId });
    return { session: Object.assign(session, { accountId }), ...whose };
  }

  /** Those that it sees and that are not over, the newest first. */
  async list(sessionId: string): Promise<SessionEntity[]> {
    const now = Date.now();
    const seen = new Date(now - IDLE_HOURS * 3_600_000);
    const where = { ...(await this.seenBy(sessionId)), endsAt: MoreThan(new Date(now)), lastSeenAt: MoreThan(seen) };
    return await this.database.manager.find(SessionEntity, { where, order: { createdAt: 'DESC' } });
  }

  /** @throws Failure not_found for one that it does not see */
  async end(sessionId: string, id: string): Promise<void> {
    const { affected } = await this.database.manager.delete(SessionEntity, { ...(await this.seenBy(sessionId)), id });
    if (affected === 0) throw new Failure('not_found', 'You have no session with this id.');
  }

  /** Ends all that it sees but itself. */
  async endOthers(sessionId: string): Promise<void> {
    await this.database.manager.delete(SessionEntity, { ...(await this.seenBy(sessionId)), id: Not(sessionId) });
  }

  /** Sessions of the person; one that a provider has begun knows those in its account alone. */
  private async seenBy(sessionId: string): Promise<{ personId: string; accountId?: string }> {
    const session = await this.database.manager.findOneBy(SessionEntity, { id: sessionId });
    if (session === null) throw sessionOver();
    const { personId, accountId, providerId } = session;
    return providerId === null ? { personId } : { personId, accountId };
  }

  /**
   * Ends the other sessions of the person too.
   * @throws Failure unauthenticated where the old password is wrong, invalid_field, too_many_sign_ins
   */
  async changePassword(personId: string, sessionId: string, body: unknown, whence: Whence): Promise<void> {
    const change = parsePasswordChange(body);
    const person = await this.database.manager.findOneBy(PersonEntity, { id: personId });
    if (person === null) throw wrongPassword();
    const { email } = person;
    const known = await this.person({ email, password: change.old }, whence, null);
    const passwordHash = await this.passwords.hash(parsePassword(change.new, '/new', email));
    await this.database.transaction(async (manager) => {
      const same = { id: personId, passwordHash: known.passwordHash ?? IsNull() };
      const { affected } = await manager.update(PersonEntity, same, { passwordHash });
      if (affected === 0) throw wrongPassword();
      await manager.delete(SessionEntity, { personId, id: Not(sessionId) });
    });
  }
}

/** It may have been ended by another call since this one was let in. */
function sessionOver(): Failure {
  return new Failure('unauthenticated', 'The session is over. Sign in again.');
}
