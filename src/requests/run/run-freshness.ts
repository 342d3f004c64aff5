import { Injectable } from '@nestjs/common';
import { isOfOldSemantics } from '../../core/stored/read-request.js';
import { readsOf, type ChangeKind, type Reads, type ReadsFacts } from '../../core/request/freshness.js';
import type { UndefinedReason } from '../../core/metric/metric.js';
import type { RunResult } from '../../core/request/run-result.js';
import { IngestLedger } from '../../properties/ledger/ingest-ledger.service.js';
import type { RunEntity } from './run.entity.js';

/** Tells whether a run can stand for one that would start now (docs/semantics.md#freshness). */
@Injectable()
export class RunFreshness {
  constructor(private readonly ledger: IngestLedger) {}

  /**
   * Why a succeeded run's result may not be what a new run would find; nothing: it is fresh. `lastSeq`: the last ingest
   * sequence given out, where it is known; with none after the run's there is nothing to ask.
   */
  async moves(run: RunEntity, nowMs: number, lastSeq = Infinity): Promise<ChangeKind[]> {
    if (run.dataVersion === null) throw new Error(`run ${run.id} has a result without a data version`);
    const isOver = run.validUntil !== null && nowMs >= run.validUntil.getTime();
    const moved =
      run.dataVersion < lastSeq ? await this.ledger.moves(run.propertyId, run.dataVersion, readsOfRun(run)) : [];
    const means: ChangeKind[] = isOfOldSemantics(run.canonical) ? ['semantics'] : [];
    return [...moved, ...(isOver ? (['time'] as const) : []), ...means];
  }

  /**
   * Whether a run without an end will see all data that is acknowledged by now: a queued one will, a running one if
   * nothing has moved.
   */
  async willSeeAll(run: RunEntity): Promise<boolean> {
    if (run.state === 'queued') return true;
    if (run.state !== 'running' || run.dataVersion === null) return false;
    return !(await this.ledger.movedSince(run.propertyId, run.dataVersion, readsOfRun(run)));
  }
}

/**
 * What the run depends on. A result narrows it; while there is none, every user may be one whom the next event makes
 * known.
 */
function readsOfRun({ canonical, asOf, result }: RunEntity): Reads {
  const asOfFact: ReadsFacts = asOf === null ? {} : { asOfMs: asOf.getTime() };
  if (result === null) return readsOf(canonical, asOfFact);
  return readsOf(canonical, {
    ...asOfFact,
    unknownUsers: occurs(result, 'unknown_user'),
    usersWithoutBirth: occurs(result, 'no_birth'),
  });
}

function occurs({ aggregates }: RunResult, reason: UndefinedReason): boolean {
  return Object.values(aggregates).some((column) => (column.undefined[reason] ?? 0) > 0);
}
