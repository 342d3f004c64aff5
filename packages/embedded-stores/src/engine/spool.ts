import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { QueryError } from './query-runner.js';

const LOOK_EVERY_MS = 100;
const MEBIBYTE = 1024 * 1024;

/**
 * A folder of bodies on their way into the engine and of answers on their way out, so that none is ever held in memory.
 * Emptied when made.
 */
export class ResultSpool {
  /** Sizes of the answers that are written or read, in bytes, by what their files are or were called. */
  readonly #answers = new Map<string, number>();

  /** `answerBytes`: of all answers together. */
  constructor(
    private readonly folder: string,
    private readonly answerBytes: number,
  ) {
    this.remove();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Writes `body` to a file, gives its path to `use` and removes it, whatever happens. */
  async through<T>(body: Readable, signal: AbortSignal, use: (path: string) => Promise<T>): Promise<T> {
    const path = join(this.folder, randomUUID());
    try {
      await pipeline(body, createWriteStream(path, { mode: 0o600 }), { signal });
      return await use(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  /**
   * Lets `write` make a file and gives it to `send`. The file has lost its name by then: whatever becomes of its reader
   * or of this process, nothing of it is left. `write` is stopped, by its signal, where the files that wait to be read
   * grow beyond what they may take together.
   */
  async answered(
    write: (path: string, stop: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
    send: (file: FileHandle) => Promise<void>,
  ): Promise<void> {
    const path = join(this.folder, randomUUID());
    const file = await this.#written(path, write, signal).finally(() => rm(path, { force: true }));
    try {
      await send(file);
    } finally {
      this.#answers.delete(path);
      await file.close();
    }
  }

  async #written(
    path: string,
    write: (path: string, stop: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<FileHandle> {
    const full = new AbortController();
    const watch = setInterval(() => void this.#grown(path).then((fits) => fits || full.abort()), LOOK_EVERY_MS);
    try {
      this.#answers.set(path, 0);
      await write(path, AbortSignal.any([signal, full.signal]));
      if (!(await this.#grown(path))) throw this.#refusal(path);
      return await open(path);
    } catch (error) {
      const refusal = full.signal.aborted ? this.#refusal(path) : error;
      this.#answers.delete(path);
      throw refusal;
    } finally {
      clearInterval(watch);
    }
  }

  /** Notes the size of a file. Whether all of them still fit. */
  async #grown(path: string): Promise<boolean> {
    const size = await stat(path).then(
      (found) => found.size,
      // It has lost its name and not its bytes.
      () => this.#answers.get(path) ?? 0,
    );
    if (this.#answers.has(path)) this.#answers.set(path, size);
    return sum(this.#answers.values()) <= this.answerBytes;
  }

  /** Another time there is room, unless the file alone is too large. */
  #refusal(path: string): QueryError {
    const room = `${Math.round(this.answerBytes / MEBIBYTE)} MB`;
    return (this.#answers.get(path) ?? 0) > this.answerBytes
      ? new QueryError(`Code: 396. DB::Exception: The answer is larger than ${room}. (TOO_MANY_ROWS_OR_BYTES)`)
      : new QueryError(
          `Code: 202. DB::Exception: Answers that wait to be read take up ${room}. (TOO_MANY_SIMULTANEOUS_QUERIES)`,
        );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function sum(sizes: Iterable<number>): number {
  let total = 0;
  for (const size of sizes) total += size;
  return total;
}
