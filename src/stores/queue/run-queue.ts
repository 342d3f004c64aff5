import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { within } from './deadline.js';
import { RUNS_QUEUE, type RunJob } from './run-job.js';

/** A Redis that is away keeps commands waiting for ever; a run whose job could not be added is found by the sweeper. */
const COMMAND_LIMIT_MS = 2000;
/** At the start the queue's own migrations may have to run, or to wait for those of another process. */
const READY_LIMIT_MS = 30_000;

/** Adds and removes jobs; the lowest rank is next. Adding is idempotent: a job that is still in the queue under the run's id is left as it is. */
@Injectable()
export class RunQueue implements OnApplicationBootstrap {
  private readonly logger = new Logger(RunQueue.name);

  constructor(@InjectQueue(RUNS_QUEUE) private readonly queue: Queue<RunJob>) {
    queue.on('error', (error) => this.logger.warn(`the queue: ${error.message}`));
  }

  /** BullMQ remembers a first connection that failed: a start without one fails instead. */
  async onApplicationBootstrap(): Promise<void> {
    await within(READY_LIMIT_MS, this.queue.waitUntilReady());
  }

  /** @throws Error when the queue cannot be reached in time */
  async enqueue(job: RunJob, rank: number): Promise<void> {
    await within(COMMAND_LIMIT_MS, this.queue.add('run', job, { jobId: job.runId, priority: rank }));
  }

  /** @throws Error when the queue cannot be reached in time */
  async enqueueAll(jobs: readonly { readonly job: RunJob; readonly rank: number }[]): Promise<void> {
    if (jobs.length === 0) return;
    const bulk = jobs.map(({ job, rank }) => ({
      name: 'run',
      data: job,
      opts: { jobId: job.runId, priority: rank },
    }));
    await within(COMMAND_LIMIT_MS, this.queue.addBulk(bulk));
  }

  /**
   * Gives a waiting job another rank.
   * @throws Error when the queue cannot be reached in time
   */
  async move(runId: string, rank: number): Promise<void> {
    const job = await within(COMMAND_LIMIT_MS, this.queue.getJob(runId));
    if (job) await within(COMMAND_LIMIT_MS, job.changePriority({ priority: rank }));
  }

  /**
   * Takes a waiting or delayed job out; one that is being worked on stays.
   * @throws Error when the queue cannot be reached in time
   */
  async remove(runId: string): Promise<void> {
    await within(COMMAND_LIMIT_MS, this.queue.remove(runId));
  }

  /**
   * Jobs that nobody works on yet.
   * @throws Error when the queue cannot be reached in time
   */
  async waiting(): Promise<number> {
    return await within(COMMAND_LIMIT_MS, this.queue.getJobCountByTypes('waiting', 'prioritized', 'delayed'));
  }

  /** @throws Error when the queue cannot be reached in time */
  async ping(): Promise<void> {
    await this.waiting();
  }
}
