import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isRunning, thisProcess, type ProcessIdentity } from './process-identity.js';
import { StoreProblem } from './store-problem.js';

/**
 * Creates the data folder. Under root the embedded PostgreSQL runs as another user and has to pass through it to its
 * own part: then others may enter it, but not list it (0711), and every secret in it is a file of mode 0600.
 */
export function openDataFolder(dataDir: string): void {
  const isRoot = process.getuid?.() === 0;
  try {
    mkdirSync(dataDir, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
    const { mode } = statSync(dataDir);
    if (isRoot && (mode & 0o011) !== 0o011) chmodSync(dataDir, (mode & 0o777) | 0o011);
  } catch (error) {
    const line = `The data folder ${dataDir} cannot be used: ${(error as Error).message}. Set MUSTER_DATA_DIR to a folder that can be written to`;
    throw diskFullProblem(dataDir, error) ?? new StoreProblem('configuration', [line], { cause: error });
  }
}

const FULL = /No space left on device|Disk quota exceeded|\b(ENOSPC|EDQUOT|NOT_ENOUGH_SPACE)\b|errno: 28\b/;
const MEBIBYTE = 1024 * 1024;

/**
 * Refuses a first start that would fill the disk: there is nothing yet that could be deleted. A later start with as
 * little room succeeds, and refuses to write.
 * @throws StoreProblem
 */
export function refuseFirstStart(dataDir: string, reserveBytes: number): void {
  if (existsSync(join(dataDir, 'postgres/data')) || existsSync(join(dataDir, 'engine/data'))) return;
  const { bavail, bsize } = statfsSync(dataDir);
  const [free, reserve] = [bavail * bsize, reserveBytes].map((bytes) => Math.floor(bytes / MEBIBYTE));
  if (bavail * bsize >= reserveBytes) return;
  throw new StoreProblem('storage_full', [
    `The disk of the data folder ${dataDir} has ${free} MB left, less than the reserve of ${reserve} MB: free some space, set MUSTER_DATA_DIR to a folder of another disk, or MUSTER_DISK_RESERVE_MB to less`,
  ]);
}

/**
 * The problem that an error of a start stands for where the disk is full, whichever part of the program reported it;
 * undefined for any other error.
 */
export function diskFullProblem(dataDir: string, error: unknown): StoreProblem | undefined {
  if (error instanceof StoreProblem || !(error instanceof Error) || !FULL.test(error.message)) return undefined;
  const line = `The disk of the data folder ${dataDir} is full: free some space, and start again`;
  return new StoreProblem('storage_full', [line], { cause: error });
}

/** `<data>/muster.pid`, which names this process while it works on the folder. */
export interface PidFile {
  release(): void;
}

/**
 * Claims the data folder for this process. Of several that start at once exactly one gets it, the others get a
 * StoreProblem that names the holder; what a killed process left behind is taken over.
 *
 * The file is written aside and hard-linked into place, which fails where one exists. To replace a dead holder's file,
 * a process must first link a claim named after that holder: only one can, and who comes late with an old reading finds
 * the file changed. A claim whose owner died is replaced in the same way.
 */
export function claimDataFolder(dataDir: string): PidFile {
  const me = thisProcess();
  const path = join(dataDir, 'muster.pid');
  const draft = `${path}.${me.pid}`;
  writeFileSync(draft, `${me.pid}\n${me.started}\n`, { mode: 0o600 });
  try {
    while (!taken(path, draft));
  } finally {
    rmSync(draft, { force: true });
  }
  return { release: () => release(path, me) };
}

/** Whether a process that runs works on the folder. */
export function isClaimed(dataDir: string): boolean {
  const holder = holderOf(join(dataDir, 'muster.pid'));
  return holder !== undefined && isRunning(holder);
}

/** False: the holder changed while we looked, look again. */
function taken(path: string, draft: string): boolean {
  if (linked(draft, path)) return true;
  const holder = holderOf(path);
  if (!holder) return false;
  if (isRunning(holder)) throw inUse(path, holder);
  return replaced(path, draft, holder, []);
}

function replaced(path: string, draft: string, dead: ProcessIdentity, before: readonly string[]): boolean {
  const names = [...before, nameOf(dead)];
  const claims = names.map((name) => `${path}.after-${name}`);
  const claim = claims.at(-1) ?? path;
  if (!linked(draft, claim)) {
    const claimant = holderOf(claim);
    if (!claimant) return false;
    if (isRunning(claimant)) throw inUse(path, claimant);
    return replaced(path, draft, claimant, names);
  }
  const current = holderOf(path);
  const isStillDead = current !== undefined && names.includes(nameOf(current));
  if (isStillDead) renameSync(draft, path);
  for (const file of isStillDead ? claims : [claim]) rmSync(file, { force: true });
  return isStillDead;
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined: there is no such file. One that the machine's death left empty names no running process. */
function holderOf(path: string): ProcessIdentity | undefined {
  try {
    const [pid, started] = readFileSync(path, 'utf8').split('\n');
    return { pid: Number(pid), started: started ?? '' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function release(path: string, me: ProcessIdentity): void {
  const holder = holderOf(path);
  if (holder && nameOf(holder) === nameOf(me)) rmSync(path, { force: true });
}

const nameOf = ({ pid, started }: ProcessIdentity): string => `${pid}-${started.replaceAll(/[^\w-]/g, '_')}`;

const inUse = (path: string, { pid }: ProcessIdentity): StoreProblem =>
  new StoreProblem('folder_in_use', [
    `The data folder ${dirname(path)} is in use by the Muster process ${pid}: stop that one, or set MUSTER_DATA_DIR to another folder`,
  ]);
