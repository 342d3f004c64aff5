import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { currentDay } from '../../core/time/calendar.js';
import { placeBatch, type PlacedBatch } from '../../core/usage/counters/place-batch.js';
import { parseUsageBatch, type UsageBatch } from '../../core/usage/counters/usage-batch.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { openState, type CounterState } from './counter-state.js';
import { DayKeys } from './day-keys.js';
import { toDate } from '../../stores/postgres/local-dates.js';
import { ADD_SUMS, INTO_SUMS, MAX_SUM } from './stored-sums.js';
import type { UsageVerdictDto } from './usage-batch.dto.js';

const REMEMBER = `INSERT INTO usage_batches (property_id, batch, day) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`;

/** Rows in one order: batches that count the same wait for each other, and never in a circle. */
const COUNT = `
  ${INTO_SUMS}
  SELECT $1, 'base', day, offset_ms, category, event, least(count, ${MAX_SUM})
  FROM unnest($2::date[], $3::integer[], $4::text[], $5::text[], $6::bigint[]) AS sent (day, offset_ms, category, event, count)
  ORDER BY day, offset_ms, category, event
  ${ADD_SUMS}`;

const SEE = `
  WITH fresh AS (
    INSERT INTO usage_seen (property_id, day, category, id)
    SELECT $1, day, category, id FROM unnest($2::date[], $3::text[], $4::bytea[]) AS sent (day, category, id) ORDER BY day, category, id
    ON CONFLICT DO NOTHING RETURNING 1)
  SELECT count(*)::integer AS n FROM fresh`;

const MARK = `
  INSERT INTO usage_marks (property_id, at, category, event)
  SELECT $1, at, category, event FROM unnest($2::timestamptz[], $3::text[], $4::text[]) AS sent (at, category, event) ORDER BY at, category, event
  ON CONFLICT DO NOTHING`;

const GO_LIVE = `UPDATE usage_counters SET live_at = $2 WHERE property_id = $1`;

/** Thrown where an attempt finds that it has to change what it shares with others. */
const NEEDS_STATE_ALONE = Symbol('needs the state alone');

/** Takes batches of counts. */
@Injectable()
export class Counting {
  constructor(
    private readonly database: DataSource,
    private readonly keys: DayKeys,
  ) {}

  /**
   * Counts a batch, once by its id. All of it is durable then, or nothing of it was counted.
   * @throws Failure as parseUsageBatch and placeBatch
   */
  async count({ id, timeZone }: PropertyEntity, body: unknown, now: Date): Promise<UsageVerdictDto> {
    const batch = parseUsageBatch(body, timeZone);
    try {
      return await this.attempt(id, batch, now, 'shared');
    } catch (error) {
      if (error !== NEEDS_STATE_ALONE) throw error;
      return await this.attempt(id, batch, now, 'alone');
    }
  }

  private async attempt(
    propertyId: string,
    batch: UsageBatch,
    now: Date,
    lock: 'shared' | 'alone',
  ): Promise<UsageVerdictDto> {
    return await this.database.transaction(async (manager) => {
      const nowMs = now.getTime();
      const state = await openState(manager, propertyId, lock, nowMs);
      const day = Math.max(state.openDay, currentDay(nowMs, state.timeZone));
      const remembered: object[] = await manager.query(REMEMBER, [propertyId, batch.batch, toDate(day)]);
      if (remembered.length === 0) return { batch: batch.batch, duplicate: true, counts: 0, seen: 0, marks: 0 };
      const placed = placeBatch(batch, { ...state, nowMs });
      if (isEarlier(placed, state)) {
        if (lock === 'shared') throw NEEDS_STATE_ALONE;
        await manager.query(GO_LIVE, [propertyId, new Date(placed.firstMs)]);
      }
      await countAll(manager, propertyId, placed);
      const seen = await this.see(manager, propertyId, placed, state);
      await mark(manager, propertyId, placed);
      const { counts, marks } = batch;
      return { batch: batch.batch, duplicate: false, counts: counts.length, seen, marks: marks.length };
    });
  }

  /** How many of the ids are new on their day. */
  private async see(
    manager: EntityManager,
    propertyId: string,
    { seen }: PlacedBatch,
    { settings: { anonymise }, openDay }: CounterState,
  ): Promise<number> {
    if (seen.length === 0) return 0;
    const hidden = await this.keys.hide(manager, propertyId, seen, { anonymise, openDay });
    const [fresh]: { n: number }[] = await manager.query(SEE, [
      propertyId,
      hidden.map(({ day }) => toDate(day)),
      hidden.map(({ category }) => category),
      hidden.map(({ stored }) => stored),
    ]);
    return fresh?.n ?? 0;
  }
}

/** Whether the property goes live with what was placed, or has gone live earlier than was known. */
function isEarlier(
  placed: PlacedBatch,
  { liveMs }: CounterState,
): placed is PlacedBatch & { readonly firstMs: number } {
  const { firstMs } = placed;
  return firstMs !== null && (liveMs === null || firstMs < liveMs);
}

async function countAll(manager: EntityManager, propertyId: string, { counts }: PlacedBatch): Promise<void> {
  if (counts.length === 0) return;
  await manager.query(COUNT, [
    propertyId,
    counts.map(({ day }) => toDate(day)),
    counts.map(({ offsetMs }) => offsetMs),
    counts.map(({ category }) => category),
    counts.map(({ event }) => event),
    counts.map(({ count }) => count),
  ]);
}

async function mark(manager: EntityManager, propertyId: string, { marks }: PlacedBatch): Promise<void> {
  if (marks.length === 0) return;
  await manager.query(MARK, [
    propertyId,
    marks.map(({ atMs }) => new Date(atMs)),
    marks.map(({ category }) => category),
    marks.map(({ event }) => event),
  ]);
}
