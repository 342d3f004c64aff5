import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A folder of bodies on their way into the engine and of answers on their way out, so that none is ever held in memory. Emptied when made. */
export class Spool {
  constructor(private readonly folder: string) {
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
   * Lets `write` make a file and opens it. The file has lost its name by then: whatever becomes of its reader or of this process, nothing of it is left.
   */
  async written(write: (path: string) => Promise<unknown>): Promise<FileHandle> {
    const path = join(this.folder, randomUUID());
    try {
      await write(path);
      return await open(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
