import { spawn, type ChildProcess } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isRunning, runningProcesses, startOf, thisProcess, type ProcessIdentity } from '../process-identity.js';

/** The engine's program. It is compiled code, also where the caller is a source file that a test has transformed. */
export const ENGINE_PROGRAM = fileURLToPath(new URL('../../dist/engine/engine-process.js', import.meta.url));

/** What the engine's process is started with, as JSON in its first argument. Sizes in bytes. */
export interface EngineProcessOptions {
  readonly folder: string;
  readonly spoolFolder: string;
  readonly socketPath: string;
  readonly memoryBytes: number;
  /** Of all answers in the spool folder together. */
  readonly exportSpoolBytes: number;
  readonly fsync: boolean;
  /** Who starts it and will know its orphans by it; it ends without its parent in any case. */
  readonly parent?: ProcessIdentity;
}

/** What it tells its parent. */
export interface EngineMessage {
  readonly type: 'ready';
}

/** How an engine's process ended, and the last of what it wrote to stderr. */
export interface EngineEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

/** One process of the engine. */
export class EngineChild {
  readonly #process: ChildProcess;
  #said = '';
  readonly #ended: Promise<EngineEnd>;

  constructor(options: EngineProcessOptions) {
    this.#process = launch({ ...options, parent: thisProcess() });
    this.#process.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#said = (this.#said + text).slice(-2_000)));
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve({ code: null, signal: null, said: error.message }));
      this.#process.once('close', (code, signal) => resolve({ code, signal, said: this.#said.trim() }));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Settles when the process is gone, whatever the cause. */
  get ended(): Promise<EngineEnd> {
    return this.#ended;
  }

  /** Resolves when it serves; with its end where it ends before. */
  ready(): Promise<EngineEnd | null> {
    const served = new Promise<null>((resolve) =>
      this.#process.once('message', (message: EngineMessage) => message.type === 'ready' && resolve(null)),
    );
    return Promise.race([served, this.#ended]);
  }

  /** SIGTERM, then SIGKILL. Resolves when it is gone. */
  async stop(killAfterMs: number): Promise<void> {
    this.#process.kill('SIGTERM');
    const impatience = setTimeout(() => this.#process.kill('SIGKILL'), killAfterMs);
    await this.#ended;
    clearTimeout(impatience);
  }
}

function launch(options: EngineProcessOptions): ChildProcess {
  return spawn(process.execPath, [ENGINE_PROGRAM, JSON.stringify(options)], {
    // A group of its own: Ctrl-C in a terminal is for the parent.
    detached: true,
    // Nothing of the parent's environment: it holds secrets. An engine call holds one of libuv's threads for as long as
    // it runs, and with the usual four of them a few queries would stop all file access.
    env: { UV_THREADPOOL_SIZE: '16', TZ: 'UTC' },
    // ClickHouse: in chdb a name that is no table is looked for as a file here, and a pattern in the path breaks even
    // DDL.
    cwd: dirname(options.spoolFolder),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

const POLL_MS = 10;
/** A killed process frees its memory, gigabytes perhaps, before it is gone. */
const PATIENCE_MS = 15_000;
/** The program and the beginning of what it is started with, as they stand in its command. */
const PROGRAM = /engine-process\.js (\{.*\})$/s;

/**
 * Ends by SIGKILL the engines on a folder whose parents are dead, and waits until they are gone. Such an engine ends by
 * itself, unless it stands still: stopped, or waiting in the library's exit. It is known by its program, its folder and
 * the identity of its parent, so that no other process is ever taken for one.
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
