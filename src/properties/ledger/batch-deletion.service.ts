import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EventStore } from '../../stores/clickhouse/event-store.js';
import { UserStore } from '../../stores/clickhouse/user-store.js';
import { BatchEntity } from './batch.entity.js';
import { NO_COUNTS } from './batch-counts.js';
import { NO_DATA_CHANGES, type DataChanges } from './data-changes.js';
import { IngestLedger } from './ingest-ledger.service.js';

/** A deletion that has its number, `seq`, and the batch that it takes back. */
export interface OpenDeletion {
  readonly propertyId: string;
  readonly propertyNumber: number;
  readonly seq: number;
  readonly targetSeq: number;
}

/**
 * Takes a batch back (SEMANTICS, *Batches*; decisions/0026-batches-taken-back.md). No batch of a higher number is
 * stored while a deletion is open (`IngestLedger.open`), and every lower one has its end, so what is to go does not
 * change under it.
 */
@Injectable()
export class BatchDeletion {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: IngestLedger,
    private readonly events: EventStore,
    private readonly users: UserStore,
  ) {}

  /**
   * Does a deletion, or what a process that died has left of it: every step can be done again.
   * @throws what the stores throw; the deletion stays open then
   */
  async finish(deletion: OpenDeletion): Promise<void> {
    const { propertyId, propertyNumber, seq, targetSeq } = deletion;
    await this.ledger.waitWholeBelow(propertyId, seq);
    const target = await this.database.manager.findOneByOrFail(BatchEntity, { propertyId, seq: targetSeq });
    const touches = await this.touchesOf(target, propertyNumber);
    await this.ledger.touch(propertyId, seq, touches);
    if (target.kind === 'events') await this.events.takeBack(propertyNumber, targetSeq, seq);
    else await this.users.takeBack(propertyNumber, targetSeq);
    const { firstMs, lastMs } = target;
    await this.ledger.close(propertyId, seq, touches, { ...NO_COUNTS, firstMs, lastMs }, true);
  }

  /** What goes with the rows that are still there. */
  private async touchesOf({ kind, seq }: BatchEntity, propertyNumber: number): Promise<DataChanges> {
    if (kind === 'users') {
      const { accepted: _, ...touched } = await this.users.given(propertyNumber, seq);
      return { ...NO_DATA_CHANGES, ...touched };
    }
    const { eventDays, newUsers } = await this.events.stored(propertyNumber, seq);
    return { ...NO_DATA_CHANGES, eventDays, newUsers };
  }
}
