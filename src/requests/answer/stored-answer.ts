import { Injectable } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import type { CacheMode } from '../../core/request/raw-request.js';
import type { ChangeKind } from '../../core/request/reads.js';
import { RunFreshness } from '../run/run-freshness.js';
import { fromCache, type AssignedRun } from '../run/run-assignment.js';
import { RunAdmission, type RequestAndRun } from '../run/run-admission.js';

/** The newest stored result of a request's hash, and what has moved since: nothing, and it is fresh. */
export interface NewestStored {
  readonly assigned: AssignedRun;
  readonly moved: readonly ChangeKind[];
}

/** Answers from what is stored, however old (`only`, `stale_ok`). */
@Injectable()
export class StoredAnswer {
  constructor(
    private readonly runs: RunAdmission,
    private readonly freshness: RunFreshness,
  ) {}

  /**
   * Null: nothing is stored, or the policy does not take what may be stale.
   * @throws Failure result_not_cached where the policy takes nothing else
   */
  async find(wanted: RequestAndRun, cache: CacheMode, nowMs: number): Promise<NewestStored | null> {
    if (cache !== 'only' && cache !== 'stale_ok') return null;
    const candidates = await this.runs.candidates(wanted.run.propertyId, wanted.run.hash);
    const newest = candidates.find(({ run }) => run.state === 'succeeded' && run.unreadable === null);
    if (newest !== undefined) {
      const assigned = fromCache(wanted, newest);
      return { assigned, moved: await this.freshness.moves(newest.run, nowMs, newest.lastSeq) };
    }
    if (cache === 'stale_ok') return null;
    const detail = 'No result of this request is stored. Ask with "cache": "prefer", which computes one.';
    throw new Failure('result_not_cached', detail, [], { hash: wanted.run.hash });
  }
}
