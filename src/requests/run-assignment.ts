import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { CacheMode } from '../core/request/asked-request.js';
import { runJob } from '../stores/queue/run-job.js';
import { RunQueue } from '../stores/queue/run-queue.js';
import { RunFreshness } from './run-freshness.js';
import { RunStore, type Asked, type Candidate } from './run-store.js';
import type { RunEntity } from './run.entity.js';

/** A run is without a data version only while `claim` reads it. */
const LOOK_AGAIN_MS = 5;
const MAX_LOOKS = 40;

/** `cached`: answered by a stored result, and nothing was written. */
export interface Assigned extends Asked {
  readonly cached: boolean;
}

/** Gives a request its run: a fresh result, a run that will see the same data, or a new one (SEMANTICS, *Hash, cache, data version*). */
@Injectable()
export class RunAssignment {
  private readonly logger = new Logger(RunAssignment.name);

  constructor(
    private readonly runs: RunStore,
    private readonly freshness: RunFreshness,
    private readonly queue: RunQueue,
  ) {}

  /**
   * `wanted.run` is the run that is saved when no other will do. Looking and saving are apart, so whatever has come or changed in between is looked at in
   * another round; a run that was found unfit stays unfit, since data only move on.
   */
  async assign(wanted: Asked, cache: CacheMode, nowMs: number): Promise<Assigned> {
    const { propertyId, hash } = wanted.run;
    const unfit = new Set<string>();
    for (;;) {
      const candidates = await this.candidates(propertyId, hash);
      const fit = await this.firstFit(candidates, cache, nowMs, unfit);
      const assigned = await (fit === null ? this.created(wanted, unfit) : this.given(wanted, fit));
      if (assigned !== null) return assigned;
    }
  }

  /** A run that has just begun is looked at again when its data version stands there: a moment later, unless its worker has died in between. */
  private async candidates(propertyId: string, hash: string): Promise<Candidate[]> {
    let candidates = await this.runs.candidates(propertyId, hash);
    for (let looks = 1; looks < MAX_LOOKS && candidates.some(({ run }) => isStarting(run)); looks += 1) {
      await sleep(LOOK_AGAIN_MS);
      candidates = await this.runs.candidates(propertyId, hash);
    }
    return candidates;
  }

  private async firstFit(
    candidates: readonly Candidate[],
    cache: CacheMode,
    nowMs: number,
    unfit: Set<string>,
  ): Promise<Candidate | null> {
    for (const candidate of candidates.filter(({ run }) => !unfit.has(run.id))) {
      if (await this.fits(candidate.run, cache, nowMs)) return candidate;
      unfit.add(candidate.run.id);
    }
    return null;
  }

  private async fits(run: RunEntity, cache: CacheMode, nowMs: number): Promise<boolean> {
    if (cache === 'refresh') return run.state === 'queued';
    return run.state === 'succeeded' ? await this.freshness.isFresh(run, nowMs) : await this.freshness.willSeeAll(run);
  }

  private async given(wanted: Asked, { run, newestRequestId }: Candidate): Promise<Assigned | null> {
    if (run.state === 'succeeded') return fromCache(wanted, run, newestRequestId);
    const request = Object.assign(wanted.request, { runId: run.id });
    return (await this.runs.join(request, run)) ? { request, run, cached: false } : null;
  }

  private async created({ request, run }: Asked, unfit: ReadonlySet<string>): Promise<Assigned | null> {
    Object.assign(request, { runId: run.id });
    if (!(await this.runs.create({ request, run }, unfit))) return null;
    try {
      // After the commit: a job that comes before its run's row would find nothing.
      await this.queue.enqueue(runJob(run.id, run.propertyId));
    } catch (error) {
      this.logger.warn({ msg: 'run not enqueued, left to the sweeper', runId: run.id, err: error });
    }
    return { request, run, cached: false };
  }
}

/** The caller's request as it was asked, under the id by which the stored answer can be read again. */
function fromCache({ request }: Asked, run: RunEntity, newestRequestId: string | null): Assigned {
  if (newestRequestId === null) throw new Error(`run ${run.id} has succeeded for nobody`);
  return { request: Object.assign(request, { id: newestRequestId, runId: run.id }), run, cached: true };
}

function isStarting(run: RunEntity): boolean {
  return run.state === 'running' && run.dataVersion === null;
}
