import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { within } from './deadline.js';
import { uploadJobId, UPLOADS_QUEUE, type UploadJob } from './upload-job.js';

/** A Redis that is away keeps commands waiting for ever; an upload whose job could not be added is found by the sweeper. */
const COMMAND_LIMIT_MS = 2000;
/** At the start the queue's own migrations may have to run, or to wait for those of another process. */
const READY_LIMIT_MS = 30_000;

/** Adds jobs. Adding is idempotent: a job that is still in the queue under its id is left as it is. */
@Injectable()
export class UploadQueue implements OnApplicationBootstrap {
  private readonly logger = new Logger(UploadQueue.name);

  constructor(@InjectQueue(UPLOADS_QUEUE) private readonly queue: Queue<UploadJob>) {
    queue.on('error', (error) => this.logger.warn(`the queue: ${error.message}`));
  }

  /** BullMQ remembers a first connection that failed: a start without one fails instead. */
  async onApplicationBootstrap(): Promise<void> {
    await within(READY_LIMIT_MS, this.queue.waitUntilReady());
  }

  /** @throws Error when the queue cannot be reached in time */
  async enqueue(jobs: readonly UploadJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const bulk = jobs.map((job) => ({ name: 'validate', data: job, opts: { jobId: uploadJobId(job) } }));
    await within(COMMAND_LIMIT_MS, this.queue.addBulk(bulk));
  }
}
