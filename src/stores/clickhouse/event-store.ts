import { Injectable } from '@nestjs/common';
import { DAY_MS } from '../../core/time/utc-day.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import { compileEventInsert } from '../../sql/ingest/event-insert.js';
import {
  compileCollisions,
  compileFewUsersVerdict,
  compileManyUsersVerdict,
  compileStoredCount,
  compileStoredEvents,
  type EventVerdictRow,
  type StoredCountRow,
} from '../../sql/ingest/event-verdict.js';
import { Engine } from './engine.js';
import type { EventBatch } from './event-batch.js';
import { ingestMarker, TAKING_IN } from './ingest-marker.js';

/** What a batch added. `newUsers` may be said where there are none, never the other way round. */
export interface EventVerdict {
  readonly accepted: number;
  readonly eventDays: readonly number[];
  readonly newUsers: boolean;
}

/** The events of all properties, in the engine. */
@Injectable()
export class EventStore {
  constructor(private readonly engine: Engine) {}

  /** Stores a batch. Throws what `Engine` throws; part of it may be stored then. */
  async insert(propertyNumber: number, seq: number, batch: EventBatch): Promise<void> {
    const marker = ingestMarker(propertyNumber, seq);
    await this.engine.insertLines(compileEventInsert(propertyNumber, seq), batch.bytes(), { ...TAKING_IN, marker });
  }

  /**
   * What of a stored batch is new. All batches of lower numbers are stored by now; `knownDays` are those of the batch's days that
   * may hold one of their events. Duplicates share their day, so that most large batches need not be compared with what is
   * there: a load in the order of time meets itself on one day only.
   */
  async verdict(
    propertyNumber: number,
    seq: number,
    batch: EventBatch,
    knownDays: readonly number[],
  ): Promise<EventVerdict> {
    const users = batch.fewUsers;
    if (users) return this.#ask(compileFewUsersVerdict(propertyNumber, seq, users, batch.range));
    if (await this.#isAllNew(propertyNumber, seq, batch.count, knownDays)) {
      return { accepted: batch.count, eventDays: batch.days, newUsers: true };
    }
    return this.#ask(compileManyUsersVerdict(propertyNumber, seq, batch.range));
  }

  /** What is stored of a batch of which nothing else is known. */
  stored(propertyNumber: number, seq: number): Promise<EventVerdict> {
    return this.#ask(compileStoredEvents(propertyNumber, seq));
  }

  async #isAllNew(propertyNumber: number, seq: number, count: number, knownDays: readonly number[]): Promise<boolean> {
    if (await this.#meetsEarlier(propertyNumber, seq, knownDays)) return false;
    // A merge may have taken the batch's duplicates away before they could be looked for: asked last, a full count says that none was missing.
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

  async #ask(query: CompiledQuery): Promise<EventVerdict> {
    const { rows } = await this.engine.rows<EventVerdictRow>(query, TAKING_IN);
    const [row] = rows;
    return { accepted: row?.accepted ?? 0, eventDays: row?.days ?? [], newUsers: row?.new_users === 1 };
  }
}
