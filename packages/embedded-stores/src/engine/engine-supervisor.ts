import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreLogger } from '../store-logger.js';
import { endOrphans, EngineChild, type EngineEnd, type EngineProcessOptions } from './engine-child.js';

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
/** An engine that served this long and then died is not in a loop of dying. */
const STEADY_MS = 60_000;
/** More than the process itself takes to cut off what does not end. */
const KILL_AFTER_MS = 9_000;
const LOCK_RETRY_MS = 150;

/** Keeps one engine process serving until it is stopped. */
export class EngineSupervisor {
  #child: EngineChild | undefined;
  #stopped: Promise<void> | undefined;
  #backoffMs = FIRST_BACKOFF_MS;

  constructor(
    private readonly options: EngineProcessOptions,
    private readonly lockWaitMs: number,
    private readonly logger: StoreLogger,
  ) {}

  /** Of the process that serves; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the engine serves. Throws with a reason where it cannot. */
  async start(): Promise<void> {
    const child = await this.#launch();
    const servedFromMs = performance.now();
    void child.ended.then((end) => this.#restart(end, performance.now() - servedFromMs));
  }

  /** Resolves when the process is gone, and its socket and passing files with it. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  get #stopping(): boolean {
    return this.#stopped !== undefined;
  }

  async #stop(): Promise<void> {
    await this.#child?.stop(KILL_AFTER_MS);
    this.#child = undefined;
    await rm(this.options.socketPath, { force: true });
    await rm(this.options.spoolFolder, { recursive: true, force: true });
    // A folder that was made for nothing else is empty now; the data folder never is.
    await rmdir(dirname(this.options.socketPath)).catch(() => undefined);
  }

  async #launch(): Promise<EngineChild> {
    const startedMs = performance.now();
    await this.#endOrphans();
    while (!this.#stopping) {
      const child = new EngineChild(this.options);
      this.#child = child;
      const end = await child.ready();
      const startMs = Math.round(performance.now() - startedMs);
      if (end === null) {
        this.logger.info({ pid: child.pid, startMs }, 'engine started');
        return child;
      }
      this.#child = undefined;
      const isOrphaned = isLocked(end) && (await this.#endOrphans());
      if (!isOrphaned && (!isLocked(end) || startMs > this.lockWaitMs)) throw this.#refusal(end);
      await sleep(LOCK_RETRY_MS);
    }
    throw new Error('The engine was stopped before it served');
  }

  async #endOrphans(): Promise<boolean> {
    const pids = await endOrphans(this.options.folder);
    if (pids.length > 0) this.logger.warn({ pids }, 'engines of earlier processes stood still on the folder: ended');
    return pids.length > 0;
  }

  async #restart(end: EngineEnd, servedMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#child = undefined;
    this.logger.warn({ ...end, servedMs: Math.round(servedMs) }, 'engine died; starting it again');
    if (servedMs > STEADY_MS) this.#backoffMs = FIRST_BACKOFF_MS;
    while (!this.#stopping) {
      await sleep(this.#backoffMs, undefined, { ref: false });
      this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS);
      if (this.#stopping || (await this.#startsAgain())) return;
    }
  }

  async #startsAgain(): Promise<boolean> {
    try {
      await this.start();
      return true;
    } catch (err) {
      if (!this.#stopping) this.logger.warn({ err }, 'engine did not start; trying again');
      return false;
    }
  }

  #refusal(end: EngineEnd): Error {
    if (isLocked(end)) return new Error(`The engine's data folder ${this.options.folder} is in use by another process`);
    return new Error(
      `The engine did not start on ${this.options.folder}: it ended with ${end.code ?? end.signal}. ${end.said}`,
    );
  }
}

function isLocked({ said }: EngineEnd): boolean {
  return said.includes('Cannot lock file');
}
