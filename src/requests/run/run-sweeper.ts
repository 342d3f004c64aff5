import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Failure } from '../../core/failure.js';
import { Config } from '../../platform/config/config.js';
import { takeLockIfFree } from '../../stores/postgres/advisory-locks.js';
import { RunQueue } from '../../stores/queue/run-queue.js';
import { WorkerPause } from '../../stores/queue/worker-pause.js';
import { FencedRunStore } from './fenced-run-store.js';

const EVERY_MS = 5000;

/** A run that is younger may not have been enqueued yet by the process that has accepted it. */
const MIN_AGE_MS = 5000;

/** The oldest are next in the queue, or have lost their job: so a lost one is found, whatever waits behind it. */
const LIMIT = 200;

/**
 * Sees that every run without an end has a job, also when a process died between saving a run and enqueuing it, or the queue has lost its memory. Adding a job
 * that is there does nothing, and `claim` decides what becomes of a run, so sweeping too often is harmless.
 */
@Injectable()
export class RunSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RunSweeper.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly progress: FencedRunStore,
    private readonly queue: RunQueue,
    private readonly pause: WorkerPause,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    void this.sweep();
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Never throws: the next sweep comes soon. */
  async sweep(): Promise<void> {
    try {
      await this.endThoseWaiting();
      await this.dataSource.transaction(async (manager) => {
        if (!(await takeLockIfFree(manager, 'sweep', 'runs'))) return;
        const runs = await this.progress.unfinished(manager, new Date(Date.now() - MIN_AGE_MS), LIMIT);
        await this.queue.enqueueAll(runs);
      });
    } catch (error) {
      this.logger.warn({ msg: 'runs not swept', err: error });
    }
  }

  /** While the worker rests, nobody takes up the runs that have waited for the engine as long as they may. */
  private async endThoseWaiting(): Promise<void> {
    const { engineWaitMs } = this.config;
    if (this.pause.engineAwayMs < engineWaitMs) return;
    const { code, detail, retryable } = new Failure(
      'engine_unavailable',
      `The analytics engine has been away for more than ${engineWaitMs / 1000} seconds (MUSTER_ENGINE_WAIT_SECONDS). Ask again when it is back.`,
    );
    const ended = await this.progress.giveUpWaiting({ code, detail, retryable }, LIMIT);
    if (ended.length > 0) this.logger.error({ msg: 'runs given up: the engine stays away', runIds: ended });
  }
}
