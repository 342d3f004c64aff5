import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { FolderInUse, FolderOwner } from '@muster/client/folder-owner';
import { systemCode, TrackerProblem } from '../tracker-problem.js';
import { ChangeLog } from './change-log.js';
import { mergePending } from './merge-pending.js';
import { keepAside, readLog } from './read-log.js';
import type { Change, ChangeDraft, Declaration, LogRecord, Progress, Sending } from './records.js';
import { figureKey, OtherVersion, type PendingChange, Tracked } from './tracked.js';

const FILE = 'changes.log';
/** An owner shows that it lives as often. */
const ALIVE_MS = 1_000;

export interface StoreOptions {
  readonly folder: string;
  readonly user: string | null;
  readonly application: { readonly name: string; readonly version: string };
  /** Changes that wait for an upload at the most; beyond, the older half is merged. */
  readonly maxPending: number;
  readonly historyLength: number;
  readonly onProblem: (problem: TrackerProblem) => void;
}

/** A folder with the figures of one user, open in one process: what is recorded here is on the disk. */
export class TrackerStore {
  readonly #log: ChangeLog;
  readonly #tracked: Tracked;
  readonly #alive: NodeJS.Timeout;
  /** So many changes that wait are merged. */
  #mergeAt: number;
  #isTaken = false;
  #isClosed = false;

  private constructor(
    private readonly options: StoreOptions,
    private readonly owner: FolderOwner,
  ) {
    const { folder, historyLength, maxPending } = options;
    this.#mergeAt = maxPending;
    this.#tracked = new Tracked(historyLength, Date.now());
    this.#log = new ChangeLog({
      folder,
      path: join(folder, FILE),
      snapshot: () => this.#tracked.records(),
      confirm: () => this.#confirm(),
    });
    this.#alive = setInterval(() => void this.#refresh(), ALIVE_MS);
    this.#alive.unref();
  }

  /** @throws TrackerProblem where the folder is in use, of another user, or cannot be read or written */
  static async open(options: StoreOptions): Promise<TrackerStore> {
    const { folder } = options;
    const store = new TrackerStore(options, claimed(folder));
    try {
      store.#read();
      return store;
    } catch (error) {
      await store.#leave();
      throw error instanceof TrackerProblem ? error : unusable(folder, error);
    }
  }

  get tracked(): Tracked {
    return this.#tracked;
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.#log.bytes;
  }

  /**
   * Makes changes, all of them or none. They outlive the process when this returns, and the machine when the promise is
   * fulfilled. It need not be waited for: what goes wrong is told as a problem too.
   * @throws nothing; the promise is rejected with a TrackerProblem
   */
  record(drafts: readonly ChangeDraft[]): Promise<void> {
    const at = Date.now();
    const first = this.#tracked.next;
    const changes = drafts.map((draft, i): Change => ({ n: first + i, at, ...draft }));
    const recorded = this.#record(changes.map((change) => ({ change })));
    if (this.#tracked.pending.length > this.#mergeAt) this.#merge();
    return recorded;
  }

  /** Keeps what a trackable is. Whatever goes wrong is told, and a change of it says what is needed. */
  declare(declared: Declaration): void {
    this.#record([{ declared }]).catch(() => undefined);
  }

  /** @throws nothing; the promise is rejected with a TrackerProblem, and may be left alone */
  keepEnabled(enabled: boolean): Promise<void> {
    return this.#record([{ enabled }]);
  }

  /** Fulfilled once all that was recorded and declared is on the disk. @throws nothing; rejected as `record` */
  synced(): Promise<void> {
    return this.#record([]);
  }

  /** Keeps how changes are sent, before they are; null: nothing of them has been taken. */
  keepSending(sending: Sending | null): Promise<void> {
    return this.#record([{ sending }]);
  }

  /** Keeps that changes have been uploaded. */
  keepProgress(progress: Progress): Promise<void> {
    return this.#record([{ progress }]);
  }

  /** Tells again what trackables are, by changes that add nothing. */
  async restate(changes: readonly PendingChange[]): Promise<void> {
    const keys = new Set(changes.map(({ change }) => figureKey(change)));
    const figures = [...this.#tracked.figures.values()].filter((figure) => keys.has(figureKey(figure)));
    await this.record(
      figures.map(({ kind, name, value, changes: count }) => ({ kind, name, value, changes: count, by: 0 })),
    );
  }

  /** Lets another process have the folder. What is recorded from now on is refused. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#log.settled().catch(() => undefined);
    await this.#leave();
  }

  async #leave(): Promise<void> {
    clearInterval(this.#alive);
    this.#log.close();
    // A claim that cannot be removed, as its folder is gone or full, is known as dead by its process or its age.
    await this.owner.leave().catch(() => undefined);
  }

  /** What the processes before have left, and the run of this one. */
  #read(): void {
    const { folder, user, application, onProblem } = this.options;
    const path = join(folder, FILE);
    const { records, damaged } = readLog(path);
    for (const record of records) this.#tracked.apply(record);
    const tracked = this.#tracked;
    const known = tracked.header.user;
    if (user !== null && known !== null && user !== known)
      throw new TrackerProblem('other_user', `The folder ${folder} holds the figures of another user`);
    tracked.apply({ header: { ...tracked.header, user: user ?? known } });
    if (damaged > 0) {
      const aside = keepAside(path, new Date());
      const what = `${damaged} of ${damaged + records.length} lines of ${path} are damaged and left out`;
      onProblem(new TrackerProblem('damaged_file', `${what}; the file is kept as ${aside}`));
    }
    const { name, version } = application;
    tracked.apply({ run: { from: tracked.next, id: randomUUID(), application: name, version } });
    this.#log.rewrite();
  }

  #record(records: readonly LogRecord[]): Promise<void> {
    const recorded = this.#write(records);
    recorded.catch(this.options.onProblem);
    return recorded;
  }

  async #write(records: readonly LogRecord[]): Promise<void> {
    if (this.#isClosed) throw new TrackerProblem('closed', 'The tracker has been closed');
    if (this.#isTaken) throw this.#taken();
    try {
      this.#log.add(records);
    } catch (error) {
      throw problemOf(error, 'not_written', this.options.folder);
    }
    for (const record of records) this.#tracked.apply(record);
    try {
      await this.#log.settled();
    } catch (error) {
      // It is made: whoever made it again would count it twice.
      throw problemOf(error, 'not_safe', this.options.folder);
    }
  }

  /** The older half of what waits becomes one change for each trackable; nothing of their sums is lost. */
  #merge(): void {
    const { maxPending, folder, onProblem } = this.options;
    const { pending, sending } = this.#tracked;
    const merged = mergePending(pending, sending?.to ?? 0);
    this.#tracked.replacePending(merged);
    try {
      // What is sent is made of the file, after a crash too.
      this.#log.rewrite();
    } catch (error) {
      this.#tracked.replacePending(pending);
      return onProblem(problemOf(error, 'not_written', folder));
    }
    // Where there is little to merge, the file is not written anew at each change.
    this.#mergeAt = Math.max(maxPending, merged.length + Math.ceil(maxPending / 4));
    const count = pending.length - merged.length;
    const why = `More than ${maxPending} changes wait for an upload`;
    onProblem(new TrackerProblem('changes_merged', `${why}: ${count} of them were added to others`));
  }

  #confirm(): void {
    if (!this.owner.holds()) throw this.#taken();
  }

  async #refresh(): Promise<void> {
    const isOwned = await this.owner.isOwned().catch(() => true);
    if (this.#isTaken || this.#isClosed) return;
    if (!isOwned) return this.options.onProblem(this.#taken());
    try {
      this.#log.putBack();
    } catch {
      // The next change is told of it.
    }
  }

  #taken(): TrackerProblem {
    this.#isTaken = true;
    return new TrackerProblem('folder_taken', `Another process has taken the folder ${this.options.folder}`);
  }
}

function claimed(folder: string): FolderOwner {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new FolderOwner(folder);
  } catch (error) {
    if (error instanceof FolderInUse) throw new TrackerProblem('folder_in_use', error.message, { cause: error });
    throw unwritable(folder, error);
  }
}

function unwritable(folder: string, cause: unknown): TrackerProblem {
  return new TrackerProblem('folder_unwritable', `The folder ${folder} cannot be used (${systemCode(cause)})`, {
    cause,
  });
}

function unusable(folder: string, cause: unknown): TrackerProblem {
  if (!(cause instanceof OtherVersion)) return unwritable(folder, cause);
  return new TrackerProblem('other_version', `A later version of the tracker has written the folder ${folder}`);
}

function problemOf(cause: unknown, code: 'not_written' | 'not_safe', folder: string): TrackerProblem {
  if (cause instanceof TrackerProblem) return cause;
  const what = code === 'not_safe' ? 'brought to the disk' : 'written';
  return new TrackerProblem(code, `The folder ${folder} cannot be ${what} (${systemCode(cause)})`, { cause });
}
