import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { storeInBatches } from '../../bodies/batches.js';
import { Config } from '../../platform/config/config.js';
import { BodyShutdown } from '../../platform/http/shutdown.js';
import type { ItemForm } from '../../core/ingest/item-readers.js';
import { RateLimits } from '../../access/rate-limits.service.js';
import { RefusedUsers } from '../refused-users/refused-users.service.js';
import { DiskSpace } from '../../platform/health/disk-space.js';
import { MAX_CONFLICTS_TOLD } from '../../sql/ingest/event-batch.js';
import { IngestLedger } from '../ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../property.entity.js';
import { BatchCommitter, BatchFailure, type BatchStore, type CommittedBatch } from './batch-committer.service.js';
import type { IngestAnswerDto } from './ingest-answer.dto.js';
import { partialFailure, type IngestProgress } from './ingest-progress.js';
import { ingestBody, requestedForm, type IngestBody } from './ingest-body.js';
import type { IngestQuery } from './ingest-query.dto.js';
import { ItemCollector, type FilledBatch, type RowBatch } from './item-collector.js';
import type { CsvBody } from './csv-parameters.js';

/** One kind of items: how a body writes them, and where their batches are stored. */
export interface ItemKind<Q extends IngestQuery, B extends RowBatch> extends BatchStore<B> {
  /** How CSV names their columns. @throws Failure invalid_parameter */
  csv(query: Q): CsvBody;
  /** Where a date without a time is the first instant of its day; null: dates are refused. */
  dateZone(property: PropertyEntity): string | null;
  newBatch(form: ItemForm): B;
}

/** Who sends a body, and where to. */
export interface Sender {
  readonly property: PropertyEntity;
  readonly apiKeyId: string;
}

/**
 * Stores the batches of a body one after another, while the next one is being gathered
 * (docs/semantics.md#sequence-and-data-version): number, insert, verdict, touches, and the answer only when all of it
 * is visible.
 */
@Injectable()
export class Ingestion {
  constructor(
    private readonly config: Config,
    private readonly shutdown: BodyShutdown,
    private readonly refused: RefusedUsers,
    private readonly ledger: IngestLedger,
    private readonly committer: BatchCommitter,
    private readonly disk: DiskSpace,
    private readonly rates: RateLimits,
  ) {}

  /**
   * Throws the failure of a body that could not be read or stored to its end, with how far it got (`partialFailure`):
   * batches that were stored before stay.
   */
  async ingest<Q extends IngestQuery, B extends RowBatch>(
    kind: ItemKind<Q, B>,
    { property, apiKeyId }: Sender,
    request: FastifyRequest,
    query: Q,
  ): Promise<IngestAnswerDto> {
    this.rates.beginSending({ id: apiKeyId, accountId: property.accountId });
    const refused = await this.refused.at(property.id, request.propertyRevision ?? '');
    const form = requestedForm(query, kind.dateZone(property), refused);
    const bounds = { limitBytes: this.config.streamBodyLimitBytes, stop: this.shutdown.signal };
    return await this.take(kind, { property, apiKeyId }, ingestBody(request, query, kind.csv(query), bounds), form);
  }

  /** Stores the items of a body that is read already, or is on its way. Throws as `ingest`. */
  async take<Q extends IngestQuery, B extends RowBatch>(
    kind: ItemKind<Q, B>,
    { property, apiKeyId }: Sender,
    body: IngestBody,
    form: ItemForm,
  ): Promise<IngestAnswerDto> {
    const caller = { id: apiKeyId, accountId: property.accountId };
    const collector = new ItemCollector(() => kind.newBatch(form), form.notes);
    const counts = { accepted: 0, duplicates: 0, conflicting: 0, conflictingIndexes: [], items: 0 };
    const progress: IngestProgress = { apiKeyId, streamSeq: null, seq: null, dataVersion: 0, ...counts, failed: null };
    try {
      await storeInBatches(body.pieces, body.splitter(collector), collector, async (batch) => {
        await this.rates.goOnSending(caller);
        await this.store(property, kind, batch, progress);
        this.rates.sentItems(caller, batch.rows.count + batch.rejected);
      });
      return await this.answer(property, progress, collector);
    } catch (error) {
      throw partialFailure(error, progress);
    }
  }

  /**
   * How items are written in JSON whose sender says nothing of it; `revision`: of the property, as it was read with the
   * caller. Counts no items: who takes them asks for it before.
   * @throws Failure too_many_items
   */
  async plainForm({ property, apiKeyId }: Sender, revision: string): Promise<ItemForm> {
    this.rates.beginSending({ id: apiKeyId, accountId: property.accountId });
    return requestedForm({}, null, await this.refused.at(property.id, revision));
  }

  private async store<B extends RowBatch>(
    property: PropertyEntity,
    store: BatchStore<B>,
    { rows, rejected, startIndex, endIndex }: FilledBatch<B>,
    progress: IngestProgress,
  ): Promise<void> {
    if (rows.count > 0) {
      // A long body may fill the disk on its way.
      await this.disk.refuseWrites();
      const { apiKeyId, streamSeq } = progress;
      const member = { rows, rejected, apiKeyId, streamSeq };
      const committed = await this.committer.commit(property, store, member).catch((error: unknown) => {
        if (!(error instanceof BatchFailure)) throw error;
        progress.failed = error.failed;
        throw error.failed.cause;
      });
      addTo(progress, committed, rows.count, startIndex);
    }
    progress.items = endIndex;
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

function addTo(progress: IngestProgress, committed: CommittedBatch, count: number, startIndex: number): void {
  const { storedSeq, seq, dataVersion, verdict } = committed;
  const { accepted, conflicts } = verdict;
  progress.seq = seq;
  progress.dataVersion = dataVersion;
  progress.streamSeq ??= storedSeq;
  progress.accepted += accepted;
  progress.duplicates += count - accepted;
  progress.conflicting += conflicts.count;
  const left = MAX_CONFLICTS_TOLD - progress.conflictingIndexes.length;
  progress.conflictingIndexes.push(...conflicts.positions.slice(0, left).map((place) => startIndex + place));
}
