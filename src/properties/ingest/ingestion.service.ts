import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { storeInBatches } from '../../bodies/batches.js';
import { Config } from '../../platform/config/config.js';
import { BodyShutdown } from '../../platform/http/shutdown.js';
import type { ItemForm } from '../../core/ingest/item-readers.js';
import { RefusedUsers } from '../refused-users/refused-users.service.js';
import { DiskSpace } from '../../platform/health/disk-space.js';
import type { Tally } from '../../core/ingest/batch-tally.js';
import { MAX_CONFLICTS_TOLD, type InstantRange } from '../../sql/ingest/event-batch.js';
import type { Conflicts } from '../../stores/clickhouse/event-store.js';
import { IngestLedger, type BatchCounts } from '../ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../ledger/ingest-recovery.service.js';
import type { DataChanges } from '../ledger/data-changes.js';
import type { PropertyEntity } from '../property.entity.js';
import type { IngestAnswerDto } from './ingest-answer.dto.js';
import { partialFailure, type IngestProgress } from './ingest-progress.js';
import { ingestBody, requestedForm } from './ingest-body.js';
import type { IngestQuery } from './ingest-query.dto.js';
import { ItemCollector, type FilledBatch, type RowBatch } from './item-collector.js';
import type { CsvBody } from './csv-parameters.js';

/** One kind of items: how a body writes them, and where their batches are stored. */
export interface ItemKind<Q extends IngestQuery, B extends RowBatch> {
  readonly kind: 'events' | 'users';
  /** How CSV names their columns. @throws Failure invalid_parameter */
  csv(query: Q): CsvBody;
  /** Where a date without a time is the first instant of its day; null: dates are refused. */
  dateZone(property: PropertyEntity): string | null;
  newBatch(form: ItemForm): B;
  insert(propertyNumber: number, seq: number, rows: B): Promise<void>;
  /** What a stored batch added. `knownDays`: those of its days that may hold earlier events. */
  verdict(propertyNumber: number, seq: number, rows: B, knownDays: readonly number[]): Promise<BatchVerdict>;
}

export interface BatchVerdict {
  readonly accepted: number;
  /** Duplicates whose properties differ from what is stored, and the places of the first in the batch. */
  readonly conflicts: Conflicts;
  /** What the accepted items are made of; null: none was. */
  readonly tally: Tally | null;
  readonly touches: DataChanges;
}

/** Where batches of one kind are stored. */
type BatchStore<B extends RowBatch> = Pick<ItemKind<IngestQuery, B>, 'kind' | 'insert' | 'verdict'>;

/** Who sends a body, and where to. */
export interface Sender {
  readonly property: PropertyEntity;
  readonly apiKeyId: string;
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
    private readonly config: Config,
    private readonly shutdown: BodyShutdown,
    private readonly refused: RefusedUsers,
    private readonly ledger: IngestLedger,
    private readonly recovery: IngestRecovery,
    private readonly disk: DiskSpace,
  ) {}

  /** Throws the failure of a body that could not be read or stored to its end, with how far it got (`partialFailure`): batches that were stored before stay. */
  async ingest<Q extends IngestQuery, B extends RowBatch>(
    kind: ItemKind<Q, B>,
    { property, apiKeyId }: Sender,
    request: FastifyRequest,
    query: Q,
  ): Promise<IngestAnswerDto> {
    const form = requestedForm(query, kind.dateZone(property), await this.refused.of(property.id));
    const bounds = { limitBytes: this.config.streamBodyLimitBytes, stop: this.shutdown.signal };
    const body = ingestBody(request, query, kind.csv(query), bounds);
    const collector = new ItemCollector(() => kind.newBatch(form), form.notes);
    const counts = { accepted: 0, duplicates: 0, conflicting: 0, conflictingIndexes: [], items: 0 };
    const progress: IngestProgress = { apiKeyId, streamSeq: null, seq: null, dataVersion: 0, ...counts, failed: null };
    try {
      await storeInBatches(body.pieces, body.splitter(collector), collector, (batch) =>
        this.store(property, kind, batch, progress),
      );
      return await this.answer(property, progress, collector);
    } catch (error) {
      throw partialFailure(error, progress);
    }
  }

  private async store<B extends RowBatch>(
    property: PropertyEntity,
    kind: BatchStore<B>,
    batch: FilledBatch<B>,
    progress: IngestProgress,
  ): Promise<void> {
    if (batch.rows.count > 0) await this.storeRows(property, kind, batch, progress);
    progress.items = batch.endIndex;
  }

  private async storeRows<B extends RowBatch>(
    { id, number }: PropertyEntity,
    store: BatchStore<B>,
    { rows, rejected, startIndex }: FilledBatch<B>,
    progress: IngestProgress,
  ): Promise<void> {
    // A long body may fill the disk on its way.
    await this.disk.refuseWrites();
    const { apiKeyId, streamSeq } = progress;
    const seq = await this.ledger.open(id, store.kind, { apiKeyId, streamSeq });
    this.ledger.underWay.begin(id, seq, rows.days);
    try {
      const inserted = store.insert(number, seq, rows).then(() => this.ledger.underWay.stored(id, seq));
      const [knownDays] = await Promise.all([this.ledger.waitStoredBefore(id, seq, rows.days), inserted]);
      const { accepted, conflicts, tally, touches } = await store.verdict(number, seq, rows, knownDays);
      const duplicates = rows.count - accepted;
      const counts = { accepted, duplicates, conflicting: conflicts.count, rejected, tally, ...spanOf(rows.range) };
      const shown = await this.close(id, seq, store.kind, touches, counts, progress);
      Object.assign(progress, shown, { streamSeq: streamSeq ?? seq });
      progress.accepted += accepted;
      progress.duplicates += duplicates;
      progress.conflicting += conflicts.count;
      const left = MAX_CONFLICTS_TOLD - progress.conflictingIndexes.length;
      progress.conflictingIndexes.push(...conflicts.positions.slice(0, left).map((place) => startIndex + place));
    } catch (error) {
      const failed = { propertyId: id, propertyNumber: number, seq, kind: store.kind, targetSeq: null };
      const stored = await this.recovery.settle(failed);
      progress.failed = { seq, items: rows.count, stored, cause: error };
      throw error;
    }
  }

  private async close(
    propertyId: string,
    seq: number,
    kind: 'events' | 'users',
    touches: DataChanges,
    counts: BatchCounts,
    { apiKeyId, streamSeq }: IngestProgress,
  ): Promise<Shown> {
    const closed = await this.ledger.close(propertyId, seq, touches, counts);
    if (closed.wasOpen) return { seq, dataVersion: closed.dataVersion };
    // Taken for dead, and closed by another process with what it saw: what came after is told under a new number.
    const later = await this.ledger.open(propertyId, kind, { apiKeyId, streamSeq: streamSeq ?? seq });
    return { seq: later, dataVersion: (await this.ledger.close(propertyId, later, touches)).dataVersion };
  }

  private async answer(
    property: PropertyEntity,
    { seq, streamSeq, dataVersion, accepted, duplicates, conflicting, conflictingIndexes }: IngestProgress,
    { rejected, notes }: Pick<ItemCollector<RowBatch>, 'rejected' | 'notes'>,
  ): Promise<IngestAnswerDto> {
    if (seq !== null && dataVersion < seq) await this.ledger.waitVisible(property.id, seq);
    return {
      ingest_seq: seq ?? (await this.ledger.dataVersion(property.id)),
      stream: streamSeq,
      accepted,
      duplicates,
      conflicting,
      conflicting_indexes: conflictingIndexes,
      rejected: rejected.items,
      ...rejected.report(),
      warnings: notes.warnings(),
    };
  }
}

function spanOf({ fromMs, toMs }: InstantRange): Pick<BatchCounts, 'firstMs' | 'lastMs'> {
  return fromMs <= toMs ? { firstMs: fromMs, lastMs: toMs } : { firstMs: null, lastMs: null };
}
