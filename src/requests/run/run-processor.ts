import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, WaitingError, type Job } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { Config } from '../../platform/config/config.js';
import { DiskSpace } from '../../platform/health/disk-space.js';
import { readRunJob, RUNS_QUEUE } from '../../stores/queue/run-job.js';
import { WorkerPause } from '../../stores/queue/worker-pause.js';
import { RunExecution } from './run-execution.js';
import { isDatabaseAway } from '../../platform/process/retry-while-away.js';

/** A worker that dies is noticed, and its jobs are given to others, after at most a lock and a check: 7.5 s, and what the check before the last has to see. */
const LOCK_MS = 5000;
const CHECK_MS = 2500;

/** After a disk without room. */
const LOOK_AGAIN_MS = 1000;
/** Pauses before a job that threw is taken up again; it throws only while the database is away. */
const MAX_PAUSE_MS = 5000;
const pauseMs = (throws: number): number => Math.min(MAX_PAUSE_MS, 200 * 2 ** Math.min(throws, 10));

/** Takes jobs out of the queue and turns what becomes of their runs into what becomes of them. */
@Processor(RUNS_QUEUE, {
  autorun: false,
  lockDuration: LOCK_MS,
  stalledInterval: CHECK_MS,
  // How often a run may be started is decided by its row, not by the queue.
  maxStalledCount: 1_000_000,
  runRetryDelay: 1000,
  settings: { backoffStrategy: pauseMs },
})
export class RunProcessor extends WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RunProcessor.name);
  private finished: Promise<void> | undefined;

  constructor(
    private readonly execution: RunExecution,
    private readonly config: Config,
    private readonly pause: WorkerPause,
    private readonly disk: DiskSpace,
  ) {
    super();
  }

  /** BullMQ remembers a first connection that failed, and would then ask again without a pause: a start without one fails instead. */
  async onApplicationBootstrap(): Promise<void> {
    this.worker.concurrency = this.config.jobConcurrency;
    this.worker.on('error', (error) => {
      this.logger.warn(`the queue: ${error.message}`);
      if (this.config.redisUrl === undefined && isDatabaseAway(error)) this.takeRest();
    });
    await this.worker.waitUntilReady();
    this.worker.run().catch((error: unknown) => this.logger.error({ msg: 'the worker ended', err: error }));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.finish();
  }

  /** Takes no more jobs, gives running ones their time, then breaks them off and hands them back. */
  finish(): Promise<void> {
    return (this.finished ??= this.finishRuns());
  }

  private async finishRuns(): Promise<void> {
    const closed = this.worker.close();
    await Promise.race([closed, sleep(this.config.shutdownGraceMs, undefined, { ref: false })]);
    this.worker.cancelAllJobs('shutdown');
    await closed;
  }

  /** Nothing can be done now. */
  private async later(job: Job, delayMs: number, token: string | undefined): Promise<never> {
    this.takeRest();
    await job.moveToDelayed(Date.now() + delayMs, token);
    throw new DelayedError();
  }

  private takeRest(): void {
    void this.pause.of(this.worker, async () => (await this.disk.refusal()) === null);
  }

  /** @throws DelayedError and WaitingError, by which BullMQ knows that the job has been moved */
  override async process(job: Job, token?: string, shutdown?: AbortSignal): Promise<void> {
    const { runId } = readRunJob(job.data);
    if ((await this.disk.refusal()) !== null) return await this.later(job, LOOK_AGAIN_MS, token);
    const outcome = await this.execution.attempt(runId, shutdown ?? new AbortController().signal);
    switch (outcome.kind) {
      case 'done':
        return;
      case 'engine_away':
        return await this.later(job, outcome.delayMs, token);
      case 'retry':
        await job.moveToDelayed(Date.now() + outcome.delayMs, token);
        throw new DelayedError();
      case 'handed_back':
        await job.moveToWait(token);
        throw new WaitingError();
    }
  }
}
