import { Injectable, Logger } from '@nestjs/common';
import { MemberSetHasher } from '../../core/cohort/member-set-hash.js';
import type { ErrorCode } from '../../core/error-codes.js';
import type { RowReason, RowStatus } from '../../core/upload/upload-row.js';
import { failureOf } from '../../platform/http/failure-of.js';
import type { UploadJob } from '../../stores/queue/upload-job.js';
import type { UploadAttempt } from '../../sql/cohort/compile-upload.js';
import { isEngineAway, pauseAfter } from '../../stores/clickhouse/engine-outages.js';
import { UploadStore, type VerdictCount } from '../../stores/clickhouse/upload-store.js';
import type { Validation } from './cohort-upload.entity.js';
import { MAX_STARTS, FencedUploadStore, type ClaimedUpload } from './fenced-upload-store.js';

/** What becomes of the job: the validation has its end (or another owner), is due again after a while, or is left to the next process. */
export type UploadOutcome =
  | { readonly kind: 'done' | 'handed_back' }
  /** `engine_away`: nothing else can be done now, either. */
  | { readonly kind: 'retry' | 'engine_away'; readonly delayMs: number };

const DONE: UploadOutcome = { kind: 'done' };
/** Rows that are judged together: they and what is known of their users are in the engine's memory at once, 100 MB at the most. */
const ROWS_AT_ONCE = 250_000;
/** Members that are read at a time. */
const PAGE = 50_000;
const BACK_OFF_MS = 2_000;
/** What may be over in a moment. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['database_unavailable', 'engine_memory_exhausted']);

/** The upload is another attempt's, or gone. */
class Superseded extends Error {}

/** One attempt at the validation of an upload, from claim to end. */
@Injectable()
export class UploadValidation {
  private readonly logger = new Logger(UploadValidation.name);

  constructor(
    private readonly progress: FencedUploadStore,
    private readonly store: UploadStore,
  ) {}

  /**
   * Works on a validation until it has an end, and writes that end; `shutdown` breaks it off and hands it back.
   * @throws the database's error when it cannot be reached: the job comes back then
   */
  async attempt(job: UploadJob, shutdown: AbortSignal): Promise<UploadOutcome> {
    const upload = await this.progress.claim(job, new Date());
    if (upload === null) {
      await this.progress.giveUp(job.uploadId);
      return DONE;
    }
    try {
      const validation = await this.validate(upload, shutdown);
      if (!(await this.progress.isWhole(upload))) return await this.begunAnew(upload.target);
      if (!(await this.progress.succeed(upload.target, validation))) throw new Superseded();
    } catch (error) {
      return await this.broken(upload, shutdown, error);
    }
    const { lastAttempt, target } = upload;
    if (lastAttempt !== null) await this.drop({ ...target, attempt: lastAttempt });
    return DONE;
  }

  private async validate(upload: ClaimedUpload, signal: AbortSignal): Promise<Validation> {
    const { target, mode, dataVersion, asOf, propertyNumber } = upload;
    const scope = { propertyNumber, dataVersion, asOfMs: asOf.getTime() };
    const options = { marker: `validation:${target.uploadId}`, signal };
    await this.store.judgeProblems(target, options);
    let checked = 0;
    for (let after = ''; ;) {
      const { until, rows } = await this.store.nextRange(target.uploadId, after, ROWS_AT_ONCE);
      if (rows === 0) break;
      await this.store.judge(target, scope, { after, until }, options);
      checked += rows;
      await this.report(upload, checked, signal);
      after = until;
    }
    const counted = await this.store.counts(target);
    refuseMissing(counted, upload);
    const { hash: setHash, size: members } = await this.members(upload, signal);
    await this.report(upload, upload.rows, signal);
    const finishedAt = new Date().toISOString();
    const found = { counts: countsOf(counted), reasons: reasonsOf(counted), members, setHash };
    return { attempt: target.attempt, mode, dataVersion, asOf: asOf.toISOString(), finishedAt, ...found };
  }

  /** Names the accepted users as a list, which is never in memory as a whole. */
  private async members({ target, mode }: ClaimedUpload, signal: AbortSignal): Promise<{ hash: string; size: number }> {
    const hasher = new MemberSetHasher();
    for (let after = ''; ;) {
      signal.throwIfAborted();
      const page = await this.store.acceptedPage(target, mode, after, PAGE);
      hasher.add(page);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return hasher.digest();
      after = last;
    }
  }

  /** Rows that can be no user are judged at first, without a report of their own. */
  private async report({ target }: ClaimedUpload, rowsChecked: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(await this.progress.report(target, rowsChecked))) throw new Superseded();
  }

  private async broken(
    { target, starts }: ClaimedUpload,
    shutdown: AbortSignal,
    cause: unknown,
  ): Promise<UploadOutcome> {
    if (cause instanceof Superseded) {
      this.logger.warn({ msg: 'validation dropped: the upload is gone, or no longer of this attempt', ...target });
      if (!(await this.progress.hasSucceeded(target))) await this.drop(target);
      return DONE;
    }
    if (shutdown.aborted) return await this.begunAnew(target);
    const { code, detail, retryable } = failureOf(cause);
    const error = { code, detail, retryable };
    if (isEngineAway(cause) && (await this.progress.waitForEngine(target, error))) {
      this.logger.warn({ msg: 'validation waits for the engine', ...target, err: cause });
      await this.drop(target);
      return { kind: 'engine_away', delayMs: pauseAfter(target.attempt) };
    }
    const again = PASSING.has(code) && starts < MAX_STARTS;
    this.logger.warn({ msg: again ? 'validation retried' : 'validation failed', ...target, err: cause });
    await (again ? this.progress.retryLater(target, error) : this.progress.fail(target, error));
    await this.drop(target);
    return again ? { kind: 'retry', delayMs: BACK_OFF_MS * starts } : DONE;
  }

  /** This start does not count: the process ends, or a batch of events was taken back while it was judged by them. */
  private async begunAnew(target: UploadAttempt): Promise<UploadOutcome> {
    await this.progress.handBack(target);
    await this.drop(target);
    return { kind: 'handed_back' };
  }

  /** Nobody reads them; that some stay does no harm. */
  private async drop(target: UploadAttempt): Promise<void> {
    await this.store
      .dropAttempt(target)
      .catch((error: Error) => this.logger.warn({ msg: 'verdicts of an attempt stay', ...target, err: error }));
  }
}

/** A row that was not judged would be silently left out. */
function refuseMissing(counted: readonly VerdictCount[], { target, rows }: ClaimedUpload): void {
  const judged = counted.reduce((sum, count) => sum + count.rows, 0);
  if (judged !== rows) throw new Error(`Of ${rows} rows of ${target.uploadId} ${judged} were judged`);
}

function countsOf(counted: readonly VerdictCount[]): Record<RowStatus, number> {
  const counts: Record<RowStatus, number> = { valid: 0, unknown: 0, duplicate: 0, invalid: 0, blank: 0 };
  for (const { status, rows } of counted) counts[status] += rows;
  return counts;
}

function reasonsOf(counted: readonly VerdictCount[]): Partial<Record<RowReason, number>> {
  const reasons = counted.flatMap(({ reason, rows }): [RowReason, number][] => (reason === '' ? [] : [[reason, rows]]));
  return Object.fromEntries(reasons);
}
