import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import { Engine } from '../../stores/clickhouse/engine.js';
import { EventStore, type GroupedRows } from '../../stores/clickhouse/event-store.js';
import { stopInserts } from '../../stores/clickhouse/ingest-marker.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { SharedReads } from '../../stores/postgres/shared-reads.js';
import { JournalMemories } from './journal-memory.js';
import { JournalStore, type TakenEntry } from './journal-store.js';

/** So long rows wait for others, with which they make one part in the engine, unless somebody reads the property. */
const FLUSH_AFTER_MS = 1_000;
const RETRY_AFTER_MS = 5_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;
/** So long a process that ends tries to leave nothing for the next one. */
const SHUTDOWN_MS = 2_000;
const PATIENCE_MS = 60_000;
/** For rows of others, which may be theirs to send: the next look comes soon. */
const RECOVERY_MS = 4_000;
const STUCK = 'Events that were stored last could not be read yet. Ask again later.';

/**
 * Sends rows from the journal to the engine (decisions/0046-journal-of-small-posts.md): a second after they came, at once where somebody
 * reads their property. A row that is sent twice counts once. Who dies over it is followed by another process, which
 * stops the insert first: none comes in late, after its batch was taken back.
 */
@Injectable()
export class JournalFlush implements BeforeApplicationShutdown {
  private readonly logger = new Logger(JournalFlush.name);
  private readonly runs = new SharedReads<void>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  /** Properties of which an insert of this process failed, and may go on. */
  private readonly failed = new Set<string>();

  constructor(
    private readonly store: JournalStore,
    private readonly memories: JournalMemories,
    private readonly instance: ProcessLiveness,
    private readonly engine: Engine,
    private readonly events: EventStore,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    const sent = Promise.all([...this.timers.keys()].map((propertyId) => this.tryToFlush(propertyId)));
    // What an engine that hangs does not take stays in the journal.
    await Promise.race([sent, sleep(SHUTDOWN_MS, undefined, { ref: false })]);
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  /** Sends the rows of a property soon; `afterMs` 0: now, also where they were to be sent later. */
  schedule(propertyId: string, afterMs = FLUSH_AFTER_MS): void {
    const known = this.timers.get(propertyId);
    if (known !== undefined && afterMs > 0) return;
    clearTimeout(known);
    const timer = setTimeout(() => void this.tryToFlush(propertyId), afterMs).unref();
    this.timers.set(propertyId, timer);
  }

  /** Sends what other processes have left. */
  async recover(): Promise<void> {
    for (const { propertyId, seq } of await this.store.waiting(RETRY_AFTER_MS / 1000)) {
      await this.tryToFlush(propertyId, seq, RECOVERY_MS);
    }
  }

  /**
   * Resolves when all rows up to `seq` are in the engine.
   * @throws Failure engine_unavailable when that takes longer than `patienceMs`; what the stores throw
   */
  async flush(propertyId: string, seq: number, patienceMs = PATIENCE_MS): Promise<void> {
    const endMs = performance.now() + patienceMs;
    const memory = this.memories.of(propertyId);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const pendingSeq = memory.pendingSeq;
      // A run that began before may have taken its rows before the last ones came.
      await this.runs.share(propertyId, () => this.run(propertyId));
      const holders = await this.store.holders(propertyId, seq);
      if (holders.length === 0) return memory.flushed(Math.min(seq, pendingSeq));
      if (performance.now() > endMs) throw new Failure('engine_unavailable', STUCK);
      for (const { takenBy, propertyNumber } of holders) {
        if (takenBy === null || takenBy === this.instance.id || (await this.instance.isAlive(takenBy))) continue;
        await stopInserts(this.engine, [markerOf(propertyNumber, takenBy)]);
        await this.store.release(propertyId, takenBy);
      }
      await sleep(pauseMs);
    }
  }

  private async tryToFlush(
    propertyId: string,
    seq = this.memories.of(propertyId).pendingSeq,
    patienceMs = PATIENCE_MS,
  ): Promise<void> {
    clearTimeout(this.timers.get(propertyId));
    this.timers.delete(propertyId);
    try {
      await this.flush(propertyId, seq, patienceMs);
    } catch (error) {
      this.logger.warn(`Events of the journal could not be sent to the engine, will try again: ${String(error)}`);
      this.schedule(propertyId, RETRY_AFTER_MS);
    }
  }

  private async run(propertyId: string): Promise<void> {
    const entries = await this.store.take(propertyId, this.instance.id);
    const [first] = entries;
    if (first === undefined) return;
    const marker = markerOf(first.propertyNumber, this.instance.id);
    if (this.failed.has(propertyId)) await stopInserts(this.engine, [marker]);
    this.failed.add(propertyId);
    await this.events.insertRows(rowsOf(entries, first), marker);
    await this.store.remove(
      propertyId,
      this.instance.id,
      entries.map(({ firstSeq }) => firstSeq),
    );
    this.failed.delete(propertyId);
  }
}

function rowsOf(entries: readonly TakenEntry[], { propertyNumber, firstSeq }: TakenEntry): GroupedRows {
  return {
    propertyNumber,
    firstSeq,
    hasFinerTimes: entries.some((entry) => entry.hasFinerTimes),
    rows: Buffer.concat(entries.map(({ rows }) => rows)),
  };
}

function markerOf(propertyNumber: number, processId: string): string {
  return `journal:${propertyNumber}:${processId}`;
}
