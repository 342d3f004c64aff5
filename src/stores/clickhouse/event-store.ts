import { Injectable } from '@nestjs/common';
import type { Tally } from '../../core/ingest/batch-tally.js';
import { DAY_MS } from '../../core/time/utc-day.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import {
  compileDeleteEvents,
  compileDeleteLaterDuplicates,
  compileLaterDuplicates,
} from '../../sql/ingest/deletion.js';
import { compileEventTally, tallyOf, type TallyRow } from '../../sql/ingest/batch-tally.js';
import {
  compileCollisions,
  compileConflicts,
  compileDropStaged,
  compileEventInsert,
  compileFewUsersVerdict,
  compileGroupInsert,
  compileManyUsersVerdict,
  compileStoredCount,
  compileStoredEvents,
  type ConflictRow,
  type EventTable,
  type EventVerdictRow,
  type GroupVerdictRow,
  type InstantRange,
  type StoredCountRow,
  type StoredEventsRow,
} from '../../sql/ingest/event-batch.js';
import { compileKnownUsers, type KnownUserRow } from '../../sql/ingest/known-users.js';
import { compileLastInstant, compileUsersOf } from '../../sql/ingest/user-survey.js';
import { Engine } from './engine.js';
import type { EventBatch } from './event-batch.js';
import { ingestMarker, TAKING_IN } from './ingest-marker.js';
import { knownUsersOf, type KnownUser } from './known-users.js';
import { NO_TIME_LIMIT } from './engine-settings.js';

/** What a batch added. `newUsers` may be said where there are none, never the other way round. */
export interface EventVerdict {
  readonly accepted: number;
  readonly eventDays: readonly number[];
  readonly newUsers: boolean;
}

/** What is there of a batch, duplicates included. Instants are UTC milliseconds, null where nothing is. */
export interface StoredEvents extends EventVerdict {
  readonly stored: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

/** Duplicates whose properties differ from what is stored, and the places of the first in their batch. */
export interface Conflicts {
  readonly count: number;
  readonly positions: readonly number[];
}

/** Rows of several batches, of which `firstSeq` is the lowest number, as `EventBatch.groupBytes` writes them. */
export interface GroupedRows {
  readonly propertyNumber: number;
  readonly firstSeq: number;
  /** Whether a time has digits below the millisecond. */
  readonly hasFinerTimes: boolean;
  readonly rows: Buffer;
}

/** A deletion goes on in the engine whoever waits for it, and stands in the way of new data until it is done. */
const NOTHING_NEW: EventVerdict = { accepted: 0, eventDays: [], newUsers: false };
export const NO_CONFLICTS: Conflicts = { count: 0, positions: [] };

/** The events of all properties, in the engine. */
@Injectable()
export class EventStore {
  constructor(private readonly engine: Engine) {}

  /** Stores a batch. Throws what `Engine` throws; part of it may be stored then. */
  async insert(propertyNumber: number, seq: number, batch: EventBatch): Promise<void> {
    const marker = ingestMarker(propertyNumber, seq);
    const insert = compileEventInsert(propertyNumber, seq, batch.hasFinerTimes);
    await this.engine.insertLines(insert, batch.bytes(), { ...TAKING_IN, marker });
  }

  /**
   * Stores small batches, numbered from `firstSeq`, at once. Throws what `Engine` throws; part of them may be stored
   * then.
   */
  async insertGroup(propertyNumber: number, firstSeq: number, batches: readonly EventBatch[]): Promise<void> {
    const marker = ingestMarker(propertyNumber, firstSeq, batches.length);
    const hasFinerTimes = batches.some((batch) => batch.hasFinerTimes);
    const rows = Buffer.concat(batches.map((batch, place) => batch.groupBytes(firstSeq + place)));
    await this.insertRows({ propertyNumber, firstSeq, hasFinerTimes, rows }, marker);
  }

  /** Stores rows of `groupBytes` of several batches. Throws what `Engine` throws; part of them may be stored then. */
  async insertRows({ propertyNumber, firstSeq, hasFinerTimes, rows }: GroupedRows, marker: string): Promise<void> {
    const insert = compileGroupInsert(propertyNumber, firstSeq, hasFinerTimes);
    await this.engine.insertLines(insert, rows, { ...TAKING_IN, marker });
  }

  /** What is stored of users, and which of the instants, UTC milliseconds, hold events of theirs. */
  async knownUsers(
    propertyNumber: number,
    users: readonly string[],
    instants: readonly number[],
  ): Promise<ReadonlyMap<string, KnownUser>> {
    const query = compileKnownUsers(propertyNumber, users, instants);
    const { rows } = await this.engine.rows<KnownUserRow>(query, TAKING_IN);
    return knownUsersOf(rows);
  }

  /** Users of a property who have an event or an upsert, at most `limit`. Throws QueryCancelled with the signal. */
  async usersOf(propertyNumber: number, limit: number, signal: AbortSignal): Promise<readonly string[]> {
    const query = compileUsersOf(propertyNumber, limit);
    const { rows } = await this.engine.rows<{ users: string[] }>(query, { ...TAKING_IN, signal });
    return rows[0]?.users ?? [];
  }

  /** Of the events of a property, UTC milliseconds; -Infinity: there is none. Throws QueryCancelled with the signal. */
  async lastInstant(propertyNumber: number, signal: AbortSignal): Promise<number> {
    const query = compileLastInstant(propertyNumber);
    const { rows } = await this.engine.rows<{ last_ms: number | null }>(query, { ...TAKING_IN, signal });
    return rows[0]?.last_ms ?? -Infinity;
  }

  /**
   * What of small batches, numbered from `firstSeq`, is new, by one look at their users. All batches of lower numbers
   * are stored by now.
   */
  async verdicts(propertyNumber: number, firstSeq: number, batches: readonly EventBatch[]): Promise<EventVerdict[]> {
    const users = new Set(batches.flatMap(({ fewUsers }) => fewUsers ?? []));
    const fromMs = Math.min(...batches.map(({ range }) => range.fromMs));
    const toMs = Math.max(...batches.map(({ range }) => range.toMs));
    const seqs = { fromSeq: firstSeq, toSeq: firstSeq + batches.length - 1 };
    const query = compileFewUsersVerdict(propertyNumber, seqs, [...users], { fromMs, toMs });
    const { rows } = await this.engine.rows<GroupVerdictRow>(query, TAKING_IN);
    const bySeq = new Map(rows.map((row) => [row.seq, row]));
    return batches.map((_, place) => verdictOf(bySeq.get(firstSeq + place)));
  }

  /**
   * What of a stored batch is new. All batches of lower numbers are stored by now; `knownDays` are those of the batch's
   * days that may hold one of their events. Duplicates share their day, so that most large batches need not be compared
   * with what is there: a load in the order of time meets itself on one day only.
   */
  async verdict(
    propertyNumber: number,
    seq: number,
    batch: EventBatch,
    knownDays: readonly number[],
  ): Promise<EventVerdict> {
    if (batch.fewUsers) {
      const [verdict = NOTHING_NEW] = await this.verdicts(propertyNumber, seq, [batch]);
      return verdict;
    }
    if (await this.#isAllNew(propertyNumber, seq, batch.count, knownDays)) {
      return { accepted: batch.count, eventDays: batch.days, newUsers: true };
    }
    return this.#ask(compileManyUsersVerdict(propertyNumber, seq, batch.range));
  }

  /**
   * What of a stored batch's duplicates is not as it is stored. A merge may have taken some of them away: where rows
   * are missing afterwards, the batch is laid beside the events once more.
   */
  async conflicts(propertyNumber: number, seq: number, batch: EventBatch): Promise<Conflicts> {
    if (!batch.hasIds) return NO_CONFLICTS;
    const found = await this.#conflictsBy(propertyNumber, seq, batch, 'events');
    const { rows } = await this.engine.rows<StoredCountRow>(compileStoredCount(propertyNumber, seq), TAKING_IN);
    if (rows[0]?.rows === batch.count) return found;
    await this.engine.execute(compileDropStaged(propertyNumber, seq));
    const marker = ingestMarker(propertyNumber, seq);
    const insert = compileEventInsert(propertyNumber, seq, batch.hasFinerTimes, 'staged_events');
    await this.engine.insertLines(insert, batch.bytes(), { ...TAKING_IN, marker });
    const whole = await this.#conflictsBy(propertyNumber, seq, batch, 'staged_events');
    await this.engine.execute(compileDropStaged(propertyNumber, seq));
    return whole;
  }

  /**
   * Takes the events of a batch back, and what has been dropped as their duplicate in batches below `untilSeq`: no
   * other may come in meanwhile. Done twice, or after a half of it, it comes to the same.
   */
  async takeBack(propertyNumber: number, seq: number, untilSeq: number): Promise<void> {
    const { rows } = await this.engine.rows<{ n: number }>(compileLaterDuplicates(propertyNumber, seq, untilSeq));
    if (rows[0]?.n !== 0) {
      await this.engine.execute(compileDeleteLaterDuplicates(propertyNumber, seq, untilSeq), NO_TIME_LIMIT);
    }
    await this.engine.execute(compileDeleteEvents(propertyNumber, seq), NO_TIME_LIMIT);
  }

  /** What is stored of a batch of which nothing else is known. All batches of lower numbers are stored. */
  async stored(propertyNumber: number, seq: number): Promise<StoredEvents> {
    const { rows } = await this.engine.rows<StoredEventsRow>(compileStoredEvents(propertyNumber, seq), TAKING_IN);
    const { stored = 0, first_ms: firstMs = 0, last_ms: lastMs = 0 } = rows[0] ?? {};
    const span = stored > 0 ? { firstMs, lastMs } : { firstMs: null, lastMs: null };
    return { ...verdictOf(rows[0]), stored, ...span };
  }

  /** What the events of a batch that count are made of, which lie in `range`. All batches of lower numbers are stored. */
  async tally(propertyNumber: number, seq: number, range: InstantRange): Promise<Tally> {
    const { rows } = await this.engine.rows<TallyRow>(compileEventTally(propertyNumber, seq, range), TAKING_IN);
    return tallyOf(rows);
  }

  /** What all events that count are made of, up to and with a batch. Reads every one of them. */
  async tallyUpTo(propertyNumber: number, seq: number): Promise<Tally> {
    const query = compileEventTally(propertyNumber, seq, null);
    const { rows } = await this.engine.rows<TallyRow>(query, { timeLimitMs: 0 });
    return tallyOf(rows);
  }

  async #isAllNew(propertyNumber: number, seq: number, count: number, knownDays: readonly number[]): Promise<boolean> {
    if (await this.#meetsEarlier(propertyNumber, seq, knownDays)) return false;
    // A merge may have taken the batch's duplicates away before they could be looked for: asked last, a full count says
    // that none was missing.
    const { rows } = await this.engine.rows<StoredCountRow>(compileStoredCount(propertyNumber, seq), TAKING_IN);
    return rows[0]?.rows === count && rows[0].distinct_rows === count;
  }

  async #meetsEarlier(propertyNumber: number, seq: number, knownDays: readonly number[]): Promise<boolean> {
    if (knownDays.length === 0) return false;
    const fromMs = knownDays.reduce((least, day) => Math.min(least, day)) * DAY_MS;
    const toMs = (knownDays.reduce((most, day) => Math.max(most, day)) + 1) * DAY_MS - 1;
    const query = compileCollisions(propertyNumber, seq, { fromMs, toMs });
    const { rows } = await this.engine.rows<{ collisions: number }>(query, TAKING_IN);
    return rows[0]?.collisions !== 0;
  }

  async #conflictsBy(
    propertyNumber: number,
    seq: number,
    { range }: EventBatch,
    rowsOf: EventTable,
  ): Promise<Conflicts> {
    const query = compileConflicts(propertyNumber, seq, range, rowsOf);
    const { rows } = await this.engine.rows<ConflictRow>(query, TAKING_IN);
    return { count: rows[0]?.conflicting ?? 0, positions: rows[0]?.positions ?? [] };
  }

  async #ask(query: CompiledQuery): Promise<EventVerdict> {
    const { rows } = await this.engine.rows<EventVerdictRow>(query, TAKING_IN);
    return verdictOf(rows[0]);
  }
}

function verdictOf(row: EventVerdictRow | undefined): EventVerdict {
  return { accepted: row?.accepted ?? 0, eventDays: row?.days ?? [], newUsers: row?.new_users === 1 };
}
