import { Injectable } from '@nestjs/common';
import type { Tally } from '../../core/ingest/batch-tally.js';
import { compileDeleteUserChanges, compileGivenByUsers, type GivenByUsersRow } from '../../sql/ingest/deletion.js';
import { compileTraitTally, tallyOf, type TallyRow } from '../../sql/ingest/batch-tally.js';
import {
  compileUserChanges,
  compileUserEvents,
  compileUserInsert,
  compileUserVerdict,
  type UserChangeRow,
  type UserEventsRow,
  type UserVerdictRow,
} from '../../sql/ingest/user-batch.js';
import { compileUserStandings, type UserStandingRow } from '../../sql/ingest/user-standing.js';
import { Engine } from './engine.js';
import { ingestMarker, TAKING_IN } from './ingest-marker.js';
import type { UserBatch } from './user-batch.js';

/** What a batch of upserts changed: only what truly differs. */
export interface UserVerdict {
  readonly accepted: number;
  readonly registrationDays: readonly number[];
  readonly registrationNone: boolean;
  readonly newUsers: boolean;
  readonly traits: boolean;
}

/** A user as of a data version: the fold of the upserts, and the span of the events. Times are UTC milliseconds. */
export interface UserState {
  readonly registeredAtMs: number | null;
  readonly traits: Readonly<Record<string, string | number | boolean>>;
  readonly events: number;
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
}

/** Their ids stand in the address of the question. */
const USERS_AT_ONCE = 100;

/** The users of all properties, in the engine. */
@Injectable()
export class UserStore {
  constructor(private readonly engine: Engine) {}

  /** Stores a batch. Throws what `Engine` throws; part of it may be stored then. */
  async insert(propertyNumber: number, seq: number, batch: UserBatch): Promise<void> {
    const marker = ingestMarker(propertyNumber, seq);
    await this.engine.insertLines(compileUserInsert(propertyNumber, seq), batch.bytes(), { ...TAKING_IN, marker });
  }

  /** What a batch changed of what those of lower numbers left. */
  async verdict(propertyNumber: number, seq: number): Promise<UserVerdict> {
    const { rows } = await this.engine.rows<UserVerdictRow>(compileUserVerdict(propertyNumber, seq), TAKING_IN);
    const [row] = rows;
    return {
      accepted: row?.stored ?? 0,
      registrationDays: row?.registration_days ?? [],
      registrationNone: row?.registration_none === 1,
      newUsers: row?.new_users === 1,
      traits: row?.traits === 1,
    };
  }

  /** Of what traits the upserts of a batch are made. */
  async tally(propertyNumber: number, seq: number): Promise<Tally> {
    const { rows } = await this.engine.rows<TallyRow>(compileTraitTally(propertyNumber, seq), TAKING_IN);
    return tallyOf(rows);
  }

  /** Of what traits all upserts are made, up to and with a batch. Reads every one of them. */
  async tallyUpTo(propertyNumber: number, seq: number): Promise<Tally> {
    const query = compileTraitTally(propertyNumber, seq, true);
    const { rows } = await this.engine.rows<TallyRow>(query, { timeLimitMs: 0 });
    return tallyOf(rows);
  }

  /**
   * What goes or comes back with a batch of upserts: more than is true, never less. Nothing where the batch is gone
   * already.
   */
  async given(propertyNumber: number, seq: number): Promise<UserVerdict> {
    const { rows } = await this.engine.rows<GivenByUsersRow>(compileGivenByUsers(propertyNumber, seq));
    const { users = 0, registrations = 0, traits = 0, days = [] } = rows[0] ?? {};
    return {
      accepted: users,
      registrationDays: registrations > 0 ? days : [],
      registrationNone: registrations > 0,
      newUsers: users > 0,
      traits: traits > 0,
    };
  }

  /** Takes the upserts of a batch back: what earlier and later ones said holds. */
  async takeBack(propertyNumber: number, seq: number): Promise<void> {
    await this.engine.execute(compileDeleteUserChanges(propertyNumber, seq), { timeLimitMs: 0 });
  }

  /**
   * The registrations and traits that users have by all that is stored, also by batches that nobody can see yet, with the
   * number of the batch that set each.
   */
  async standings(propertyNumber: number, users: readonly string[]): Promise<readonly UserStandingRow[]> {
    const found: UserStandingRow[] = [];
    for (let from = 0; from < users.length; from += USERS_AT_ONCE) {
      const query = compileUserStandings(propertyNumber, users.slice(from, from + USERS_AT_ONCE));
      const { rows } = await this.engine.rows<UserStandingRow>(query, TAKING_IN);
      found.push(...rows);
    }
    return found;
  }

  /** Null: the user is not known. */
  async find(propertyNumber: number, user: string, dataVersion: number): Promise<UserState | null> {
    const [changes, events] = await Promise.all([
      this.engine.rows<UserChangeRow>(compileUserChanges(propertyNumber, user, dataVersion)),
      this.engine.rows<UserEventsRow>(compileUserEvents(propertyNumber, user, dataVersion)),
    ]);
    const span = events.rows[0];
    const count = span?.events ?? 0;
    if (changes.rows.length === 0 && count === 0) return null;
    return {
      ...fold(changes.rows),
      events: count,
      firstEventMs: span && count > 0 ? span.first_ms : null,
      lastEventMs: span && count > 0 ? span.last_ms : null,
    };
  }
}

/** Key by key the last one wins. */
function fold(changes: readonly UserChangeRow[]): Pick<UserState, 'registeredAtMs' | 'traits'> {
  let registeredAtMs: number | null = null;
  const traits = new Map<string, string | number | boolean>();
  for (const change of changes) {
    if (change.registration_given) registeredAtMs = change.registered_ms;
    for (const values of [change.text, change.number, change.flag]) {
      for (const [key, value] of Object.entries(values)) traits.set(key, value);
    }
    for (const key of change.removed) traits.delete(key);
  }
  return { registeredAtMs, traits: Object.fromEntries(traits) };
}
