import { Injectable } from '@nestjs/common';
import { DataSource, LessThan } from 'typeorm';
import { Failure } from '../../core/failure.js';
import { decodeCursor, pageOf, type Page } from '../../platform/http/page.js';
import { BatchDeletion } from '../ledger/batch-deletion.service.js';
import { BatchEntity } from '../ledger/batch.entity.js';
import { NO_COUNTS } from '../ledger/batch-counts.js';
import { IngestLedger } from '../ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../ledger/ingest-recovery.service.js';
import { OpenBatchEntity } from '../ledger/open-batch.entity.js';
import type { PropertyEntity } from '../property.entity.js';
import { columnsOf, toBatchDto, type BatchDto, type ListBatchesQuery } from './batch.dto.js';

/** What was sent to a property, batch by batch, and how to take it back. */
@Injectable()
export class BatchesService {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: IngestLedger,
    private readonly deletion: BatchDeletion,
    private readonly recovery: IngestRecovery,
  ) {}

  /** The newest first; those still open are not among them. */
  async list({ id: propertyId }: PropertyEntity, query: ListBatchesQuery): Promise<Page<BatchDto>> {
    const before = decodeCursor(query.cursor, 1)?.[0];
    const found = await this.database.manager.find(BatchEntity, {
      where: {
        propertyId,
        ...(before !== undefined && { seq: LessThan(Number(before)) }),
        ...(query.stream !== undefined && { streamSeq: Number(query.stream) }),
        ...(query.kind !== undefined && { kind: query.kind }),
      },
      order: { seq: 'DESC' },
      take: query.limit + 1,
    });
    return pageOf(found, query.limit, ({ seq }) => [String(seq)]).map(toBatchDto);
  }

  /** @throws Failure not_found */
  async get(property: PropertyEntity, seq: string): Promise<BatchDto> {
    const key = keyOf(property, seq);
    const open = await this.database.manager.findOneBy(OpenBatchEntity, key);
    // It may have been closed between the two reads, never the other way round.
    const batch = await this.database.manager
      .createQueryBuilder(BatchEntity, 'batch')
      .addSelect('batch.tally')
      .where(key)
      .getOne();
    if (batch !== null) return { ...toBatchDto(batch), columns: columnsOf(batch.tally) };
    if (open === null) throw notFound();
    return { ...toBatchDto(asBatch(this.database.manager.create(BatchEntity), open)), state: 'open' };
  }

  /**
   * Takes a batch back, and answers when it counts no more. A second time it changes nothing; one that is under way is
   * waited for.
   * @throws Failure not_found; batch_open; batch_is_deletion
   */
  async delete(property: PropertyEntity, seq: string, apiKeyId: string): Promise<BatchDto> {
    const { state, kind, seq: targetSeq } = await this.get(property, seq);
    if (state === 'open') {
      throw new Failure('batch_open', `Batch ${seq} is still being stored. Wait until it is, then delete it.`);
    }
    if (kind === 'deletion') {
      throw new Failure('batch_is_deletion', `Batch ${seq} is a deletion. Send what it took back once more instead.`);
    }
    const { id: propertyId, number: propertyNumber } = property;
    const deletion = await this.ledger.openDeletion(propertyId, targetSeq, apiKeyId);
    if (deletion !== null) await this.finish({ propertyId, propertyNumber, seq: deletion, targetSeq });
    const batch = await this.get(property, seq);
    if (batch.deleted_by !== null) await this.ledger.waitVisible(propertyId, batch.deleted_by);
    return await this.get(property, seq);
  }

  private async finish(open: Parameters<BatchDeletion['finish']>[0]): Promise<void> {
    try {
      await this.deletion.finish(open);
    } catch (error) {
      await this.recovery.settle([{ ...open, kind: 'deletion' }]);
      throw error;
    }
  }
}

function asBatch(batch: BatchEntity, open: OpenBatchEntity): BatchEntity {
  const { seq, kind, streamSeq, apiKeyId, targetSeq, openedAt } = open;
  const nothing = { ...NO_COUNTS, deletionSeq: null, deletedAt: null };
  return Object.assign(batch, { seq, kind, streamSeq: streamSeq ?? seq, apiKeyId, targetSeq, openedAt }, nothing);
}

function keyOf({ id: propertyId }: PropertyEntity, seq: string): { propertyId: string; seq: number } {
  if (!/^[1-9]\d{0,14}$/.test(seq)) throw notFound();
  return { propertyId, seq: Number(seq) };
}

const notFound = (): Failure =>
  new Failure('not_found', 'The property has no batch of this number. GET .../batches lists those it has.');
