import type { TrackerStore } from '../storage/tracker-store.js';
import type { Submission, Uploader } from './uploader.js';

export interface ScheduleOptions {
  /** Time between two uploads, in ms; null: only by `submit`. */
  readonly submitMs: number | null;
  /** Time between two looks whether one is due, in ms. */
  readonly checkMs: number;
}

/** Uploads where it is allowed, one at a time, when it is due. */
export class UploadSchedule {
  #timer: NodeJS.Timeout | null = null;
  #underWay: Promise<Submission> | null = null;
  #stop = new AbortController();
  /** Of the monotonic clock, in ms: not before. */
  #notBefore = 0;
  #isAllowed = false;

  /** @param uploader null: there is no server */
  constructor(
    private readonly uploader: Uploader | null,
    private readonly store: TrackerStore,
    private readonly options: ScheduleOptions,
  ) {}

  /** Whether uploads are allowed. */
  get isAllowed(): boolean {
    return this.#isAllowed;
  }

  /** Looks now, and then again and again, without keeping the process alive. */
  allow(): void {
    this.#isAllowed = true;
    if (this.#timer !== null || this.uploader === null || this.options.submitMs === null) return;
    this.#timer = setInterval(() => this.#check(), this.options.checkMs);
    this.#timer.unref();
    this.#check();
  }

  /** Ends what is under way at once; nothing is sent from now on. */
  forbid(): void {
    this.#isAllowed = false;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  /** Never throws. Called again while it is under way, it is the same. */
  async submit(): Promise<Submission> {
    if (this.uploader === null) return { status: 'no_server', changes: 0 };
    if (!this.#isAllowed) return { status: 'disabled', changes: 0 };
    this.#underWay ??= this.#upload(this.uploader).finally(() => (this.#underWay = null));
    return this.#underWay;
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #upload(uploader: Uploader): Promise<Submission> {
    const submission = await uploader.upload(this.#stop.signal);
    const pauseMs = uploader.isLasting ? (this.options.submitMs ?? 0) : 0;
    this.#notBefore = performance.now() + Math.max(pauseMs, uploader.retryAfterMs);
    return submission;
  }

  #check(): void {
    if (this.#isDue()) void this.submit();
  }

  /** A clock that was set back says nothing: it is due then. */
  #isDue(): boolean {
    const { pending, progress, header } = this.store.tracked;
    const sinceMs = Date.now() - (progress.at ?? header.created);
    const isTime = sinceMs < 0 || sinceMs >= (this.options.submitMs ?? Infinity);
    return pending.length > 0 && isTime && performance.now() >= this.#notBefore;
  }
}
