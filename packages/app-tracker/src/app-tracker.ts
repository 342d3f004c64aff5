import { setTimeout as wait } from 'node:timers/promises';
import { optionsOf } from './config-file.js';
import { figuresCsv, figuresReport } from './figures-csv.js';
import { type AnyTrackable, KnownTrackables, ofKind } from './known-trackables.js';
import { settled, type Settled, type TrackerOptions } from './options.js';
import { TrackerStore } from './storage/tracker-store.js';
import type { Sequence } from './trackables/sequence.js';
import type { State, StateOptions } from './trackables/state.js';
import type { Statistic } from './trackables/statistic.js';
import { Timer } from './trackables/timer.js';
import { unattended } from './trackables/trackable.js';
import { Door } from './upload/door.js';
import { UploadSchedule } from './upload/upload-schedule.js';
import { type Submission, Uploader } from './upload/uploader.js';

/** What an upload that is under way is given to end when the tracker is closed. */
const CLOSE_MS = 2_000;

export interface Described {
  readonly description?: string;
}

/**
 * Tracks what one user does in an application: in a folder, for himself, and for a property of Muster where a server is
 * given and uploads are allowed.
 */
export class AppTracker {
  readonly #store: TrackerStore;
  readonly #known: KnownTrackables;
  readonly #schedule: UploadSchedule;
  #closed: Promise<void> | null = null;

  private constructor(options: Settled, store: TrackerStore) {
    const { server, submitMs, checkMs, enabled, timeoutMs, maxTrackables, onProblem } = options;
    this.#store = store;
    this.#known = new KnownTrackables(this.#store, maxTrackables);
    const uploader = server && new Uploader(new Door(server, timeoutMs), this.#store, onProblem);
    this.#schedule = new UploadSchedule(uploader, this.#store, { submitMs, checkMs });
    if (enabled ?? this.#store.tracked.enabled ?? true) this.#schedule.allow();
  }

  /**
   * Opens a folder, and uploads what is due.
   * @throws TypeError, RangeError for options, TrackerProblem for a folder that is in use or cannot be used
   */
  static async open(options: TrackerOptions): Promise<AppTracker> {
    const all = settled(options);
    return new AppTracker(all, await TrackerStore.open(all));
  }

  /**
   * Opens what a file says: JSON with the names of the options, or an INI file of anonymoususage. Options that are given
   * go before those of the file.
   * @throws what `open` throws, and what is wrong with the file
   */
  static async fromConfig(path: string, options: Partial<TrackerOptions> = {}): Promise<AppTracker> {
    return AppTracker.open(await optionsOf(path, options));
  }

  /** @throws TypeError where the name is of another kind, or is none, RangeError where there are too many */
  statistic(name: string, { description }: Described = {}): Statistic {
    return this.#known.statistic(name, description);
  }

  /** @throws as `statistic` */
  state(name: string, options: StateOptions & Described = {}): State {
    return this.#known.state(name, options.description, options);
  }

  /** @throws as `statistic` */
  timer(name: string, { description }: Described = {}): Timer {
    return this.#known.timer(name, description);
  }

  /** @throws as `statistic`, and TypeError for a list of checkpoints that is none, or another than before */
  sequence(name: string, checkpoints: readonly string[], { description }: Described = {}): Sequence {
    return this.#known.sequence(name, description, checkpoints);
  }

  /** Whatever has this name, also of a run before; undefined: nothing. */
  get(name: string): AnyTrackable | undefined {
    return this.#known.get(name);
  }

  get statistics(): readonly Statistic[] {
    return ofKind(this.#known.all(), 'statistic');
  }

  get states(): readonly State[] {
    return ofKind(this.#known.all(), 'state');
  }

  get timers(): readonly Timer[] {
    return ofKind(this.#known.all(), 'timer');
  }

  get sequences(): readonly Sequence[] {
    return ofKind(this.#known.all(), 'sequence');
  }

  /** Changes that have not been uploaded. */
  get pending(): number {
    return this.#store.tracked.pending.length;
  }

  /** Uploads that the server has taken. */
  get submissions(): number {
    return this.#store.tracked.progress.submissions;
  }

  /** When the last of them was; null: there was none. */
  get lastSubmission(): Date | null {
    const { at } = this.#store.tracked.progress;
    return at === null ? null : new Date(at);
  }

  /** Whether uploads are allowed. */
  get isEnabled(): boolean {
    return this.#schedule.isAllowed;
  }

  /** `Name,Type,Value,Description` of all, for programs. */
  toCsv({ orderBy = 'type' }: { readonly orderBy?: 'type' | 'name' } = {}): string {
    return figuresCsv(this.#known.all(), orderBy);
  }

  /** All figures as CSV by kind, for people. @param digits of numbers with fractions, 1 to 15 */
  toReport({ digits = 6 }: { readonly digits?: number } = {}): string {
    return figuresReport(this.#known.all(), digits);
  }

  /** Allows uploads, also of what was counted before, and remembers that. @throws TrackerProblem where it cannot be written */
  enable(): Promise<void> {
    return unattended(this.#store.keepEnabled(true).then(() => this.#schedule.allow()));
  }

  /**
   * Forbids uploads, ends the one that is under way, and remembers that. Counting goes on.
   * @throws TrackerProblem where it cannot be written: uploads are forbidden until the tracker is closed
   */
  disable(): Promise<void> {
    this.#schedule.forbid();
    return this.#store.keepEnabled(false);
  }

  /** Fulfilled once all that was declared and changed is on the disk. @throws TrackerProblem where it cannot be */
  synced(): Promise<void> {
    return this.#store.synced();
  }

  /** Uploads what waits. Never throws: what could not be uploaded waits, and is told. */
  async submit(): Promise<Submission> {
    return this.#schedule.submit();
  }

  /**
   * Stops timers that have been started, gives an upload that is under way 2 seconds, and lets others have the folder.
   * What is changed afterwards is refused.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const stopped = this.timers.filter((timer) => timer.isStarted).map(async (timer) => timer.stop());
    // What could not be written has been told.
    await Promise.allSettled(stopped);
    await Promise.race([this.#schedule.settled(), wait(CLOSE_MS, undefined, { ref: false })]);
    this.#schedule.forbid();
    await this.#schedule.settled();
    await this.#store.close();
  }
}
