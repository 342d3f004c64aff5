import { Injectable, Logger } from '@nestjs/common';
import type { Failure } from '../../core/failure.js';
import type { RunTarget } from '../../core/request/run-plan.js';
import { failureOf } from '../../platform/http/failure-of.js';
import { retryWhileDatabaseAway } from '../../platform/process/retry-while-away.js';
import { isEngineAway, pauseAfter } from '../../stores/clickhouse/engine-outages.js';
import { RunValuesStore } from '../../stores/clickhouse/run-values-store.js';
import { AnswerChunks } from '../answer/answer-chunks.js';
import { isRetryable } from './run-failure.js';
import type { EndedRun } from './ended-run.js';
import { RunLeases } from './run-leases.js';
import { RunScheduler } from './run-scheduler.js';
import { RunLog } from './run-log.js';
import { RunMeasurement } from './run-measurement.js';
import { RunMeter, type MeterReading } from './run-meter.js';
import { MAX_ATTEMPTS, FencedRunStore, type ClaimedRun } from './fenced-run-store.js';
import { RunWatcher } from './run-watcher.js';

/** What becomes of the job: the run has its end (or another owner), is due again after a while, or is left to the next process. */
export type RunOutcome =
  | { readonly kind: 'done' }
  /** `engine_away`: nothing else can be done now, either. */
  | { readonly kind: 'retry' | 'engine_away'; readonly delayMs: number }
  | { readonly kind: 'handed_back' };

const DONE: RunOutcome = { kind: 'done' };

/** Pauses after the first and the second failed attempt. */
const BACK_OFF_MS = [1000, 5000];

/** Why work on a run is broken off: this process ends, or the run is cancelled or somebody else's. */
type Stop = 'shutdown' | 'superseded';

/** One attempt at a run, from claim to end. */
@Injectable()
export class RunExecution {
  private readonly logger = new Logger(RunExecution.name);

  constructor(
    private readonly progress: FencedRunStore,
    private readonly measurement: RunMeasurement,
    private readonly watcher: RunWatcher,
    private readonly values: RunValuesStore,
    private readonly chunks: AnswerChunks,
    private readonly meter: RunMeter,
    private readonly log: RunLog,
    private readonly scheduler: RunScheduler,
    private readonly leases: RunLeases,
  ) {}

  /**
   * Works on a run until it has an end, and writes that end; `shutdown` breaks it off and hands it back.
   * @throws the database's error when it cannot be reached: the job comes back then, and the run with it
   */
  async attempt(runId: string, shutdown: AbortSignal): Promise<RunOutcome> {
    const run = await this.progress.claim(runId);
    if (run === null) return await this.notClaimed(runId);
    const letGo = this.leases.hold({ runId, attempt: run.attempt });
    const stop = new AbortController();
    const release = this.stopWhen(run, shutdown, (reason) => stop.abort(reason));
    try {
      return await this.work(run, stop.signal);
    } finally {
      release();
      letGo();
      await this.scheduler.enqueueNext(run.accountId);
    }
  }

  private stopWhen(run: ClaimedRun, shutdown: AbortSignal, stop: (reason: Stop) => void): () => void {
    const unwatch = this.watcher.watch(run.id, (seen) => {
      const isLost = seen.attempt === run.attempt && seen.state !== 'running';
      if (isLost || seen.attempt > run.attempt) stop('superseded');
    });
    const onShutdown = (): void => stop('shutdown');
    shutdown.addEventListener('abort', onShutdown, { once: true });
    if (shutdown.aborted) onShutdown();
    return () => {
      unwatch();
      shutdown.removeEventListener('abort', onShutdown);
    };
  }

  private async work(run: ClaimedRun, stop: AbortSignal): Promise<RunOutcome> {
    const target: RunTarget = { runId: run.id, attempt: run.attempt };
    const readMeter = this.meter.start(target);
    try {
      const { stored, validUntilMs, bytesRead } = await this.measurement.measure(run, target, stop);
      const { memoryBytes } = readMeter();
      // Begun anew by what is left, at no cost of an attempt.
      if (!(await retryWhileDatabaseAway(() => this.progress.isWhole(run)))) return await this.handedBack(target);
      const validUntil = validUntilMs === null ? null : new Date(validUntilMs);
      await retryWhileDatabaseAway(() => this.chunks.save(target, stored.chunks));
      const accepted = await retryWhileDatabaseAway(() => this.progress.succeed(target, stored, validUntil));
      if (!accepted) return await this.dropped(target);
      const { engine_ms: engineMs, rows_read: rowsRead } = stored.result.timings;
      this.log.ended({ ...took(run, 'succeeded'), engineMs, rowsRead, bytesRead, memoryBytes });
      return DONE;
    } catch (error) {
      if (!stop.aborted) return await this.failed(run, readMeter(), failureOf(error), error);
      return (stop.reason as Stop) === 'shutdown'
        ? await this.handedBack(target)
        : await this.dropped(target, readMeter());
    } finally {
      readMeter();
    }
  }

  private async handedBack(target: RunTarget): Promise<RunOutcome> {
    if (!(await this.progress.handBack(target))) return await this.dropped(target);
    this.logger.log({ msg: 'run handed back', ...target });
    await this.deleteRows(target);
    return { kind: 'handed_back' };
  }

  private async dropped(target: RunTarget, seen?: MeterReading): Promise<RunOutcome> {
    this.logger.warn({ msg: 'run dropped: it is cancelled, or no longer of this attempt', ...target, ...seen });
    // A write whose acknowledgement was lost is refused when it is done again, and was accepted all the same.
    if (!(await this.progress.hasSucceeded(target))) await this.deleteRows(target);
    return DONE;
  }

  private async failed(run: ClaimedRun, seen: MeterReading, failure: Failure, cause: unknown): Promise<RunOutcome> {
    const target: RunTarget = { runId: run.id, attempt: run.attempt };
    const error = { code: failure.code, detail: failure.detail, retryable: failure.retryable };
    if (isEngineAway(failure) && (await retryWhileDatabaseAway(() => this.progress.waitForEngine(target, error)))) {
      this.log.ended({ ...took(run, 'retried'), ...seen, code: failure.code }, cause);
      await this.deleteRows(target);
      return { kind: 'engine_away', delayMs: pauseAfter(run.attempt - run.countedAttempts + 1) };
    }
    const again = isRetryable(failure) && run.countedAttempts < MAX_ATTEMPTS;
    const accepted = await retryWhileDatabaseAway(() =>
      again ? this.progress.retryLater(target, error) : this.progress.fail(target, error),
    );
    if (!accepted) return await this.dropped(target);
    this.log.ended({ ...took(run, again ? 'retried' : 'failed'), ...seen, code: failure.code }, cause);
    await this.deleteRows(target);
    return again ? { kind: 'retry', delayMs: BACK_OFF_MS[run.countedAttempts - 1] ?? 0 } : DONE;
  }

  /** Nothing is to be done, or another worker is at it: then the job comes back when that may have died. */
  private async notClaimed(runId: string): Promise<RunOutcome> {
    const given = await this.progress.giveUp(runId);
    if (given === null) {
      const delayMs = await this.leases.leftMs(runId);
      return delayMs === 0 ? DONE : { kind: 'retry', delayMs };
    }
    this.log.ended({ ...given, state: 'failed', queueMs: null, runMs: null, code: 'attempts_exhausted' });
    await this.scheduler.enqueueNext(given.accountId);
    return DONE;
  }

  /** Nobody reads the rows of an attempt that came to nothing; that some stay does no harm. */
  private async deleteRows(target: RunTarget): Promise<void> {
    await Promise.all([this.values.deleteAttempt(target), this.chunks.drop(target)]).catch((error: Error) =>
      this.logger.warn({ msg: 'rows of a lost attempt stay', ...target, err: error }),
    );
  }
}

/** What an attempt that ends now has taken. */
function took(run: ClaimedRun, state: EndedRun['state']): EndedRun {
  const { id, hash, metric, attempt, createdAt, startedAt } = run;
  return {
    runId: id,
    hash,
    metric,
    state,
    attempt,
    queueMs: Math.max(0, startedAt.getTime() - createdAt.getTime()),
    runMs: Math.max(0, Date.now() - startedAt.getTime()),
  };
}
