import { Injectable, Logger } from '@nestjs/common';
import type { CacheMode } from '../core/request/asked-request.js';
import { runJob } from '../stores/queue/run-job.js';
import { RunQueue } from '../stores/queue/run-queue.js';
import { RequestStore } from './request-store.js';
import { RunFreshness } from './run-freshness.js';
import { RunStore, type Asked } from './run-store.js';
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
    private readonly requests: RequestStore,
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
      const run = await this.firstFit(candidates, cache, nowMs, unfit);
      if (run === null) {
        candidates = await this.runs.create(wanted, unfit);
        if (candidates.length === 0) return await this.enqueued(wanted);
        continue;
      }
      const assigned = run.state === 'succeeded' ? await this.fromCache(run) : await this.joined(wanted, run);
      if (assigned !== null) return assigned;
      candidates = await this.runs.candidates(propertyId, hash);
    }
  }

  private async firstFit(
    candidates: readonly RunEntity[],
    cache: CacheMode,
    nowMs: number,
    unfit: Set<string>,
  ): Promise<RunEntity | null> {
    for (const run of candidates.filter(({ id }) => !unfit.has(id))) {
      if (await this.fits(run, cache, nowMs)) return run;
      unfit.add(run.id);
    }
    return null;
  }

  private async fits(run: RunEntity, cache: CacheMode, nowMs: number): Promise<boolean> {
    if (cache === 'refresh') return run.state === 'queued';
    return run.state === 'succeeded' ? await this.freshness.isFresh(run, nowMs) : await this.freshness.willSeeAll(run);
  }

  private async fromCache(run: RunEntity): Promise<Assigned | null> {
    const request = await this.requests.newestOf(run);
    return request && { request, run, cached: true };
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
