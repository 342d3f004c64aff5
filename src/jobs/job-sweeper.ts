import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import { PeriodicTask } from '../platform/process/periodic-task.js';
import { takeLockIfFree } from '../stores/postgres/advisory-locks.js';
import { JobQueues } from '../stores/queue/job-queues.js';
import { WorkerPause } from '../stores/queue/worker-pause.js';
import { jobError, JobKinds, type JobKind } from './job-kind.js';
import { JobStore } from './job-store.js';

/**
 * A run that began where it was requested stands in no queue: when its process dies, a sweep after its lease is what
 * brings it back.
 */
const EVERY_MS = 2500;

/** A job that is younger may not have been enqueued yet by the process that has accepted it. */
const MIN_AGE_MS = 5000;

/**
 * The oldest are next in the queue, or have lost their place in it: so a lost one is found, whatever waits behind it.
 */
const LIMIT = 200;

/**
 * Sees that every job without an end stands in its queue, also when a process died between saving and enqueuing it, or
 * the queue has lost its memory. Adding a job that is there does nothing, and `claim` decides what becomes of a row, so
 * sweeping too often is harmless.
 */
@Injectable()
export class JobSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(JobSweeper.name);
  private readonly sweeping = new PeriodicTask(this.logger, 'jobs not swept', () => this.sweepKinds());

  constructor(
    private readonly dataSource: DataSource,
    private readonly store: JobStore,
    private readonly kinds: JobKinds,
    private readonly queues: JobQueues,
    private readonly pause: WorkerPause,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.role === 'api') return;
    void this.sweep();
    this.sweeping.start(EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.sweeping.stop();
  }

  /** Never throws: the next sweep comes soon. */
  async sweep(): Promise<void> {
    await this.sweeping.round();
  }

  /** A kind that fails keeps no other from its turn. */
  private async sweepKinds(): Promise<void> {
    const unfinished = await this.store.kindsUnfinished(Math.min(MIN_AGE_MS, this.config.engineWaitMs));
    for (const kind of this.kinds.all.filter(({ name }) => unfinished.has(name))) {
      try {
        await this.endThoseWaiting(kind);
        await this.enqueueLost(kind);
      } catch (error) {
        this.logger.warn({ msg: `${kind.name} not swept`, err: error });
      }
    }
  }

  private async enqueueLost(kind: JobKind): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      if (!(await takeLockIfFree(manager, 'sweep', kind.name))) return;
      await this.queues.add(kind.name, await this.store.unfinished(manager, kind, MIN_AGE_MS, LIMIT));
    });
  }

  /** While the worker is paused, nobody takes up the jobs that have waited for the engine as long as they may. */
  private async endThoseWaiting(kind: JobKind): Promise<void> {
    const { engineWaitMs } = this.config;
    if (kind.patience === 'unlimited' || this.pause.engineAwayMs < engineWaitMs) return;
    const failure = new Failure(
      'engine_unavailable',
      `The analytics engine has been away for more than ${engineWaitMs / 1000} seconds (MUSTER_ENGINE_WAIT_SECONDS). Ask again when it is back.`,
    );
    const ended = await this.store.giveUpWaiting(kind, jobError(failure), LIMIT);
    if (ended.length > 0) this.logger.error({ msg: `${kind.name} given up: the engine stays away`, ids: ended });
  }
}
