import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../../core/failure.js';
import { MOVES, type DayRange, type Move, type Reads } from '../../core/request/reads.js';
import { Instance } from '../../stores/postgres/instance.js';
import { BatchesUnderWay } from './batches-under-way.js';
import { BEFORE, CLOSE, DATA_VERSION, LAST_GIVEN, MOVED, OPEN } from './ledger-sql.js';
import type { Touches } from './touches.js';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
/** A batch takes seconds, and one that nobody works on is ended within seconds, unless a store is away. */
const PATIENCE_MS = 60_000;
const STUCK =
  'An earlier batch of the property could not be ended yet, so this one cannot be seen. Send it again later: what is stored counts once.';
const FIRST_DAY = -(2 ** 31);
const LAST_DAY = 2 ** 31 - 1;

/** What can move by data that come in. */
export type DataMove = Exclude<Move, 'time' | 'semantics'>;
const DATA_MOVES = MOVES.filter((move): move is DataMove => move !== 'time' && move !== 'semantics');

export type BatchKind = 'events' | 'users';

export interface Closed {
  /** False: somebody took this process for dead and closed the batch before, with what was stored by then. */
  readonly wasOpen: boolean;
  readonly dataVersion: number;
}

interface ClosedRow {
  readonly was_open: boolean;
  readonly version: string;
}

/**
 * The ingest sequence of every property and what each number moved (docs/semantics.md#sequence-and-data-version). Each step is one statement, so it holds whole or
 * not at all, whatever dies. Throws what the database throws.
 */
@Injectable()
export class IngestLedger {
  readonly underWay = new BatchesUnderWay();
  readonly #sleepers = new Set<() => void>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly instance: Instance,
  ) {}

  /** Gives out the next number of a property. The data version stays below it until it is closed. */
  async open(propertyId: string, kind: BatchKind): Promise<number> {
    const rows: { seq: string }[] = await this.dataSource.query(OPEN, [propertyId, kind, this.instance.id]);
    return Number(rows[0]?.seq);
  }

  /** Notes what a batch moved and ends it. */
  async close(propertyId: string, seq: number, touches: Touches): Promise<Closed> {
    const touched = [
      ...touchedDays('event', touches.eventDays),
      ...touchedDays('registration', touches.registrationDays),
    ];
    const kinds = touched.map(({ kind }) => kind);
    const days = touched.map(({ day }) => day);
    const marks = [touches.newUsers, touches.registrationNone, touches.traits];
    const rows: ClosedRow[] = await this.dataSource.query(CLOSE, [propertyId, seq, kinds, days, ...marks]);
    this.underWay.end(propertyId, seq);
    for (const wake of this.#sleepers) wake();
    return { wasOpen: rows[0]?.was_open ?? false, dataVersion: Number(rows[0]?.version ?? 0) };
  }

  /** The highest number of the property with no open one at or below it; 0: nothing was ingested. */
  async dataVersion(propertyId: string): Promise<number> {
    const rows: { version: string }[] = await this.dataSource.query(DATA_VERSION, [propertyId]);
    return Number(rows[0]?.version ?? 0);
  }

  /** Resolves when the data version includes a number that was given out; throws `engine_unavailable` when that takes too long. */
  async waitVisible(propertyId: string, seq: number, patienceMs = PATIENCE_MS): Promise<void> {
    const endMs = performance.now() + patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const woken = this.#nextClose();
      if ((await this.dataVersion(propertyId)) >= seq) return woken.forget();
      if (performance.now() > endMs) throw new Failure('engine_unavailable', STUCK);
      // Batches of other processes close without a word to this one.
      await Promise.race([woken.promise, sleep(pauseMs)]);
      woken.forget();
    }
  }

  /**
   * Resolves when all that will ever be stored of the numbers below `seq`, which is open, is stored, and gives those of `days` on which
   * they may have put an event.
   */
  async waitStoredBefore(propertyId: string, seq: number, days: readonly number[]): Promise<number[]> {
    const [row]: { open: number[]; days: number[] }[] = await this.dataSource.query(BEFORE, [propertyId, seq, days]);
    if (!row) return [];
    const known = new Set(row.days);
    for (const open of row.open) {
      const own = this.underWay.find(propertyId, open);
      if (!own) {
        // Another process's, or closed by now: only when it is closed are its days on record.
        await this.waitVisible(propertyId, Math.max(...row.open));
        return this.waitStoredBefore(propertyId, seq, days);
      }
      await own.stored;
      for (const day of own.days) known.add(day);
    }
    return days.filter((day) => known.has(day));
  }

  /** The last number that was given out; 0: none. */
  async lastGiven(propertyId: string): Promise<number> {
    const rows: { seq: string }[] = await this.dataSource.query(LAST_GIVEN, [propertyId]);
    return Number(rows[0]?.seq ?? 0);
  }

  /** Which data that a result reads have moved since its data version, closed batches of higher numbers included. */
  async moves(propertyId: string, seq: number, reads: Reads): Promise<DataMove[]> {
    const ranges = [...bounds(reads.eventDays), ...bounds(reads.registrationDays)];
    const parameters = [propertyId, seq, ...ranges, reads.newUsers, reads.traits];
    const [row]: Record<DataMove, boolean>[] = await this.dataSource.query(MOVED, parameters);
    return row === undefined ? [] : DATA_MOVES.filter((move) => row[move]);
  }

  /** Whether anything that a result reads has moved since its data version. */
  async movedSince(propertyId: string, seq: number, reads: Reads): Promise<boolean> {
    return (await this.moves(propertyId, seq, reads)).length > 0;
  }

  #nextClose(): { promise: Promise<void>; forget: () => void } {
    let wake = (): void => undefined;
    const promise = new Promise<void>((resolve) => (wake = resolve));
    this.#sleepers.add(wake);
    return { promise, forget: () => void this.#sleepers.delete(wake) };
  }
}

function touchedDays(kind: 'event' | 'registration', days: readonly number[]): { kind: string; day: number }[] {
  return [...new Set(days)].toSorted((a, b) => a - b).map((day) => ({ kind, day }));
}

function bounds(range: DayRange | null): [boolean, number, number] {
  return [range !== null, range?.fromDay ?? FIRST_DAY, range?.toDay ?? LAST_DAY];
}
