import type { Sending } from '../storage/records.js';
import type { PendingChange } from '../storage/tracked.js';
import type { TrackerStore } from '../storage/tracker-store.js';
import { TrackerProblem } from '../tracker-problem.js';
import { type CollectedEvent, composeEvents } from './compose-events.js';
import { cutBatch } from './cut-batch.js';
import { type Door, NotUploaded, type Verdict } from './door.js';

/** Half of what the server takes. */
const MAX_BYTES = 262_144;
const TOO_LARGE = 413;
/** Answers that the next check will not mend. */
const LASTING: readonly number[] = [400, 401, 403, 404, 405, 409, 410, 415, 422];
const KEY_REFUSED: readonly number[] = [401, 403];
/** A clock that is off by less is right. */
const CLOCK_ERROR_MS = 5_000;
const TOO_OLD = 'time_out_of_range';

/** What has become of a call of `submit`. */
export interface Submission {
  /** `accepted`: all that waited has been taken; `nothing`: nothing waited; `failed`: what is left waits. */
  readonly status: 'accepted' | 'nothing' | 'disabled' | 'no_server' | 'failed';
  /** Changes that the server has taken. */
  readonly changes: number;
  readonly problem?: TrackerProblem;
}

/** Uploads what waits, batch by batch, each until it is known what has become of it. */
export class Uploader {
  #maxBytes = MAX_BYTES;
  #retryAfterMs = 0;
  #isLasting = false;

  constructor(
    private readonly door: Door,
    private readonly store: TrackerStore,
    private readonly onProblem: (problem: TrackerProblem) => void,
  ) {}

  /** How long the server asks to be left alone after the last failure, in ms. */
  get retryAfterMs(): number {
    return this.#retryAfterMs;
  }

  /** Whether the last failure is one that the next check will not mend, such as a key that is refused. */
  get isLasting(): boolean {
    return this.#isLasting;
  }

  /** Never throws: what could not be uploaded is told, and waits. */
  async upload(signal: AbortSignal): Promise<Submission> {
    let changes = 0;
    [this.#retryAfterMs, this.#isLasting] = [0, false];
    try {
      // What is counted meanwhile goes with the next one.
      const until = this.store.tracked.next - 1;
      const ahead = this.store.tracked.pending.length === 0 ? null : await this.door.clockAhead(signal);
      for (let batch = this.#batch(until); batch.length > 0; batch = this.#batch(until)) {
        changes += await this.#send(batch, ahead, signal);
      }
      return { status: changes === 0 ? 'nothing' : 'accepted', changes };
    } catch (error) {
      const problem = this.#problemOf(error);
      // What could not be written has been told by the store, and who has stopped it knows.
      if (error instanceof NotUploaded && !signal.aborted) this.onProblem(problem);
      return { status: 'failed', changes, problem };
    }
  }

  /** A batch that nobody has answered goes first, as it was. */
  #batch(until: number): readonly PendingChange[] {
    const { pending, sending } = this.store.tracked;
    const to = sending?.to ?? until;
    const waiting = pending.filter(({ change }) => change.n <= to);
    return sending === null ? cutBatch(waiting, this.#maxBytes) : waiting;
  }

  /** @returns how many changes are done with @throws NotUploaded, TrackerProblem */
  async #send(batch: readonly PendingChange[], ahead: number | null, signal: AbortSignal): Promise<number> {
    const { store } = this;
    const isResend = store.tracked.sending !== null;
    const sending = store.tracked.sending ?? (await this.#begin(batch, ahead));
    const { events, lastTime } = composeEvents(batch, sending, store.tracked.header);
    const verdict = await this.#post(events, batch, signal);
    if (verdict === 'too_large') return 0;
    const isTooOld = verdict?.errors.some(({ code }) => code === TOO_OLD) ?? false;
    if (isTooOld && !isResend && ahead === null) {
      await store.keepSending(null);
      throw new NotUploaded(202, 'the clocks differ, and the server does not tell by how much', false, 0);
    }
    const submissions = store.tracked.progress.submissions + (events.length === 0 ? 0 : 1);
    await store.keepProgress({ accepted: sending.to, at: Date.now(), lastTime, submissions });
    if (verdict !== null) this.#tell(verdict);
    // Some of it may have been taken by an attempt without an answer: totals are told again, and nothing is added.
    if (isTooOld) await store.restate(batch);
    return batch.length;
  }

  /** How the batch is sent is on the disk before it is: it is sent like that until somebody answers. */
  async #begin(batch: readonly PendingChange[], ahead: number | null): Promise<Sending> {
    const shift = ahead !== null && Math.abs(ahead) > CLOCK_ERROR_MS ? Math.round(ahead) : 0;
    const to = batch.at(-1)?.change.n ?? 0;
    const sending = { to, now: Date.now() + shift, shift, after: this.store.tracked.progress.lastTime };
    await this.store.keepSending(sending);
    return sending;
  }

  /** Null: there is nothing to send. @throws NotUploaded */
  async #post(
    events: readonly CollectedEvent[],
    batch: readonly PendingChange[],
    signal: AbortSignal,
  ): Promise<Verdict | 'too_large' | null> {
    const [first] = batch;
    if (first === undefined || events.length === 0) return null;
    try {
      return await this.door.send(events, first.run, signal);
    } catch (error) {
      if (!(error instanceof NotUploaded) || error.isStored !== false) throw error;
      await this.store.keepSending(null);
      if (error.status !== TOO_LARGE || batch.length === 1) throw error;
      this.#maxBytes = Math.ceil(this.#maxBytes / 2);
      return 'too_large';
    }
  }

  #tell({ rejected, errors, dropped }: Verdict): void {
    const reasons = errors.map(({ code, detail, count }) => `${code} (${count}): ${detail}`).join('; ');
    if (rejected > 0)
      this.onProblem(new TrackerProblem('events_refused', `The server refuses ${rejected} events: ${reasons}`));
    const settings = Object.entries(dropped).map(([reason, count]) => `${reason} (${count})`);
    if (settings.length > 0)
      this.onProblem(new TrackerProblem('events_dropped', `The server drops events: ${settings.join(', ')}`));
  }

  #problemOf(error: unknown): TrackerProblem {
    if (error instanceof TrackerProblem) return error;
    const { status = null, retryAfterMs = 0, message } = error as Partial<NotUploaded> & Error;
    this.#retryAfterMs = retryAfterMs;
    this.#isLasting = status !== null && LASTING.includes(status);
    const code = status !== null && KEY_REFUSED.includes(status) ? 'key_refused' : 'upload_failed';
    return new TrackerProblem(code, message, { cause: error });
  }
}
