import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import AsyncLock from 'async-lock';
import type { CacheMode, Priority } from '../../core/request/raw-request.js';
import type { ClaimedJob } from '../../jobs/job-kind.js';
import { JobWorker } from '../../jobs/job-worker.js';
import { DiskSpace } from '../../platform/health/disk-space.js';
import { RequestEntity } from './request.entity.js';
import { RunFreshness } from './run-freshness.js';
import { priorityOf, RunScheduler } from './run-scheduler.js';
import { RunAdmission, type RequestAndRun, type Candidate } from './run-admission.js';
import type { ClaimedRunRow } from './run-handler.js';
import { METRIC_RUNS, type RunEntity } from './run.entity.js';

/** A run is without a data version only while `claim` reads it. */
const LOOK_AGAIN_MS = 5;
const MAX_LOOKS = 40;

/** On what terms a request is answered. */
export interface Terms {
  readonly cache: CacheMode;
  readonly priority: Priority;
  readonly nowMs: number;
}

/** What a first look has shown; `seen` null: look again. */
interface Looked {
  readonly seen: readonly Candidate[] | null;
  readonly unfit: Set<string>;
}

/** `cached`: answered by a stored result, and nothing was written. */
export interface AssignedRun extends RequestAndRun {
  readonly cached: boolean;
  /** Whether a run that was there before answers it. */
  readonly joined: boolean;
  /** Whether the run has just begun here. */
  readonly begun: boolean;
}

/**
 * Gives a request its run: a fresh result, a run that will see the same data, or a new one
 * (docs/semantics.md#freshness).
 */
@Injectable()
export class RunAssignment {
  /** One at a time for a key, within this process. */
  private readonly mutex = new AsyncLock({ maxPending: Infinity });

  constructor(
    private readonly runs: RunAdmission,
    private readonly freshness: RunFreshness,
    private readonly scheduler: RunScheduler,
    private readonly disk: DiskSpace,
    private readonly worker: JobWorker,
  ) {}

  /**
   * `wanted.run` is the run that is saved when no other will do. Looking and saving are apart, so whatever has come or
   * changed in between is looked at in another round; a run that was found unfit stays unfit, since data only move on.
   * Requests of one hash that no stored result answers go one after another: a thousand at once would else wait for one
   * lock with all connections of the pool.
   */
  async assign(wanted: RequestAndRun, terms: Terms): Promise<AssignedRun> {
    const { propertyId, hash } = wanted.run;
    const seen = await this.runs.candidates(propertyId, hash);
    const newest = seen.find(({ run }) => run.state === 'succeeded');
    if (newest !== undefined && (await this.fits(newest, terms))) return fromCache(wanted, newest);
    const unfit = new Set(newest && [newest.run.id]);
    const key = `${propertyId}/${hash}`;
    const looked = { seen: this.mutex.isBusy(key) ? null : seen, unfit };
    return await this.mutex.acquire(key, () => this.settle(wanted, terms, looked));
  }

  private async settle(wanted: RequestAndRun, terms: Terms, { seen, unfit }: Looked): Promise<AssignedRun> {
    for (let candidates = seen; ; candidates = null) {
      if (candidates === null || candidates.some(({ run }) => isStarting(run))) {
        candidates = await this.started(wanted.run);
      }
      const fit = await this.firstFit(candidates, terms, unfit);
      const assigned = await (fit === null ? this.created(wanted, terms, unfit) : this.given(wanted, terms, fit));
      if (assigned !== null) return assigned;
    }
  }

  /**
   * A run that has just begun is looked at again when its data version stands there: a moment later, unless its worker
   * has died in between.
   */
  private async started({ propertyId, hash }: RunEntity): Promise<Candidate[]> {
    let candidates = await this.runs.candidates(propertyId, hash);
    for (let looks = 1; looks < MAX_LOOKS && candidates.some(({ run }) => isStarting(run)); looks += 1) {
      await sleep(LOOK_AGAIN_MS);
      candidates = await this.runs.candidates(propertyId, hash);
    }
    return candidates;
  }

  private async firstFit(
    candidates: readonly Candidate[],
    terms: Terms,
    unfit: Set<string>,
  ): Promise<Candidate | null> {
    for (const candidate of candidates.filter(({ run }) => !unfit.has(run.id))) {
      if (await this.fits(candidate, terms)) return candidate;
      unfit.add(candidate.run.id);
    }
    return null;
  }

  private async fits({ run, lastSeq }: Candidate, { cache, nowMs }: Terms): Promise<boolean> {
    if (run.unreadable !== null) return false;
    if (cache === 'refresh') return run.state === 'queued';
    if (run.state !== 'succeeded') return await this.freshness.willSeeAll(run);
    return (await this.freshness.moves(run, nowMs, lastSeq)).length === 0;
  }

  private async given(wanted: RequestAndRun, { priority }: Terms, candidate: Candidate): Promise<AssignedRun | null> {
    const { run } = candidate;
    if (run.state === 'succeeded') return fromCache(wanted, candidate);
    const request = Object.assign(wanted.request, { runId: run.id });
    if (!(await this.runs.join(request, run))) return null;
    if (priority === 'interactive' && priorityOf(run.rank) === 'bulk') await this.scheduler.promote(run);
    return { request, run, cached: false, joined: true, begun: false };
  }

  private async created(
    { request, run }: RequestAndRun,
    { priority }: Terms,
    unfit: ReadonlySet<string>,
  ): Promise<AssignedRun | null> {
    await this.disk.refuseWrites();
    Object.assign(request, { runId: run.id });
    // The ranks of an account are assigned one by one: a burst of it must not hold every connection of the pool.
    const begun = await this.mutex.acquire(run.accountId, () => this.saved({ request, run }, priority, unfit));
    if (begun === null) return null;
    // After the commit: a job that comes before its run's row would find nothing.
    if (!begun) await this.scheduler.enqueue(run);
    return { request, run, cached: false, joined: false, begun };
  }

  /** Whether the run has begun in this process, where it has a place for it; null: nothing was saved. */
  private async saved(created: RequestAndRun, priority: Priority, unfit: ReadonlySet<string>): Promise<boolean | null> {
    const place = this.worker.place<ClaimedRunRow>(METRIC_RUNS);
    let claimed: ClaimedJob<ClaimedRunRow> | null = null;
    try {
      const saved = await this.runs.create(created, priority, unfit, place);
      claimed = saved?.claimed ?? null;
      return saved && claimed !== null;
    } finally {
      if (claimed === null) place?.leave();
      else place?.begin(claimed);
    }
  }
}

/** The caller's request as it was requested, under the id by which the stored answer can be read again. */
export function fromCache({ request }: RequestAndRun, { run, newestRequestId }: Candidate): AssignedRun {
  if (newestRequestId === null) throw new Error(`run ${run.id} has succeeded for nobody`);
  const shown = Object.assign(new RequestEntity(), request, { id: newestRequestId, runId: run.id });
  return { request: shown, run, cached: true, joined: false, begun: false };
}

function isStarting(run: RunEntity): boolean {
  return run.state === 'running' && run.dataVersion === null;
}
