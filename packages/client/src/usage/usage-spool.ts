import { mkdirSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderOwner } from '../folder-owner.js';
import type { UsageBatch } from '../types.js';

const SUFFIX = '.json';
const UNFINISHED = `${SUFFIX}.new`;

/** Batches of one file, which is removed when all of them have been counted. */
export interface SpooledBatches {
  readonly file: string;
  readonly batches: readonly UsageBatch[];
}

/**
 * A folder in which batches outlive the process: a file for each, written under another name and renamed, so that a
 * crash leaves it as it was before or as it is after. One counter has it at a time.
 */
export class UsageSpool {
  readonly #owner: FolderOwner;
  #isOwned = true;

  /**
   * `keepsSeen`: ids and networks are written too, as they are.
   * @throws Error where a counter that lives has the folder, and what the file system throws
   */
  constructor(
    private readonly folder: string,
    readonly keepsSeen: boolean,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#owner = new FolderOwner(folder);
  }

  /** What a process before has left, the oldest first. What cannot be read stays where it is and is told. */
  async load(onUnreadable: (error: Error) => void): Promise<SpooledBatches[]> {
    const loaded: SpooledBatches[] = [];
    for (const file of (await readdir(this.folder)).toSorted()) {
      if (file.endsWith(UNFINISHED)) await this.remove(file);
      if (!file.endsWith(SUFFIX)) continue;
      try {
        const batches = JSON.parse(await readFile(join(this.folder, file), 'utf8')) as UsageBatch[];
        loaded.push({ file, batches });
      } catch (error) {
        onUnreadable(new Error(`${file} of the spool cannot be read`, { cause: error }));
      }
    }
    return loaded;
  }

  /** The name of the file of a batch, in the order of time. */
  fileOf(ms: number, id: string): string {
    return `${String(ms).padStart(15, '0')}-${id}${SUFFIX}`;
  }

  async write({ file, batches }: SpooledBatches): Promise<void> {
    const kept = this.keepsSeen ? batches : batches.map((batch) => ({ ...batch, seen: [] })).filter(hasItems);
    if (kept.length === 0 || !this.#isOwned) return;
    const path = join(this.folder, file);
    await writeFile(`${path}.new`, JSON.stringify(kept), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  async remove(file: string): Promise<void> {
    if (this.#isOwned) await rm(join(this.folder, file), { force: true });
  }

  /** Shows that the owner lives. @throws Error, once, where another process has taken the folder: it is left alone */
  async refresh(): Promise<void> {
    if (!this.#isOwned) return;
    this.#isOwned = await this.#owner.isOwned();
    if (!this.#isOwned) throw new Error(`Another process has taken the spool ${this.folder}`);
  }

  /** Lets another counter have the folder. */
  async leave(): Promise<void> {
    await this.#owner.leave();
  }
}

function hasItems({ counts = [], marks = [] }: UsageBatch): boolean {
  return counts.length + marks.length > 0;
}
