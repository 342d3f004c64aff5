import { Injectable } from '@nestjs/common';
import type { Tally } from '../../core/ingest/batch-tally.js';
import type { InstantRange } from '../../sql/ingest/event-batch.js';
import type { Conflicts } from '../../stores/clickhouse/event-store.js';
import type { DataChanges } from '../ledger/data-changes.js';
import { IngestLedger, type BatchCounts, type Sent } from '../ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../ledger/ingest-recovery.service.js';
import type { PropertyEntity } from '../property.entity.js';
import type { GroupCommit } from './group-commit.js';
import type { FailedBatch } from './ingest-progress.js';
import type { RowBatch } from './item-collector.js';

/** Where batches of one kind are stored, one or several at once. */
export interface BatchStore<B extends RowBatch> {
  readonly kind: 'events' | 'users';
  /** Joins small batches of all callers; null: each is stored by itself. */
  readonly groups: GroupCommit<Member<B>, CommittedBatch> | null;
  /** Which share of a group a batch takes; above 1 it is stored by itself. */
  groupShare(batch: B): number;
  /** Stores batches that are numbered from `firstSeq`. */
  insert(propertyNumber: number, firstSeq: number, batches: readonly B[]): Promise<void>;
  /** What each of the stored batches added. `knownDays`: those of their days that may hold earlier events. */
  verdicts(
    propertyNumber: number,
    firstSeq: number,
    batches: readonly B[],
    knownDays: readonly number[],
  ): Promise<BatchVerdict[]>;
}

export interface BatchVerdict {
  readonly accepted: number;
  /** Duplicates whose properties differ from what is stored, and the places of the first in the batch. */
  readonly conflicts: Conflicts;
  /** What the accepted items are made of; null: none was. */
  readonly tally: Tally | null;
  readonly touches: DataChanges;
}

/** A batch that is to be committed, and how many items beside it were rejected. */
export interface Member<B extends RowBatch> extends Sent {
  readonly rows: B;
  readonly rejected: number;
}

/** A batch as it can be seen: its number, and the data version that came of closing it. */
export interface CommittedBatch {
  /** The number under which it was stored. */
  readonly storedSeq: number;
  /** The number under which it can be seen; another one only where it was taken for dead. */
  readonly seq: number;
  readonly dataVersion: number;
  readonly verdict: BatchVerdict;
}

/** A batch whose rows may have been written, in whole or in part. */
export class BatchFailure extends Error {
  constructor(readonly failed: FailedBatch) {
    super('A batch could not be committed', { cause: failed.cause });
  }
}

/** Commits batches (docs/semantics.md#sequence-and-data-version): number, insert, verdict, data changes. */
@Injectable()
export class BatchCommitter {
  constructor(
    private readonly ledger: IngestLedger,
    private readonly recovery: IngestRecovery,
  ) {}

  /** Throws BatchFailure, once numbers are given out; else what the ledger throws. */
  async commit<B extends RowBatch>(
    property: PropertyEntity,
    store: BatchStore<B>,
    member: Member<B>,
  ): Promise<CommittedBatch> {
    const commit = (members: readonly Member<B>[]): Promise<PromiseSettledResult<CommittedBatch>[]> =>
      this.commitGroup(property, store, members);
    const share = store.groupShare(member.rows);
    if (store.groups && share <= 1) return store.groups.add(property.id, { member, share }, commit);
    const [result] = await commit([member]);
    if (result?.status === 'fulfilled') return result.value;
    throw result?.reason;
  }

  private async commitGroup<B extends RowBatch>(
    { id, number }: PropertyEntity,
    store: BatchStore<B>,
    members: readonly Member<B>[],
  ): Promise<PromiseSettledResult<CommittedBatch>[]> {
    const firstSeq = await this.ledger.openGroup(id, store.kind, members);
    const seqs = members.map((_, place) => firstSeq + place);
    const rows = members.map((member) => member.rows);
    for (const [place, seq] of seqs.entries()) this.ledger.underWay.begin(id, seq, rows[place]?.days ?? []);
    try {
      const days = [...new Set(rows.flatMap((batch) => batch.days))];
      const inserted = store.insert(number, firstSeq, rows).then(() => {
        for (const seq of seqs) this.ledger.underWay.stored(id, seq);
      });
      const [knownDays] = await Promise.all([this.ledger.waitStoredBefore(id, firstSeq, days), inserted]);
      const verdicts = await store.verdicts(number, firstSeq, rows, knownDays);
      const closing = members.map((member, place) => {
        const open = { propertyId: id, propertyNumber: number, seq: firstSeq + place, kind: store.kind };
        return this.close(open, member, verdicts[place]);
      });
      return await this.seen(id, await Promise.allSettled(closing));
    } catch (cause) {
      const open = seqs.map((seq) => ({
        propertyId: id,
        propertyNumber: number,
        seq,
        kind: store.kind,
        targetSeq: null,
      }));
      const stored = await this.recovery.settle(open);
      return members.map((member, place) => {
        const failed = { seq: firstSeq + place, items: member.rows.count, stored: stored[place] ?? null, cause };
        return { status: 'rejected', reason: new BatchFailure(failed) };
      });
    }
  }

  /** Batches that close at the same time may not see each other: one look tells what came of all. */
  private async seen(
    propertyId: string,
    results: PromiseSettledResult<CommittedBatch>[],
  ): Promise<PromiseSettledResult<CommittedBatch>[]> {
    if (results.length === 1) return results;
    const dataVersion = await this.ledger.dataVersion(propertyId).catch(() => 0);
    return results.map((result) =>
      result.status === 'rejected' || result.value.dataVersion >= dataVersion
        ? result
        : { status: 'fulfilled', value: { ...result.value, dataVersion } },
    );
  }

  private async close<B extends RowBatch>(
    open: { propertyId: string; propertyNumber: number; seq: number; kind: 'events' | 'users' },
    { rows, rejected, apiKeyId, streamSeq }: Member<B>,
    verdict: BatchVerdict | undefined,
  ): Promise<CommittedBatch> {
    const { propertyId, seq, kind } = open;
    try {
      if (verdict === undefined) throw new Error('A batch has no verdict');
      const { accepted, conflicts, tally, touches } = verdict;
      const duplicates = rows.count - accepted;
      const counts = { accepted, duplicates, conflicting: conflicts.count, rejected, tally, ...spanOf(rows.range) };
      const closed = await this.ledger.close(propertyId, seq, touches, counts);
      if (closed.wasOpen) return { storedSeq: seq, seq, dataVersion: closed.dataVersion, verdict };
      // Taken for dead, and closed by another process with what it saw: what came after is reported under a new number.
      const later = await this.ledger.open(propertyId, kind, { apiKeyId, streamSeq: streamSeq ?? seq });
      const { dataVersion } = await this.ledger.close(propertyId, later, touches);
      return { storedSeq: seq, seq: later, dataVersion, verdict };
    } catch (cause) {
      const [stored = null] = await this.recovery.settle([{ ...open, targetSeq: null }]);
      throw new BatchFailure({ seq, items: rows.count, stored, cause });
    }
  }
}

function spanOf({ fromMs, toMs }: InstantRange): Pick<BatchCounts, 'firstMs' | 'lastMs'> {
  return fromMs <= toMs ? { firstMs: fromMs, lastMs: toMs } : { firstMs: null, lastMs: null };
}
