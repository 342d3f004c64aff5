import { Injectable, Logger } from '@nestjs/common';
import type { ErrorCode } from '../core/error-codes.js';
import type { Failure } from '../core/failure.js';
import { failureOf } from '../platform/http/failure-of.js';
import { retryWhileDatabaseAway } from '../platform/process/retry-while-away.js';
import { isEngineAway, pauseAfter } from '../stores/clickhouse/engine-outages.js';
import type { JobMessage } from '../stores/queue/job-queues.js';
import {
  jobError,
  jobMarker,
  MAX_ATTEMPTS,
  StartOver,
  Superseded,
  type ClaimedJob,
  type Columns,
  type JobContext,
  type JobFailure,
  type JobHandler,
  type JobResult,
  type JobTarget,
} from './job-kind.js';
import { JobLeases } from './job-leases.js';
import { JobStore } from './job-store.js';
import { JobWatcher, type JobSighting } from './job-watcher.js';

/**
 * What becomes of the job in the queue: it has its end (or another owner), is due again after a while, or is left to
 * the next process.
 */
export type JobOutcome =
  | { readonly kind: 'done' | 'handed_back' }
  /** `engine_away`: nothing else can be done now, either. */
  | { readonly kind: 'retry' | 'engine_away'; readonly delayMs: number };

const DONE: JobOutcome = { kind: 'done' };

/** Pauses after the first and the second failed attempt. */
const BACK_OFF_MS = [1000, 5000];

/** A database that restarts is back in a moment, and so is memory that other queries hold. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['engine_memory_exhausted', 'database_unavailable']);

/** Why work on a job is broken off: this process ends, or the job is cancelled, gone or somebody else's. */
type Stop = 'shutdown' | 'superseded';

/** One attempt at a job, from claim to end. */
@Injectable()
export class JobExecution {
  private readonly logger = new Logger(JobExecution.name);

  constructor(
    private readonly store: JobStore,
    private readonly watcher: JobWatcher,
    private readonly leases: JobLeases,
  ) {}

  /**
   * Works on a job until it has an end, and writes that end; `shutdown` breaks it off and hands it back.
   * @throws the database's error when it cannot be reached: the job comes back then, and its row with it
   */
  async attempt<Row>(handler: JobHandler<Row>, message: JobMessage, shutdown: AbortSignal): Promise<JobOutcome> {
    const job = await this.store.claim(handler, message);
    if (job === null) return await this.notClaimed(handler, message);
    return await this.attemptClaimed(handler, job, shutdown);
  }

  /** Works on a job that this process has claimed; `isNew`: just now, with the statement that made its row. */
  async attemptClaimed<Row>(
    handler: JobHandler<Row>,
    job: ClaimedJob<Row>,
    shutdown: AbortSignal,
    isNew = false,
  ): Promise<JobOutcome> {
    const letGo = this.leases.hold(handler.kind, job);
    const stop = new AbortController();
    const release = this.stopWhen(handler, job, { shutdown, isNew }, (reason) => stop.abort(reason));
    try {
      return await this.work(handler, job, stop.signal);
    } finally {
      release();
      letGo();
      await handler.released?.(job.row);
    }
  }

  private stopWhen<Row>(
    { kind }: JobHandler<Row>,
    { id, attempt }: JobTarget,
    { shutdown, isNew }: { readonly shutdown: AbortSignal; readonly isNew: boolean },
    stop: (reason: Stop) => void,
  ): () => void {
    const listener = (seen: JobSighting): void => {
      const isLost = seen.attempt === attempt && seen.state !== kind.states.running;
      if (isLost || seen.attempt > attempt || seen.state === null) stop('superseded');
    };
    const unwatch = this.watcher.watch(kind, id, listener, !isNew);
    const onShutdown = (): void => stop('shutdown');
    shutdown.addEventListener('abort', onShutdown, { once: true });
    if (shutdown.aborted) onShutdown();
    return () => {
      unwatch();
      shutdown.removeEventListener('abort', onShutdown);
    };
  }

  private async work<Row>(handler: JobHandler<Row>, job: ClaimedJob<Row>, stop: AbortSignal): Promise<JobOutcome> {
    let result: JobResult;
    try {
      result = await handler.execute(job, this.contextOf(handler, job, stop));
      const ended = result;
      if (!(await retryWhileDatabaseAway(() => this.store.succeed(handler.kind, job, ended)))) {
        const isBroken = await retryWhileDatabaseAway(async () => (await ended.condition?.isBroken()) ?? false);
        throw isBroken ? new StartOver() : new Superseded();
      }
    } catch (error) {
      if (error instanceof StartOver) return await this.handedBack(handler, job);
      if (error instanceof Superseded) return await this.dropped(handler, job);
      if (!stop.aborted) return await this.failed(handler, job, failureOf(error), error);
      const isShutdown = (stop.reason as Stop) === 'shutdown';
      return await (isShutdown ? this.handedBack(handler, job) : this.dropped(handler, job));
    }
    this.watcher.written(handler.kind, job, handler.kind.states.succeeded);
    await result.whenSaved?.();
    return DONE;
  }

  private contextOf<Row>({ kind }: JobHandler<Row>, { id, attempt }: JobTarget, signal: AbortSignal): JobContext {
    const target: JobTarget = { id, attempt };
    const report = (columns: Columns): Promise<boolean> => this.store.save(kind, target, columns);
    return {
      target,
      query: { marker: jobMarker(kind, target), signal },
      report,
      save: async (columns) => {
        if (!(await report(columns))) throw new Superseded();
      },
    };
  }

  /** Begun anew by whoever is there then, at no cost of an attempt. */
  private async handedBack<Row>(handler: JobHandler<Row>, job: ClaimedJob<Row>): Promise<JobOutcome> {
    if (!(await retryWhileDatabaseAway(() => this.store.handBack(handler.kind, job))))
      return await this.dropped(handler, job);
    this.logger.log({ msg: `${handler.kind.noun} handed back`, ...nameOf(job) });
    await this.undo(handler, job);
    return { kind: 'handed_back' };
  }

  private async dropped<Row>(handler: JobHandler<Row>, job: ClaimedJob<Row>): Promise<JobOutcome> {
    const { kind } = handler;
    this.logger.warn({ msg: `${kind.noun} dropped: it is cancelled, or no longer of this attempt`, ...nameOf(job) });
    // A write whose acknowledgement was lost is refused when it is done again, and was accepted all the same.
    if (!(await this.store.hasSucceeded(kind, job))) await this.undo(handler, job);
    return DONE;
  }

  private async failed<Row>(
    handler: JobHandler<Row>,
    job: ClaimedJob<Row>,
    failure: Failure,
    cause: unknown,
  ): Promise<JobOutcome> {
    const { kind } = handler;
    const error = jobError(failure);
    const { code } = failure;
    if (isEngineAway(failure) && (await retryWhileDatabaseAway(() => this.store.waitForEngine(kind, job, error)))) {
      this.told(handler, job, { state: 'retried', code, cause });
      await this.undo(handler, job);
      return { kind: 'engine_away', delayMs: pauseAfter(job.attempt - job.countedAttempts + 1) };
    }
    const isPatient = kind.patience === 'unlimited';
    const again = isPatient || (PASSING.has(code) && job.countedAttempts < MAX_ATTEMPTS);
    const accepted = await retryWhileDatabaseAway(() =>
      again ? this.store.retryLater(kind, job, error) : this.store.fail(kind, job, error),
    );
    if (!accepted) return await this.dropped(handler, job);
    this.told(handler, job, { state: again ? 'retried' : 'failed', code, cause });
    await this.undo(handler, job);
    if (!again) return DONE;
    const delayMs = isPatient ? pauseAfter(job.countedAttempts) : BACK_OFF_MS[job.countedAttempts - 1];
    return { kind: 'retry', delayMs: delayMs ?? 0 };
  }

  private told<Row>(handler: JobHandler<Row>, job: ClaimedJob<Row>, failure: JobFailure): void {
    if (handler.failed !== undefined) return handler.failed(job, failure);
    const { state, code, cause } = failure;
    this.logger.warn({ msg: `${handler.kind.noun} ${state}`, ...nameOf(job), code, err: cause });
  }

  /** Nothing is to be done, or another worker is at it: then the job comes back when that may have died. */
  private async notClaimed<Row>(handler: JobHandler<Row>, message: JobMessage): Promise<JobOutcome> {
    const given = await this.store.giveUp(handler, message);
    if (given === null) {
      const delayMs = await this.leases.leftMs(handler.kind, message.id);
      return delayMs === 0 ? DONE : { kind: 'retry', delayMs };
    }
    handler.givenUp?.(given);
    await handler.released?.(given.row);
    return DONE;
  }

  /** Nobody reads what an attempt leaves that came to nothing; that some of it stays does no harm. */
  private async undo<Row>(handler: JobHandler<Row>, job: ClaimedJob<Row>): Promise<void> {
    await handler
      .undo?.(nameOf(job), job.row)
      .catch((error: unknown) =>
        this.logger.warn({ msg: `what a lost ${handler.kind.noun} has left stays`, ...nameOf(job), err: error }),
      );
  }
}

function nameOf({ id, attempt }: JobTarget): JobTarget {
  return { id, attempt };
}
