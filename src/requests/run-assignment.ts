import { Injectable, Logger } from '@nestjs/common';
import type { CacheMode } from '../core/request/asked-request.js';
import { runJob } from '../stores/queue/run-job.js';
import { RunQueue } from '../stores/queue/run-queue.js';
import { RunFreshness } from './run-freshness.js';
import { RunStore, type Asked, type Candidate } from './run-store.js';
import type { RunEntity } from './run.entity.js';

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
    let candidates = await this.runs.candidates(propertyId, hash);
    for (;;) {
      const fit = await this.firstFit(candidates, cache, nowMs, unfit);
      if (fit === null) {
        candidates = await this.runs.create(wanted, unfit);
        if (candidates.length === 0) return await this.enqueued(wanted);
        continue;
      }
      const assigned = fit.run.state === 'succeeded' ? fromCache(wanted, fit) : await this.joined(wanted, fit.run);
      if (assigned !== null) return assigned;
      candidates = await this.runs.candidates(propertyId, hash);
    }
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

  private async joined({ request }: Asked, run: RunEntity): Promise<Assigned | null> {
    const joining = Object.assign(request, { runId: run.id });
    return (await this.runs.join(joining, run)) ? { request: joining, run, cached: false } : null;
  }

  /** After the commit: a job that comes before its run's row would find nothing. */
  private async enqueued({ request, run }: Asked): Promise<Assigned> {
    try {
      await this.queue.enqueue(runJob(run.id, run.propertyId));
    } catch (error) {
      this.logger.warn({ msg: 'run not enqueued, left to the sweeper', runId: run.id, err: error });
    }
    return { request, run, cached: false };
  }
}

/** The caller's request as it was asked, under the id by which the stored answer can be read again. */
function fromCache({ request }: Asked, { run, newestRequestId }: Candidate): Assigned {
  if (newestRequestId === null) throw new Error(`run ${run.id} has succeeded for nobody`);
  return { request: Object.assign(request, { id: newestRequestId, runId: run.id }), run, cached: true };
}
