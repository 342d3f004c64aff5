import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, runningProcesses, startOf, type ProcessIdentity } from '../../embedded/process-identity.js';
import type { EngineProcessOptions } from './engine-process-options.js';

const POLL_MS = 10;
/** A killed process frees its memory, gigabytes perhaps, before it is gone. */
const PATIENCE_MS = 15_000;
/** The program and the beginning of what it is started with, as they stand in its command. */
const PROGRAM = /engine-process\.js (\{.*\})$/s;

/**
 * Ends by SIGKILL the engines on a folder whose parents are dead, and waits until they are gone. Such an engine ends by itself, unless it stands still: stopped, or waiting in the
 * library's exit. It is known by its program, its folder and the identity of its parent, so that no other process is ever taken for one.
 * @returns their ids
 */
export async function endOrphans(folder: string): Promise<number[]> {
  const orphans = runningProcesses().flatMap(({ pid, command }) => orphanOn(folder, pid, command) ?? []);
  orphans.forEach(kill);
  const endMs = performance.now() + PATIENCE_MS;
  while (orphans.some(isRunning) && performance.now() < endMs) await sleep(POLL_MS);
  return orphans.map(({ pid }) => pid);
}

function orphanOn(folder: string, pid: number, command: string): ProcessIdentity | undefined {
  const options = optionsOf(command);
  const started = startOf(pid);
  if (options === undefined || started === undefined) return undefined;
  const isOurs = isSame(options.folder, folder) && options.parent !== undefined && !isRunning(options.parent);
  return isOurs ? { pid, started } : undefined;
}

function optionsOf(command: string): Partial<EngineProcessOptions> | undefined {
  const json = PROGRAM.exec(command)?.[1];
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as Partial<EngineProcessOptions>;
  } catch {
    return undefined;
  }
}

function isSame(one: string | undefined, other: string): boolean {
  try {
    return one !== undefined && realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

function kill(orphan: ProcessIdentity): void {
  try {
    if (isRunning(orphan)) process.kill(orphan.pid, 'SIGKILL');
  } catch {
    // Gone in between, or another user's: then the folder stays locked, and that is told.
  }
}
