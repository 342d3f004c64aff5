import { Injectable } from '@nestjs/common';
import type { Reads } from '../core/request/reads.js';
import { readsOf } from '../core/request/reads-of.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { RunEntity } from './run.entity.js';

/** Tells whether a run can stand for one that would start now (SEMANTICS, *Fresh*). */
@Injectable()
export class RunFreshness {
  constructor(private readonly ledger: IngestLedger) {}

  /** Whether a succeeded run's result is what a new run would find. */
  async isFresh(run: RunEntity, nowMs: number): Promise<boolean> {
    if (run.state !== 'succeeded' || run.dataVersion === null) return false;
    if (run.validUntil !== null && nowMs >= run.validUntil.getTime()) return false;
    return !(await this.ledger.movedSince(run.propertyId, run.dataVersion, readsOfRun(run)));
  }

  /** Whether a run without an end will see all data that is acknowledged by now: a queued one will, a running one if nothing has moved. */
  async willSeeAll(run: RunEntity): Promise<boolean> {
    if (run.state === 'queued') return true;
    if (run.state !== 'running' || run.dataVersion === null) return false;
    return !(await this.ledger.movedSince(run.propertyId, run.dataVersion, readsOfRun(run)));
  }
}

/** What the result depends on. A member of a static cohort that is not known becomes known with its first event or upsert; while a run is on, any may be unknown. */
function readsOfRun(run: RunEntity): Reads {
  const reads = readsOf(run.canonical);
  return { ...reads, newUsers: reads.newUsers || run.result === null || hasUnknownUsers(run.result.aggregates) };
}

function hasUnknownUsers(aggregates: NonNullable<RunEntity['result']>['aggregates']): boolean {
  return Object.values(aggregates).some((column) => (column.undefined.unknown_user ?? 0) > 0);
}
