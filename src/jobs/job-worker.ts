import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Semaphore } from '@muster/embedded-stores';
import { DelayedError, WaitingError, type Job, type Worker } from 'bullmq';
import { Config } from '../platform/config/config.js';
import { DiskSpace } from '../platform/health/disk-space.js';
import { isDatabaseAway } from '../platform/process/retry-while-away.js';
import { JobQueues, readMessage } from '../stores/queue/job-queues.js';
import { WorkerPause } from '../stores/queue/worker-pause.js';
import { JobExecution } from './job-execution.js';
import { JobKinds, type ClaimedJob, type JobHandler, type JobKind } from './job-kind.js';

/**
 * A worker that dies is noticed, and its jobs are given to others, after at most a lock and a check: 7.5 s, and what
 * the check before the last has to see.
 */
const LOCK_MS = 5000;
const CHECK_MS = 2500;

/** Where a job can begin at once: it is begun, or the place is left. */
export interface JobPlace<Row> {
  readonly handler: JobHandler<Row>;
  begin(job: ClaimedJob<Row>): void;
  leave(): void;
}

/** After a disk without room. */
const LOOK_AGAIN_MS = 1000;
/** Pauses before a job that threw is taken up again; it throws only while the database is away. */
const MAX_PAUSE_MS = 5000;
const pauseMs = (throws: number): number => Math.min(MAX_PAUSE_MS, 200 * 2 ** Math.min(throws, 10));

/**
 * Takes the jobs of all kinds out of the queues, unless the role of the process is `api`, and turns what becomes of a
 * job's row into what becomes of the job.
 */
@Injectable()
export class JobWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(JobWorker.name);
  private readonly handlers = new Map<string, JobHandler<unknown>>();
  /** As many as a handler may work on at once, whether they came by the queue or began here. */
  private readonly slots = new Map<string, Semaphore>();
  /** Places that are given; each resolves when it is left. */
  private readonly places = new Set<Promise<void>>();
  private readonly shutdown = new AbortController();
  private workers: readonly Worker[] = [];
  private finished: Promise<void> | undefined;

  constructor(
    private readonly kinds: JobKinds,
    private readonly execution: JobExecution,
    private readonly queues: JobQueues,
    private readonly config: Config,
    private readonly pause: WorkerPause,
    private readonly disk: DiskSpace,
  ) {}

  /** Called by every handler before the application begins. */
  register(handler: JobHandler<unknown>): void {
    this.handlers.set(handler.kind.name, handler);
  }

  /**
   * BullMQ remembers a first connection that failed, and would then ask again without a pause: a start without one
   * fails instead.
   */
  async onApplicationBootstrap(): Promise<void> {
    const handlers = this.kinds.all.map((kind) => this.handlerOf(kind));
    if (this.config.role === 'api') return;
    this.workers = handlers.map((handler) => this.open(handler));
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
    for (const worker of this.workers) {
      worker.run().catch((error: unknown) => this.logger.error({ msg: 'a worker ended', err: error }));
    }
  }

  /**
   * A place for a job of the kind that begins here and now, without the queue, which takes one job less meanwhile. Null:
   * none is free but the one that is the queue's, the worker rests, or this process works on none; or their number is
   * limited by what only the queue's turn can hold.
   */
  place<Row>({ name }: JobKind): JobPlace<Row> | null {
    const worker = this.workers.find((one) => one.name === name);
    const handler = this.handlers.get(name) as JobHandler<Row> | undefined;
    if (worker === undefined || handler === undefined || this.finished !== undefined) return null;
    if (!worker.isRunning() || worker.isPaused() || (handler.claim.limits ?? []).length > 0) return null;
    if (worker.concurrency === 1) return null;
    const free = this.slots.get(name)?.tryAcquire() ?? null;
    if (free === null) return null;
    worker.concurrency -= 1;
    let end = (): void => undefined;
    const held = new Promise<void>((resolve) => (end = resolve));
    this.places.add(held);
    const leave = (): void => {
      worker.concurrency += 1;
      free();
      this.places.delete(held);
      end();
    };
    return { handler, leave, begin: (job) => this.begin(handler, worker, job, leave) };
  }

  private begin<Row>(handler: JobHandler<Row>, worker: Worker, job: ClaimedJob<Row>, leave: () => void): void {
    const { name, noun } = handler.kind;
    void this.execution
      .attemptClaimed(handler, job, this.shutdown.signal, true)
      .then(async (outcome) => {
        if (outcome.kind === 'engine_away') this.rest(handler as JobHandler<unknown>, worker);
        if (outcome.kind === 'done') return;
        // The queue has it from now on.
        const delayMs = 'delayMs' in outcome ? outcome.delayMs : 0;
        await this.queues.add(name, [{ message: { id: job.id, generation: null }, rank: null, delayMs }]);
      })
      .catch((err: unknown) => this.logger.warn({ msg: `${noun} left to the sweeper`, id: job.id, err }))
      .finally(leave);
  }

  private handlerOf({ name }: JobKind): JobHandler<unknown> {
    const handler = this.handlers.get(name);
    if (handler === undefined) throw new Error(`nobody handles the jobs of ${name}`);
    return handler;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.finish();
  }

  /** Takes no more jobs, gives running ones their time, then breaks them off and hands them back. */
  finish(): Promise<void> {
    return (this.finished ??= this.finishJobs());
  }

  private async finishJobs(): Promise<void> {
    const closed = Promise.all([...this.workers.map((worker) => worker.close()), ...this.places]);
    await Promise.race([closed, sleep(this.config.shutdownGraceMs, undefined, { ref: false })]);
    for (const worker of this.workers) worker.cancelAllJobs('shutdown');
    this.shutdown.abort();
    await closed;
  }

  private open(handler: JobHandler<unknown>): Worker {
    const slots = new Semaphore(handler.concurrency);
    this.slots.set(handler.kind.name, slots);
    // BullMQ passes the signal only to a function of three parameters, none of which has a default.
    const work = async (job: Job, token?: string, shutdown?: AbortSignal): Promise<void> => {
      const never = new AbortController().signal;
      const leave = await slots.acquire(never);
      await this.process(handler, worker, job, token, shutdown ?? never).finally(leave);
    };
    const worker = this.queues.worker(handler.kind.name, work, {
      concurrency: handler.concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: CHECK_MS,
      // How often a job may be started is decided by its row, not by the queue.
      maxStalledCount: 1_000_000,
      runRetryDelay: 1000,
      settings: { backoffStrategy: pauseMs },
    });
    worker.on('error', (error) => {
      this.logger.warn(`the queue of ${worker.name}: ${error.message}`);
      if (this.config.redisUrl === undefined && isDatabaseAway(error)) this.rest(handler, worker);
    });
    return worker;
  }

  /** @throws DelayedError and WaitingError, by which BullMQ knows that the job has been moved */
  private async process(
    handler: JobHandler<unknown>,
    worker: Worker,
    job: Job,
    token: string | undefined,
    shutdown: AbortSignal,
  ): Promise<void> {
    const message = readMessage(job.data);
    if (!(await this.hasRoom(handler))) {
      this.rest(handler, worker);
      return await later(job, LOOK_AGAIN_MS, token);
    }
    const outcome = await this.execution.attempt(handler, message, shutdown);
    switch (outcome.kind) {
      case 'done':
        return;
      case 'engine_away':
        this.rest(handler, worker);
        return await later(job, outcome.delayMs, token);
      case 'retry':
        return await later(job, outcome.delayMs, token);
      case 'handed_back':
        await job.moveToWait(token);
        throw new WaitingError();
    }
  }

  /** Nothing can be begun now: until it can, the worker takes no job. */
  private rest(handler: JobHandler<unknown>, worker: Worker): void {
    void this.pause.of(worker, () => this.hasRoom(handler));
  }

  private async hasRoom({ kind }: JobHandler<unknown>): Promise<boolean> {
    return !kind.needsRoom || (await this.disk.refusal()) === null;
  }
}

async function later(job: Job, delayMs: number, token: string | undefined): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}
