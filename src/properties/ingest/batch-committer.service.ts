import { Injectable } from '@nestjs/common';
import type { Tally } from '../../core/ingest/batch-tally.js';
import type { InstantRange } from '../../sql/ingest/event-batch.js';
import type { Conflicts } from '../../stores/clickhouse/event-store.js';
import { JournalDoubt } from '../journal/journal-commit.service.js';
import type { DataChanges } from '../ledger/data-changes.js';
import type { BatchCounts, Sent } from '../ledger/batch-counts.js';
import { IngestLedger } from '../ledger/ingest-ledger.service.js';
import type { Ending } from '../ledger/ledger-store.js';
import { IngestRecovery, type OpenBatch } from '../ledger/ingest-recovery.service.js';
import type { PropertyEntity } from '../property.entity.js';
import type { GroupCommit } from './group-commit.js';
import type { FailedBatch } from './ingest-progress.js';
import type { RowBatch } from './item-collector.js';

/** Where batches of one kind are stored, one or several at once. */
export interface BatchStore<B extends RowBatch> {
  readonly kind: 'events' | 'users';
  /** Null: each batch is stored by itself. */
  readonly groups: Groups<B> | null;
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

/** How small batches of all callers are committed together. */
export interface Groups<B extends RowBatch> {
  readonly queue: GroupCommit<Member<B>, CommittedBatch>;
  /** Which share of a group a batch takes; above 1 it is stored by itself. */
  share(batch: B): number;
  /** Commits those that need not be compared with what is stored; null for each of the others. */
  commitNew(property: PropertyEntity, members: readonly Member<B>[]): Promise<(CommittedBatch | null)[]>;
  /** Told of the others when they are closed. */
  passed(property: PropertyEntity, batches: readonly { readonly seq: number; readonly rows: B }[]): void;
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
    const { groups } = store;
    const share = groups?.share(member.rows) ?? Infinity;
    if (groups && share <= 1) {
      return groups.queue.add(property.id, { member, share }, (members) =>
        this.commitGroup(property, store, groups, members),
      );
    }
    const [result] = await this.commitNumbered(property, store, [member]);
    if (result?.status === 'fulfilled') return result.value;
    throw result?.reason;
  }

  /** First those that are all new, then the others, who have to be stored before it is known what of them is. */
  private async commitGroup<B extends RowBatch>(
    property: PropertyEntity,
    store: BatchStore<B>,
    groups: Groups<B>,
    members: readonly Member<B>[],
  ): Promise<PromiseSettledResult<CommittedBatch>[]> {
    const early = await groups.commitNew(property, members).then(
      (committed) => committed.map((value) => value && ({ status: 'fulfilled', value } as const)),
      (error: unknown) => members.map((member, place) => refused(error, member, place)),
    );
    const others = members.filter((_, place) => early[place] === null);
    if (others.length === 0) return early.filter((result) => result !== null);
    const late = await this.commitNumbered(property, store, others).catch((reason: unknown) =>
      // What was committed before stays so, whatever becomes of the others.
      others.map((): PromiseSettledResult<CommittedBatch> => ({ status: 'rejected', reason })),
    );
    groups.passed(
      property,
      late.flatMap((result, at) => closedOf(result, others[at])),
    );
    return early.map((result) => result ?? late.shift() ?? neverCommitted());
  }

  private async commitNumbered<B extends RowBatch>(
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
      results = await this.close(batches, verdicts);
    } catch (reason) {
      results = batches.map(() => ({ status: 'rejected', reason }));
    }
    return await this.settled(batches, results);
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

  private async close<B extends RowBatch>(
    batches: readonly Numbered<B>[],
    verdicts: readonly BatchVerdict[],
  ): Promise<PromiseSettledResult<CommittedBatch>[]> {
    const judged = batches.flatMap((batch, place) => {
      const verdict = verdicts[place];
      return verdict === undefined ? [] : [{ ...batch, verdict }];
    });
    const [first] = judged;
    if (first === undefined || judged.length < batches.length) throw new Error('A batch has no verdict');
    const closed = await this.ledger.closeGroup(first.open.propertyId, judged.map(endingOf));
    return await Promise.allSettled(
      judged.map(async ({ open: { propertyId, seq, kind }, member: { apiKeyId, streamSeq }, verdict }, place) => {
        const { wasOpen = false, dataVersion = 0 } = closed[place] ?? {};
        if (wasOpen) return { storedSeq: seq, seq, dataVersion, verdict };
        // Taken for dead, and closed by another process with what it saw: what came after is reported under a new number.
        const later = await this.ledger.open(propertyId, kind, { apiKeyId, streamSeq: streamSeq ?? seq });
        const again = await this.ledger.close(propertyId, later, verdict.touches);
        return { storedSeq: seq, seq: later, dataVersion: again.dataVersion, verdict };
      }),
    );
  }
}

function endingOf<B extends RowBatch>({
  open: { seq },
  member: { rows, rejected },
  verdict,
}: Numbered<B> & { readonly verdict: BatchVerdict }): Ending {
  const { accepted, conflicts, tally, touches } = verdict;
  const duplicates = rows.count - accepted;
  const counts = { accepted, duplicates, conflicting: conflicts.count, rejected, tally, ...spanOf(rows.range) };
  return { seq, touches, counts };
}

/**
 * Why a member of a group was not committed without a comparison, and what may be stored of it; null: it was to be
 * compared, and nothing has failed of it.
 */
function refused<B extends RowBatch>(error: unknown, { rows }: Member<B>, place: number): PromiseRejectedResult | null {
  if (!(error instanceof JournalDoubt)) return { status: 'rejected', reason: error };
  const seq = error.seqs[place] ?? null;
  if (seq === null) return null;
  return { status: 'rejected', reason: new BatchFailure({ seq, items: rows.count, stored: null, cause: error.cause }) };
}

function closedOf<B extends RowBatch>(
  result: PromiseSettledResult<CommittedBatch>,
  member: Member<B> | undefined,
): { seq: number; rows: B }[] {
  return result.status === 'fulfilled' && member ? [{ seq: result.value.storedSeq, rows: member.rows }] : [];
}

function neverCommitted(): never {
  throw new Error('A member of a group has no result');
}

function spanOf({ fromMs, toMs }: InstantRange): Pick<BatchCounts, 'firstMs' | 'lastMs'> {
  return fromMs <= toMs ? { firstMs: fromMs, lastMs: toMs } : { firstMs: null, lastMs: null };
}
