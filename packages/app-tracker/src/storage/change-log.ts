import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { lineOf } from './log-line.js';
import type { LogRecord } from './records.js';

const sync = promisify(fdatasync);
/** A file is written anew once it has this many bytes more than twice what it began with. */
const SPARE_BYTES = 1_048_576;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;

export interface ChangeLogOptions {
  readonly folder: string;
  readonly path: string;
  /** Records that say all that the records until now have said. */
  readonly snapshot: () => readonly LogRecord[];
  /** Asked when records are on the disk, and right before a file takes the place of another; throws where they are no good. */
  readonly confirm: () => void;
}

/**
 * A file of records, to which records are added. What is added outlives the process when `add` returns, and the machine
 * when the promise is fulfilled: whoever waits at the same time waits for the same `fdatasync`.
 */
export class ChangeLog {
  /** Null: no file, or one that cannot be trusted after an error; it is written anew before anything is added. */
  #fd: number | null = null;
  #bytes = 0;
  #bytesAtFirst = 0;
  #round: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(private readonly options: ChangeLogOptions) {}

  /** Bytes of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds records, all of them or none.
   * @throws what the file system throws: nothing was added then
   */
  add(records: readonly LogRecord[]): void {
    if (this.#fd === null) this.rewrite();
    const before = this.#bytes;
    try {
      this.#write(this.#fd ?? -1, records.map(lineOf).join(''));
    } catch (error) {
      this.#cutTo(before);
      throw error;
    }
  }

  /** Fulfilled once all that has been added is on the disk. @throws what the file system or `confirm` throws */
  async settled(): Promise<void> {
    if (this.#round === null) return this.#begin();
    // What is on its way to the disk may not hold what was added since.
    this.#next ??= this.#round.catch(() => undefined).then(async () => this.#begin());
    return this.#next;
  }

  /** Writes the snapshot to a file beside, which takes the place of the file. @throws what the file system throws */
  rewrite(): void {
    const { folder, path, snapshot, confirm } = this.options;
    const beside = `${path}.new`;
    const before = this.#bytes;
    // Whoever had the folder before may still write to one of that name.
    rmSync(beside, { force: true });
    const fd = openSync(beside, NEW_FILE, 0o600);
    try {
      this.#bytes = 0;
      this.#write(fd, snapshot().map(lineOf).join(''));
      fsyncSync(fd);
      confirm();
      // Windows puts nothing in the place of a file that is open.
      this.close();
      renameSync(beside, path);
      syncFolder(folder);
    } catch (error) {
      this.#bytes = before;
      discard(beside, fd);
      throw error;
    }
    [this.#fd, this.#bytesAtFirst] = [fd, this.#bytes];
  }

  /** Writes the file again where it is no longer there, or another is. @throws what the file system or `confirm` throws */
  putBack(): void {
    if (this.#fd !== null && !this.#isInPlace()) this.rewrite();
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #begin(): Promise<void> {
    this.#next = null;
    this.#round = this.#settle().finally(() => (this.#round = null));
    return this.#round;
  }

  async #settle(): Promise<void> {
    const fd = this.#fd;
    try {
      if (fd !== null) await sync(fd);
    } catch {
      // What the kernel could not write is forgotten by it, but not by the snapshot.
      this.close();
    }
    this.options.confirm();
    if (!this.#isInPlace()) this.rewrite();
    else if (this.#bytes > 2 * this.#bytesAtFirst + SPARE_BYTES) this.#shorten();
  }

  /** A process that lost the folder and stood still right before its own renaming may put its file in the place of this. */
  #isInPlace(): boolean {
    return this.#fd !== null && isSameFile(this.options.path, this.#fd);
  }

  /** All of it is on the disk already: where there is no room for another file, it is tried again when this has grown. */
  #shorten(): void {
    try {
      this.rewrite();
    } catch {
      this.#bytesAtFirst = this.#bytes;
    }
  }

  #write(fd: number, text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) {
      const written = writeSync(fd, bytes, at);
      at += written;
      this.#bytes += written;
    }
  }

  /** A record that is there in part must not stand before others. */
  #cutTo(bytes: number): void {
    try {
      if (this.#fd !== null) ftruncateSync(this.#fd, bytes);
      this.#bytes = bytes;
    } catch {
      this.close();
    }
  }
}

function isSameFile(path: string, fd: number): boolean {
  const [there, open] = [statSync(path, { throwIfNoEntry: false }), fstatSync(fd)];
  return there?.ino === open.ino && there.dev === open.dev;
}

/** Another process may have a file of the same name. */
function discard(path: string, fd: number): void {
  try {
    if (isSameFile(path, fd)) rmSync(path, { force: true });
  } finally {
    closeSync(fd);
  }
}

/** A name in a folder is on the disk once the folder is; Windows has no such call, and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
