import { Injectable } from '@nestjs/common';
import { DiskSpace } from '../../platform/health/disk-space.js';
import { IngestLedger, type BatchKind } from '../ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../ledger/ingest-recovery.service.js';
import type { Touches } from '../ledger/touches.js';
import type { PropertyEntity } from '../property.entity.js';
import type { IngestAnswerDto } from './ingest-answer.dto.js';
import { toldHowFar, type Progress } from './how-far.js';
import type { ItemCollector } from './item-collector.js';
import type { FilledBatch, RowBatch } from './row-batch.js';

/** Where batches of one kind are stored. */
export interface BatchStore<B extends RowBatch> {
  readonly kind: BatchKind;
  insert(propertyNumber: number, seq: number, rows: B): Promise<void>;
  /** What a stored batch added. `knownDays`: those of its days that may hold earlier events. */
  verdict(propertyNumber: number, seq: number, rows: B, knownDays: readonly number[]): Promise<BatchVerdict>;
}

export interface BatchVerdict {
  readonly accepted: number;
  readonly touches: Touches;
}

/** The number under which a batch can be seen, and the data version that came of closing it. */
interface Shown {
  readonly seq: number;
  readonly dataVersion: number;
}

/**
 * Stores the batches of a body one after another, while the next one is being gathered (docs/semantics.md#sequence-and-data-version): number, insert, verdict, touches,
 * and the answer only when all of it is visible.
 */
@Injectable()
export class Ingestion {
  constructor(
    private readonly ledger: IngestLedger,
    private readonly recovery: IngestRecovery,
    private readonly disk: DiskSpace,
  ) {}

  /** Throws the failure of a body that could not be read or stored to its end, with how far it got (`toldHowFar`): batches that were stored before stay. */
  async ingest<B extends RowBatch>(
    property: PropertyEntity,
    store: BatchStore<B>,
    collector: ItemCollector<B>,
    batches: AsyncIterable<FilledBatch<B>> | Iterable<FilledBatch<B>>,
  ): Promise<IngestAnswerDto> {
    const progress: Progress = { seq: null, dataVersion: 0, accepted: 0, duplicates: 0, items: 0, failed: null };
    let storing = Promise.resolve();
    try {
      for await (const batch of batches) {
        await storing;
        storing = this.store(property, store, batch, progress).finally(() => collector.release(batch.rows));
        // Whoever waits for it gets the error; until then it is nobody's.
        storing.catch(() => undefined);
      }
      await storing;
      return await this.answer(property, progress, collector);
    } catch (error) {
      await storing.catch(() => undefined);
      throw toldHowFar(error, progress);
    }
  }

  private async store<B extends RowBatch>(
    property: PropertyEntity,
    store: BatchStore<B>,
    { rows, endIndex }: FilledBatch<B>,
    progress: Progress,
  ): Promise<void> {
    if (rows.count > 0) {
      const { seq, dataVersion, accepted } = await this.storeRows(property, store, rows, progress);
      progress.seq = seq;
      progress.dataVersion = dataVersion;
      progress.accepted += accepted;
      progress.duplicates += rows.count - accepted;
    }
    progress.items = endIndex;
  }

  private async storeRows<B extends RowBatch>(
    { id, number }: PropertyEntity,
    store: BatchStore<B>,
    rows: B,
    progress: Progress,
  ): Promise<Shown & { accepted: number }> {
    // A long body may fill the disk on its way.
    await this.disk.refuseWrites();
    const seq = await this.ledger.open(id, store.kind);
    this.ledger.underWay.begin(id, seq, rows.days);
    try {
      const inserted = store.insert(number, seq, rows).then(() => this.ledger.underWay.stored(id, seq));
      const [knownDays] = await Promise.all([this.ledger.waitStoredBefore(id, seq, rows.days), inserted]);
      const { accepted, touches } = await store.verdict(number, seq, rows, knownDays);
      return { ...(await this.close(id, seq, store.kind, touches)), accepted };
    } catch (error) {
      const stored = await this.recovery.settle({ propertyId: id, propertyNumber: number, seq, kind: store.kind });
      progress.failed = { seq, items: rows.count, stored, cause: error };
      throw error;
    }
  }

  private async close(propertyId: string, seq: number, kind: BatchKind, touches: Touches): Promise<Shown> {
    const closed = await this.ledger.close(propertyId, seq, touches);
    if (closed.wasOpen) return { seq, dataVersion: closed.dataVersion };
    // Taken for dead, and closed by another process with what it saw: what came after is told under a new number.
    const later = await this.ledger.open(propertyId, kind);
    return { seq: later, dataVersion: (await this.ledger.close(propertyId, later, touches)).dataVersion };
  }

  private async answer(
    property: PropertyEntity,
    { seq, dataVersion, accepted, duplicates }: Progress,
    { rejected, notes }: Pick<ItemCollector<RowBatch>, 'rejected' | 'notes'>,
  ): Promise<IngestAnswerDto> {
    if (seq !== null && dataVersion < seq) await this.ledger.waitVisible(property.id, seq);
    const ingestSeq = seq ?? (await this.ledger.dataVersion(property.id));
    return {
      ingest_seq: ingestSeq,
      accepted,
      duplicates,
      rejected: rejected.items,
      ...rejected.told(),
      warnings: notes.warnings(),
    };
  }
}
