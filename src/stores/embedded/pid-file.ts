import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT_CODES, StartupProblem } from '../../platform/config/startup-problem.js';
import { isRunning, thisProcess, type ProcessIdentity } from './process-identity.js';

/** `<data>/muster.pid`, which names this process while it works on the folder. */
export interface PidFile {
  release(): void;
}

/**
 * Claims the data folder for this process. Of several that start at once exactly one gets it, the others get a StartupProblem
 * that names the holder; what a killed process left behind is taken over.
 *
 * The file is written aside and hard-linked into place, which fails where one exists. To replace a dead holder's file, a process
 * must first link a claim named after that holder: only one can, and who comes late with an old reading finds the file changed.
 * A claim whose owner died is replaced in the same way.
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

const inUse = (path: string, { pid }: ProcessIdentity): StartupProblem =>
  new StartupProblem(EXIT_CODES.folderInUse, [
    `The data folder ${dirname(path)} is in use by the Muster process ${pid}: stop that one, or set MUSTER_DATA_DIR to another folder`,
  ]);
