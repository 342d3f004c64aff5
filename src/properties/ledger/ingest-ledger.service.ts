import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import { CHANGE_KINDS, type ChangeKind, type DayRange, type Reads } from '../../core/request/freshness.js';
import type { ResultCondition } from '../../jobs/job-kind.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { JournalFlush } from '../journal/journal-flush.service.js';
import { NO_COUNTS, NOBODY, type BatchCounts, type Sent } from './batch-counts.js';
import { NO_DATA_CHANGES, type DataChanges } from './data-changes.js';
import { LedgerStore, type Ending, type LedgerState } from './ledger-store.js';
import { OpenBatches } from './open-batches.js';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
/** A batch takes seconds, and one that nobody works on is ended within seconds, unless a store is away. */
const PATIENCE_MS = 60_000;
const STUCK =
  'An earlier batch of the property could not be ended yet, so this one cannot be seen. Send it again later: what is stored counts once.';
const FIRST_DAY = -(2 ** 31);
const LAST_DAY = 2 ** 31 - 1;

/** What can move by data that come in. */
export type DataMove = Exclude<ChangeKind, 'time' | 'semantics'>;
const DATA_MOVES = CHANGE_KINDS.filter((move): move is DataMove => move !== 'time' && move !== 'semantics');

/** Reads that meet a deletion again and again, one after another. */
const MAX_READS = 20;

export interface Closed {
  /** False: somebody took this process for dead and closed the batch before, with what was stored by then. */
  readonly wasOpen: boolean;
  readonly dataVersion: number;
}

/**
 * The ingest sequence of every property and what each number moved (docs/semantics.md#sequence-and-data-version). Each step is one statement, so it holds whole or
 * not at all, whatever dies. Throws what the database throws.
 */
@Injectable()
export class IngestLedger {
  readonly underWay = new OpenBatches();
  /** Numbers of this process that are worked on without rows on their way: deletions, and batches that wait for one. */
  readonly #held = new Set<string>();
  readonly #sleepers = new Set<() => void>();

  constructor(
    private readonly store: LedgerStore,
    private readonly instance: ProcessLiveness,
    private readonly journal: JournalFlush,
  ) {}

  /** Gives out the next number of a property, like `openGroup`. */
  open(propertyId: string, kind: 'events' | 'users', sent: Sent = NOBODY): Promise<number> {
    return this.openGroup(propertyId, kind, [sent]);
  }

  /**
   * Gives out the next numbers of a property, one after another, and returns the first. The data version stays below them until they are closed. Resolves when rows may be
   * stored under them: a deletion of an earlier batch has to be done before, lest a merge takes a new event for the duplicate of one that goes.
   * @throws Failure engine_unavailable when that takes too long, not_found where the property was deleted meanwhile
   */
  async openGroup(propertyId: string, kind: 'events' | 'users', sent: readonly Sent[]): Promise<number> {
    const { seqs, deletion } = await this.store.open(propertyId, kind, this.instance.id, sent);
    const [first] = seqs;
    if (first === undefined) throw gone();
    if (deletion === null) return first;
    for (const seq of seqs) this.#held.add(`${propertyId}:${seq}`);
    try {
      await this.waitVisible(propertyId, deletion);
      return first;
    } catch (error) {
      for (const seq of seqs) {
        // Where it cannot be closed now nobody holds it any more, so that recovery ends it.
        await this.close(propertyId, seq, NO_DATA_CHANGES).catch(() => this.#held.delete(`${propertyId}:${seq}`));
      }
      throw error;
    }
  }

  /** Gives the deletion of a batch its number, once. Null: it has one already, or there is no such batch. */
  async openDeletion(propertyId: string, targetSeq: number, apiKeyId: string | null): Promise<number | null> {
    const seq = await this.store.openDeletion(propertyId, targetSeq, this.instance.id, apiKeyId);
    if (seq !== null) this.#held.add(`${propertyId}:${seq}`);
    return seq;
  }

  /** Whether this process works on an open number of its own, although it has no rows on their way. */
  isHeld(propertyId: string, seq: number): boolean {
    return this.#held.has(`${propertyId}:${seq}`);
  }

  /** Notes what an open batch will have moved, before it does anything: whoever ends it after a crash cannot know any more. */
  async touch(propertyId: string, seq: number, touches: DataChanges): Promise<void> {
    await this.store.touch(propertyId, { seq, touches });
  }

  /** Notes what a batch moved and what became of it, and ends it. */
  async close(
    propertyId: string,
    seq: number,
    touches: DataChanges,
    counts: BatchCounts = NO_COUNTS,
    isDeletion = false,
  ): Promise<Closed> {
    const [closed] = await this.closeGroup(propertyId, [{ seq, touches, counts, isDeletion }]);
    return closed ?? { wasOpen: false, dataVersion: 0 };
  }

  /** The same for several batches in one statement. */
  async closeGroup(propertyId: string, endings: readonly Ending[]): Promise<Closed[]> {
    const { ended, dataVersion } = await this.store.close(propertyId, endings);
    for (const { seq } of endings) {
      this.underWay.end(propertyId, seq);
      this.#held.delete(`${propertyId}:${seq}`);
    }
    for (const wake of this.#sleepers) wake();
    return endings.map(({ seq }) => ({ wasOpen: ended.has(seq), dataVersion }));
  }

  /** The highest number of the property with no open one at or below it; 0: nothing was ingested. */
  async dataVersion(propertyId: string): Promise<number> {
    return (await this.state(propertyId)).dataVersion;
  }

  /**
   * A data version to read by, of which all is in the engine: none under which a batch is being taken back. What is read is that version's if `isWhole` says so afterwards.
   * @throws Failure engine_unavailable when a deletion takes too long
   */
  async steadyVersion(propertyId: string): Promise<number> {
    for (;;) {
      const { dataVersion, deletionSeq, isJournaled } = await this.state(propertyId);
      if (isJournaled) await this.journal.flush(propertyId, dataVersion);
      if (deletionSeq <= dataVersion) return dataVersion;
      await this.waitVisible(propertyId, deletionSeq);
    }
  }

  /**
   * The data version of `state`, when all of it is in the engine; null where a batch is being taken back under it: take
   * `steadyVersion` then.
   */
  async steadyAt(propertyId: string, { dataVersion, deletionSeq, isJournaled }: LedgerState): Promise<number | null> {
    if (deletionSeq > dataVersion) return null;
    if (isJournaled) await this.journal.flush(propertyId, dataVersion);
    return dataVersion;
  }

  /** `isWhole` as a condition of a statement. */
  wholeCondition(propertyId: string, dataVersion: number): ResultCondition {
    return {
      sql: (given) =>
        `coalesce((SELECT deletion_seq <= $${given + 2}::bigint FROM ingest_counters WHERE property_id = $${given + 1}), true)`,
      values: [propertyId, dataVersion],
      isBroken: async () => !(await this.isWhole(propertyId, dataVersion)),
    };
  }

  /** Whether everything of a data version was there until now: false when a batch has been taken back, or is being taken back, since. */
  async isWhole(propertyId: string, dataVersion: number): Promise<boolean> {
    return (await this.state(propertyId)).deletionSeq <= dataVersion;
  }

  /**
   * What `read` finds under one data version, read again where a batch was taken back in between.
   * @throws Failure engine_unavailable when that goes on without an end
   */
  async readWhole<T>(propertyId: string, read: (dataVersion: number) => Promise<T>): Promise<T> {
    for (let reads = 0; reads < MAX_READS; reads++) {
      const dataVersion = await this.steadyVersion(propertyId);
      const found = await read(dataVersion);
      if (await this.isWhole(propertyId, dataVersion)) return found;
    }
    throw new Failure('engine_unavailable', 'Batches are being taken back one after another. Ask again later.');
  }

  /** Resolves when all below `seq` is closed and in the engine; throws `engine_unavailable` when that takes too long. */
  async waitWholeBelow(propertyId: string, seq: number, patienceMs = PATIENCE_MS): Promise<void> {
    await this.waitVisible(propertyId, seq - 1, patienceMs);
    await this.journal.flush(propertyId, seq - 1, patienceMs);
  }

  /** Resolves when the data version includes a number that was given out; throws `engine_unavailable` when that takes too long. */
  async waitVisible(propertyId: string, seq: number, patienceMs = PATIENCE_MS): Promise<void> {
    const endMs = performance.now() + patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const woken = this.#nextClose();
      const { dataVersion, isGone } = await this.state(propertyId);
      if (dataVersion >= seq || isGone) woken.forget();
      if (isGone) throw gone();
      if (dataVersion >= seq) return;
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
    const row = await this.store.before(propertyId, seq, days);
    if (row.isJournaled) await this.journal.flush(propertyId, seq - 1);
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
  lastGiven(propertyId: string): Promise<number> {
    return this.store.lastGiven(propertyId);
  }

  /**
   * Which data that a result reads have moved since its data version, closed batches of higher numbers included. `batches` never stands alone: it tells that some of it
   * was taken back.
   */
  async moves(propertyId: string, seq: number, reads: Reads): Promise<DataMove[]> {
    const ranges = [...bounds(reads.eventDays), ...bounds(reads.registrationDays)];
    const parameters = [propertyId, seq, ...ranges, reads.newUsers, reads.traits];
    const row = await this.store.changedSince(parameters);
    const moves = row === undefined ? [] : DATA_MOVES.filter((move) => row[move]);
    return moves.every((move) => move === 'batches') ? [] : moves;
  }

  /** Whether anything that a result reads has moved since its data version. */
  async movedSince(propertyId: string, seq: number, reads: Reads): Promise<boolean> {
    return (await this.moves(propertyId, seq, reads)).length > 0;
  }

  state(propertyId: string): Promise<LedgerState> {
    return this.store.state(propertyId);
  }

  #nextClose(): { promise: Promise<void>; forget: () => void } {
    let wake = (): void => undefined;
    const promise = new Promise<void>((resolve) => (wake = resolve));
    this.#sleepers.add(wake);
    return { promise, forget: () => void this.#sleepers.delete(wake) };
  }
}

const gone = (): Failure => new Failure('not_found', 'The property has been deleted.');

function bounds(range: DayRange | null): [boolean, number, number] {
  return [range !== null, range?.fromDay ?? FIRST_DAY, range?.toDay ?? LAST_DAY];
}
