import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UsageBatch } from '../types.js';

const OWNER = 'owner.pid';
const SUFFIX = '.json';

/** Batches of one file, which is removed when all of them have been counted. */
export interface SpooledBatches {
  readonly file: string;
  readonly batches: readonly UsageBatch[];
}

/**
 * A folder in which batches outlive the process: a file for each, written under another name and renamed, so that a
 * crash leaves it as it was before or as it is after. One process has it at a time.
 */
export class UsageSpool {
  /** @throws Error where a process that lives has the folder, and what the file system throws */
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    const owner = ownerOf(folder);
    if (owner !== null && owner !== process.pid && isAlive(owner))
      throw new Error(`The spool ${folder} is in use by the process ${owner}: each process needs a folder of its own`);
    writeFileSync(join(folder, OWNER), String(process.pid));
  }

  /** What a process before has left, the oldest first. What cannot be read stays where it is and is told. */
  async load(onUnreadable: (error: Error) => void): Promise<SpooledBatches[]> {
    const loaded: SpooledBatches[] = [];
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(SUFFIX)).toSorted();
    for (const file of names) {
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
    const path = join(this.folder, file);
    await writeFile(`${path}.new`, JSON.stringify(batches), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.folder, file), { force: true });
  }

  /** Lets another process have the folder. */
  async leave(): Promise<void> {
    await rm(join(this.folder, OWNER), { force: true });
  }
}

function ownerOf(folder: string): number | null {
  try {
    return Number(readFileSync(join(folder, OWNER), 'utf8')) || null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
