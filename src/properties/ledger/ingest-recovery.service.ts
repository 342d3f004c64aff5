import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Engine } from '../../stores/clickhouse/engine.js';
import { EventStore } from '../../stores/clickhouse/event-store.js';
import { ingestMarker, stopInserts } from '../../stores/clickhouse/ingest-marker.js';
import { UserStore } from '../../stores/clickhouse/user-store.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { PeriodicTask } from '../../platform/process/periodic-task.js';
import { JournalFlush } from '../journal/journal-flush.service.js';
import { BatchDeletion } from './batch-deletion.service.js';
import type { BatchKind } from './batch.entity.js';
import { NO_COUNTS } from './batch-counts.js';
import { NO_DATA_CHANGES } from './data-changes.js';
import { IngestLedger } from './ingest-ledger.service.js';
import { LedgerStore, type OpenBatchRow } from './ledger-store.js';

const PERIOD_MS = 5_000;
/** Batches below that are still worked on are waited for until the next look. */
const BELOW_MS = 4_000;

/** A batch that is open, and whose it is. */
export interface OpenBatch {
  readonly propertyId: string;
  readonly propertyNumber: number;
  readonly seq: number;
  readonly kind: BatchKind;
  /** Of a deletion: what it takes back. */
  readonly targetSeq: number | null;
}

/**
 * Ends batches that nobody works on any more, so that the data version can pass them: what was stored of them counts.
 * Looks at the start and every few seconds, for batches of processes that died and for own ones whose end could not be
 * settled before.
 */
@Injectable()
export class IngestRecovery implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(IngestRecovery.name);
  private readonly abandoned = new Set<string>();
  /**
   * Own batches, seen in the last round, that nobody works on: their numbers were given out and the answer was lost.
   */
  private strays = new Set<string>();
  private readonly looking = new PeriodicTask(this.logger, 'open batches not looked after', () => this.recover());

  constructor(
    private readonly store: LedgerStore,
    private readonly instance: ProcessLiveness,
    private readonly engine: Engine,
    private readonly ledger: IngestLedger,
    private readonly events: EventStore,
    private readonly users: UserStore,
    private readonly deletion: BatchDeletion,
    private readonly journal: JournalFlush,
  ) {}

  onApplicationBootstrap(): void {
    void this.looking.round();
    this.looking.start(PERIOD_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.looking.stop();
  }

  /**
   * Ends batches of this process that failed, perhaps with part of them stored, in the order of their numbers. Where
   * that cannot be done now it is done later; until then the data version waits.
   * @returns how many rows of each are stored; null where that is not known now
   */
  async settle(batches: readonly OpenBatch[]): Promise<(number | null)[]> {
    let failure = await this.stop(batches).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    const stored: (number | null)[] = [];
    for (const batch of batches) {
      try {
        // Those above one that could not be ended would each wait for it in vain, and their senders with them.
        if (failure !== null) throw failure.error;
        stored.push(await this.end(batch));
      } catch (error) {
        failure ??= { error };
        this.abandoned.add(keyOf(batch));
        this.logger.warn(`Batch ${keyOf(batch)} could not be ended, will try again: ${String(error)}`);
        stored.push(null);
      }
    }
    return stored;
  }

  /** Ends every batch that nobody works on. Throws where a store cannot be reached. */
  async recover(): Promise<void> {
    const alive = new Map<string, boolean>();
    const strays = new Set<string>();
    const left: OpenBatch[] = [];
    for (const row of await this.store.openBatches()) {
      const batch = batchOf(row);
      if (row.instance_id === this.instance.id) {
        if (!this.abandoned.has(keyOf(batch)) && !this.isStray(batch, strays)) continue;
      } else {
        if (!alive.has(row.instance_id)) alive.set(row.instance_id, await this.instance.isAlive(row.instance_id));
        if (alive.get(row.instance_id)) continue;
      }
      left.push(batch);
    }
    await this.stop(left);
    for (const batch of left) {
      await this.end(batch);
      this.abandoned.delete(keyOf(batch));
      this.logger.log(`Ended batch ${keyOf(batch)}, which was left open`);
    }
    this.strays = strays;
    await this.journal.recover();
  }

  /** A number that was given out is worked on a moment later, so one look is not enough. */
  private isStray(batch: OpenBatch, strays: Set<string>): boolean {
    const { propertyId, seq } = batch;
    if (this.ledger.underWay.find(propertyId, seq) || this.ledger.isHeld(propertyId, seq)) return false;
    strays.add(keyOf(batch));
    return this.strays.has(keyOf(batch));
  }

  private async stop(batches: readonly OpenBatch[]): Promise<void> {
    const inserts = batches.filter(({ targetSeq }) => targetSeq === null);
    await stopInserts(
      this.engine,
      inserts.map(({ propertyNumber, seq }) => ingestMarker(propertyNumber, seq)),
    );
  }

  /** The insert of the batch is stopped. Of a property that is being deleted nothing counts any more. */
  private async end(batch: OpenBatch): Promise<number> {
    const { propertyId, propertyNumber, seq, kind, targetSeq } = batch;
    if ((await this.ledger.state(propertyId)).isGone) {
      await this.ledger.close(propertyId, seq, NO_DATA_CHANGES);
      return 0;
    }
    if (targetSeq !== null) {
      await this.deletion.finish({ propertyId, propertyNumber, seq, targetSeq });
      return 0;
    }
    return await (kind === 'events' ? this.endEvents(batch) : this.endUsers(batch));
  }

  private async endEvents({ propertyId, propertyNumber, seq }: OpenBatch): Promise<number> {
    // Until those below are stored it cannot be told which of its events count.
    await this.ledger.waitWholeBelow(propertyId, seq, BELOW_MS);
    const { accepted, eventDays, newUsers, stored, firstMs, lastMs } = await this.events.stored(propertyNumber, seq);
    const range = { fromMs: firstMs ?? 0, toMs: lastMs ?? 0 };
    const tally = accepted > 0 ? await this.events.tally(propertyNumber, seq, range) : null;
    const counts = { ...NO_COUNTS, accepted, duplicates: stored - accepted, firstMs, lastMs, tally };
    await this.ledger.close(propertyId, seq, { ...NO_DATA_CHANGES, eventDays, newUsers }, counts);
    return stored;
  }

  private async endUsers({ propertyId, propertyNumber, seq }: OpenBatch): Promise<number> {
    const { accepted, ...touched } = await this.users.verdict(propertyNumber, seq);
    const tally = accepted > 0 ? await this.users.tally(propertyNumber, seq) : null;
    await this.ledger.close(propertyId, seq, { ...NO_DATA_CHANGES, ...touched }, { ...NO_COUNTS, accepted, tally });
    return accepted;
  }
}

function batchOf(row: OpenBatchRow): OpenBatch {
  const { property_id: propertyId, number: propertyNumber, kind } = row;
  const targetSeq = row.target_seq === null ? null : Number(row.target_seq);
  return { propertyId, propertyNumber, seq: Number(row.seq), kind, targetSeq };
}

function keyOf({ propertyId, seq }: OpenBatch): string {
  return `${propertyId}:${seq}`;
}
