import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { accessOfMember } from '../core/access/access.js';
import type { Grant } from '../core/access/grants.js';
import type { GrantedInProperty } from '../core/access/access.js';
import type { Role } from '../core/access/roles.js';
import { Failure } from '../core/failure.js';
import { SharedReads } from '../stores/postgres/shared-reads.js';
import { authenticated, PROPERTY_COLUMNS, type Authenticated, type FoundProperty } from './authenticated.js';
import { hashSecret } from './hash-secret.js';

/** A session that nobody has used for so long is over. */
export const IDLE_HOURS = 12;

interface FoundSession extends FoundProperty {
  readonly id: string;
  readonly person_id: string;
  readonly account_id: string;
  readonly role: Role | null;
  readonly grants: readonly Grant[] | null;
  readonly properties: readonly GrantedInProperty[];
  readonly is_use_due: boolean;
}

const FIND = `
  SELECT session.id, session.person_id, session.account_id, member.role, member.grants, member.properties,
    session.last_seen_at < date_trunc('minute', now()) AS is_use_due,${PROPERTY_COLUMNS}
  FROM sessions AS session
  JOIN members AS member ON member.person_id = session.person_id AND member.account_id = session.account_id
  LEFT JOIN properties AS property
    ON property.account_id = session.account_id AND (property.slug = $2 OR property.id = $2)
  WHERE session.token_hash = $1 AND session.ends_at > now()
    AND session.last_seen_at > now() - interval '${IDLE_HOURS} hours'`;

const NOTE_USE = `UPDATE sessions SET last_seen_at = now() WHERE id = $1 AND last_seen_at < date_trunc('minute', now())`;

/** Finds who is behind the cookie of a session. */
@Injectable()
export class SessionFinder {
  private readonly reads = new SharedReads<FoundSession | null>();
  private readonly noting = new Set<string>();

  constructor(private readonly database: DataSource) {}

  /**
   * As `Authenticator.authenticate`: nothing is kept, so that a session that was ended, and a member who was demoted or
   * removed, is refused at once.
   *
   * @throws Failure unauthenticated
   */
  async find(token: string, propertyNamed?: string): Promise<Authenticated> {
    const found = await this.reads.share(`${token} ${propertyNamed ?? ''}`, async () => {
      const [row]: FoundSession[] = await this.database.query(FIND, [hashSecret(token), propertyNamed ?? null]);
      return row ?? null;
    });
    if (found === null)
      throw new Failure('unauthenticated', 'The session is over. Sign in again, by POST /v1/session.');
    if (found.is_use_due) void this.noteUse(found.id);
    const { role, grants, properties } = found;
    const principal = {
      id: found.person_id,
      accountId: found.account_id,
      access: accessOfMember({ role, grants }, properties),
      sessionId: found.id,
    };
    return authenticated(principal, found);
  }

  /** Once a minute for a session, beside the call. */
  private async noteUse(id: string): Promise<void> {
    if (this.noting.has(id)) return;
    this.noting.add(id);
    await this.database.query(NOTE_USE, [id]).catch(() => undefined);
    this.noting.delete(id);
  }
}
