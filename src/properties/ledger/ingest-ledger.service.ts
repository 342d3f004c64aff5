import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { DayRange, Reads } from '../../core/request/reads.js';
import { Instance } from '../../stores/postgres/instance.js';
import type { Touches } from './touches.js';

export type BatchKind = 'events' | 'users';

const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 25;

/**
 * The ingest sequence of each property: numbers, the data version, and what moved when (SEMANTICS, *Sequence* and *Fresh*). Each call is one
 * statement, and none looks at events.
 */
@Injectable()
export class IngestLedger {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly instance: Instance,
  ) {}

  /** Gives out the next number, from 1. Until it is closed the data version stays below it. */
  async open(propertyId: string, kind: BatchKind): Promise<number> {
    const [row] = await this.#query<{ seq: string }>(OPEN, [propertyId, kind, this.instance.id]);
    return Number(row?.seq);
  }

  /** Notes what the batch moved and ends it: together, so that a data version never includes a batch whose touches are not known. Idempotent. */
  async close(propertyId: string, seq: number, touches: Touches): Promise<void> {
    const { eventDays, registrationDays, registrationNone, newUsers, traits } = touches;
    await this.#query(CLOSE, [propertyId, seq, eventDays, registrationDays, newUsers, registrationNone, traits]);
  }

  /** The highest number with no unfinished one below it; 0: nothing was ingested. Within a transaction: its manager, since a second connection could be waited for in vain. */
  async dataVersion(propertyId: string, manager: EntityManager = this.dataSource.manager): Promise<number> {
    const [row] = await manager.query<{ version: string }[]>(DATA_VERSION, [propertyId]);
    return Number(row?.version ?? 0);
  }

  /** The last number given out; 0: none. */
  async lastSequence(propertyId: string): Promise<number> {
    const [row] = await this.#query<{ seq: string }>(LAST_SEQUENCE, [propertyId]);
    return Number(row?.seq ?? 0);
  }

  /** Resolves when the data version includes the number: batches below it have to end first, here or in another process. */
  async waitVisible(propertyId: string, seq: number): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; (await this.dataVersion(propertyId)) < seq;) {
      await sleep(waitMs);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  }

  /** Whether anything of `reads` moved in a batch after `seq`. May say yes early, for a batch that is not visible yet; never no wrongly. */
  async movedSince(propertyId: string, seq: number, reads: Reads): Promise<boolean> {
    const events = boundsOf(reads.eventDays);
    const registrations = boundsOf(reads.registrationDays);
    const parameters = [propertyId, seq, ...events, reads.registrationDays !== null, ...registrations, reads.newUsers];
    const [row] = await this.#query<{ moved: boolean }>(MOVED_SINCE, parameters);
    return row?.moved ?? false;
  }

  #query<T>(sql: string, parameters: unknown[]): Promise<T[]> {
    return this.dataSource.query<T[]>(sql, parameters);
  }
}

const LAST_DAY = 2 ** 31 - 1;

/** Inclusive; where nothing is read, an interval that holds no day. */
function boundsOf(range: DayRange | null): [number, number] {
  if (range === null) return [0, -1];
  return [range.fromDay ?? -LAST_DAY, range.toDay ?? LAST_DAY];
}

const OPEN = `
  WITH counter AS (
    INSERT INTO ingest_counters AS c (property_id, last_seq) VALUES ($1, 1)
    ON CONFLICT (property_id) DO UPDATE SET last_seq = c.last_seq + 1
    RETURNING last_seq
  )
  INSERT INTO open_batches (property_id, seq, kind, instance_id)
  SELECT $1, last_seq, $2, $3 FROM counter
  RETURNING seq`;

/** Days are written in one order by everybody, so that two batches of the same days cannot deadlock. */
const CLOSE = `
  WITH days AS (
    INSERT INTO touched_days AS t (property_id, kind, day, seq)
    SELECT $1, kind, day, $2::bigint FROM (
      SELECT DISTINCT 'event' AS kind, unnest($3::int[]) AS day
      UNION ALL
      SELECT DISTINCT 'registration', unnest($4::int[])
    ) AS touched ORDER BY kind, day
    ON CONFLICT (property_id, kind, day) DO UPDATE SET seq = greatest(t.seq, excluded.seq)
  ), marks AS (
    UPDATE ingest_counters SET
      new_user_seq = CASE WHEN $5 THEN greatest(new_user_seq, $2::bigint) ELSE new_user_seq END,
      registration_seq = CASE WHEN $6 THEN greatest(registration_seq, $2::bigint) ELSE registration_seq END,
      trait_seq = CASE WHEN $7 THEN greatest(trait_seq, $2::bigint) ELSE trait_seq END
    WHERE property_id = $1 AND ($5 OR $6 OR $7)
  )
  DELETE FROM open_batches WHERE property_id = $1 AND seq = $2::bigint`;

const DATA_VERSION = `
  SELECT coalesce((SELECT min(seq) - 1 FROM open_batches WHERE property_id = $1), last_seq) AS version
  FROM ingest_counters WHERE property_id = $1`;

const LAST_SEQUENCE = 'SELECT last_seq AS seq FROM ingest_counters WHERE property_id = $1';

const MOVED_SINCE = `
  SELECT EXISTS (
    SELECT FROM touched_days
    WHERE property_id = $1 AND seq > $2::bigint
      AND (kind = 'event' AND day BETWEEN $3 AND $4 OR kind = 'registration' AND day BETWEEN $6 AND $7)
  ) OR EXISTS (
    SELECT FROM ingest_counters
    WHERE property_id = $1 AND ($8 AND new_user_seq > $2::bigint OR $5 AND registration_seq > $2::bigint)
  ) AS moved`;
