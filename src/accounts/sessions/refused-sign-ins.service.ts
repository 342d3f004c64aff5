import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { typeid } from 'typeid-js';
import type { AuditedAction } from '../../access/audits.js';
import { Failure } from '../../core/failure.js';
import { MemberEntity, type PersonEntity } from '../members/member.entity.js';
import { WINDOW_S, type Attempt } from './sign-in-limits.service.js';

const ENTRIES = `
  INSERT INTO audit_entries (id, account_id, action, thing, network, request_id, status)
  SELECT entry.id, entry.account_id, $4, $5, $6, $7, $8::integer
  FROM unnest($2::text[], $3::text[]) AS entry (id, account_id)`;

/** The rows of the attempt are written whether there are entries or not: a commit takes long, the rest does not. */
const NOTE_WRONG = `
  WITH failed AS (UPDATE sign_in_failures SET at = now() WHERE id = ANY ($1)) ${ENTRIES}`;

/** Whoever goes on after he was stopped fills no log: one entry for each window. */
const NOTE_STOPPED = `
  WITH untried AS (DELETE FROM sign_in_failures WHERE id = ANY ($1)) ${ENTRIES}
  WHERE NOT EXISTS (
    SELECT 1 FROM audit_entries AS before
    WHERE before.at > now() - interval '${WINDOW_S} seconds' AND before.account_id = entry.account_id
      AND before.thing = $5 AND before.network IS NOT DISTINCT FROM $6 AND before.status = $8::integer)`;

/** From where somebody signs in, by which call. */
export interface Whence {
  readonly network: string | null;
  readonly agent: string;
  readonly requestId: string;
  /** Of the cookie that the call has sent, whatever it is worth; null: none. */
  readonly sessionToken: string | null;
}

/** A sign-in that has failed: the address may be anybody's, or nobody's. */
export interface RefusedSignIn {
  readonly attempt: Attempt;
  readonly person: PersonEntity | null;
  readonly whence: Whence;
  /** As it is written into the log; null: somebody else writes it. */
  readonly action: AuditedAction | null;
}

/**
 * Refuses sign-ins, and tells the accounts of the person whose address was tried. The entry has the id of the person and
 * not what was typed: that may be the address of somebody who has nothing to do with the account, or a password in the
 * wrong field. An address that is nobody's is in no log. It does the same work in both cases.
 */
@Injectable()
export class RefusedSignIns {
  constructor(private readonly database: DataSource) {}

  /** The refusal of a wrong address or password: one and the same. */
  async wrong(refused: RefusedSignIn): Promise<Failure> {
    await this.note(NOTE_WRONG, refused, 401);
    return wrongPassword();
  }

  /** The refusal of one that was not tried at all. */
  async stopped(refused: RefusedSignIn, retryAfterS: number): Promise<Failure> {
    await this.note(NOTE_STOPPED, refused, 429);
    const detail = `There were too many sign-ins that failed. Try again in ${retryAfterS} s.`;
    return new Failure('too_many_sign_ins', detail, [], { retry_after: retryAfterS });
  }

  private async note(
    statement: string,
    { attempt, person, whence, action }: RefusedSignIn,
    status: number,
  ): Promise<void> {
    const members = await this.database.manager.findBy(MemberEntity, { personId: person?.id ?? '' });
    const accounts = action === null ? [] : members.map(({ accountId }) => accountId);
    const ids = accounts.map(() => typeid('aud').toString());
    const { network, requestId } = whence;
    const values = [attempt.ids, ids, accounts, action ?? '', person?.id ?? '', network, requestId, status];
    await this.database.query(statement, values);
  }
}

export function wrongPassword(): Failure {
  return new Failure('unauthenticated', 'The address or the password is wrong.');
}
