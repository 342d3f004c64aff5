import { Injectable } from '@nestjs/common';
import type { Tally } from '../../core/ingest/batch-tally.js';
import type { InstantRange } from '../../sql/ingest/event-batch.js';
import type { Conflicts } from '../../stores/clickhouse/event-store.js';
import type { DataChanges } from '../ledger/data-changes.js';
import { IngestLedger, type BatchCounts, type Sent } from '../ledger/ingest-ledger.service.js';
import { IngestRecovery, type OpenBatch } from '../ledger/ingest-recovery.service.js';
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

/** A batch that has its number. */
interface Numbered<B extends RowBatch> {
  readonly open: OpenBatch & { readonly kind: 'events' | 'users' };
  readonly member: Member<B>;
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
    const batches = members.map((member, place): Numbered<B> => {
      const seq = firstSeq + place;
      return { member, open: { propertyId: id, propertyNumber: number, seq, kind: store.kind, targetSeq: null } };
    });
    const rows = members.map((member) => member.rows);
    for (const { open, member } of batches) this.ledger.underWay.begin(id, open.seq, member.rows.days);
    let results: PromiseSettledResult<CommittedBatch>[];
    try {
      const days = [...new Set(rows.flatMap((batch) => batch.days))];
      const inserted = store.insert(number, firstSeq, rows).then(() => {
        for (const { open } of batches) this.ledger.underWay.stored(id, open.seq);
      });
      const [knownDays] = await Promise.all([this.ledger.waitStoredBefore(id, firstSeq, days), inserted]);
      const verdicts = await store.verdicts(number, firstSeq, rows, knownDays);
      results = await Promise.allSettled(batches.map((batch, place) => this.close(batch, verdicts[place])));
    } catch (reason) {
      results = batches.map(() => ({ status: 'rejected', reason }));
    }
    return await this.seen(id, await this.settled(batches, results));
  }

  /** Ends those that failed, all at once, and tells what is stored of each. */
  private async settled<B extends RowBatch>(
    batches: readonly Numbered<B>[],
    results: PromiseSettledResult<CommittedBatch>[],
  ): Promise<PromiseSettledResult<CommittedBatch>[]> {
    const failed = batches.filter((_, place) => results[place]?.status === 'rejected').map(({ open }) => open);
    if (failed.length === 0) return results;
    const stored = await this.recovery.settle(failed);
    const storedOf = new Map(failed.map(({ seq }, at) => [seq, stored[at] ?? null]));
    return results.map((result, place) => {
      const batch = batches[place];
      if (result.status === 'fulfilled' || batch === undefined) return result;
      const { seq } = batch.open;
      const items = batch.member.rows.count;
      const reason = new BatchFailure({ seq, items, stored: storedOf.get(seq) ?? null, cause: result.reason });
      return { status: 'rejected', reason };
    });
  }

  /** Batches that close at the same time may not see each other: one look tells what came of all. */
  private async seen(
    propertyId: string,
    results: PromiseSettledResult<CommittedBatch>[],
  ): Promise<PromiseSettledResult<CommittedBatch>[]> {
    if (results.length === 1 || results.every(({ status }) => status === 'rejected')) return results;
    const dataVersion = await this.ledger.dataVersion(propertyId).catch(() => 0);
    return results.map((result) =>
      result.status === 'rejected' || result.value.dataVersion >= dataVersion
        ? result
        : { status: 'fulfilled', value: { ...result.value, dataVersion } },
    );
  }

  private async close<B extends RowBatch>(
    { open: { propertyId, seq, kind }, member: { rows, rejected, apiKeyId, streamSeq } }: Numbered<B>,
    verdict: BatchVerdict | undefined,
  ): Promise<CommittedBatch> {
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
  }
}

function spanOf({ fromMs, toMs }: InstantRange): Pick<BatchCounts, 'firstMs' | 'lastMs'> {
  return fromMs <= toMs ? { firstMs: fromMs, lastMs: toMs } : { firstMs: null, lastMs: null };
}
