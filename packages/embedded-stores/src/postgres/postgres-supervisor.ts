import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, startOf, type ProcessIdentity } from '../process-identity.js';
import type { StoreLogger } from '../store-logger.js';
import type { Cluster } from './cluster.js';
import { endPostmaster, runningPostmaster, signalled, spawnPostmaster } from './postmaster.js';

const START_PATIENCE_MS = 60_000;
const POLL_MS = 10;
const WATCH_MS = 250;
const MAX_PAUSE_MS = 10_000;
/**
 * For a moment after a kill -9, a dead server's children hold its shared memory (1.6 s measured) and keep a new one
 * from starting.
 */
const STILL_HELD = /pre-existing shared memory block|lock file .* already exists/;

/**
 * Keeps one server running: adopts the one that a killed process left, starts it otherwise, and again whenever it dies.
 */
export class PostgresSupervisor {
  private server: ProcessIdentity | undefined;
  private isStopping = false;
  private restart: Promise<void> | undefined;
  private watch: NodeJS.Timeout | undefined;
  /** Whatever ends this process, the server does not outlive it. Ended at once, it recovers at the next start. */
  private readonly onExit = (): void => {
    if (this.server) signalled(this.server, 'SIGQUIT');
  };

  constructor(
    private readonly cluster: Cluster,
    private readonly args: readonly string[],
    private readonly logger: StoreLogger,
  ) {}

  get pid(): number | undefined {
    return this.server?.pid;
  }

  /** Resolves when the server takes connections; throws with the end of its log when it cannot start. */
  async start(): Promise<void> {
    process.once('exit', this.onExit);
    try {
      await this.bringUp();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.watch = setInterval(() => this.look(), WATCH_MS).unref();
  }

  /** Resolves when the server is gone. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.watch);
    await this.restart;
    if (this.server) await endPostmaster(this.server);
    this.server = undefined;
    process.removeListener('exit', this.onExit);
  }

  private async bringUp(): Promise<void> {
    const end = Date.now() + START_PATIENCE_MS;
    while (!this.server) {
      // Also one that a killed process had only just launched may be found late, when it keeps ours from starting.
      await this.adopt(end);
      if (!this.server) await this.launch(end);
    }
  }

  /** Takes over a running server; one with other settings, or on its way down, is ended first. */
  private async adopt(end: number): Promise<void> {
    for (let found = this.running(); found; found = this.running()) {
      const identity = { pid: found.pid, started: startOf(found.pid) ?? '' };
      if (found.isAsWanted && found.isReady) {
        this.logger.info({ postgres: found.pid }, 'PostgreSQL is still running from an earlier process: adopted');
        this.server = identity;
        return;
      }
      if (!found.isAsWanted || Date.now() > end) await endPostmaster(identity);
      await sleep(POLL_MS);
    }
  }

  /** Leaves `server` unset when the start should be tried again. */
  private async launch(end: number): Promise<void> {
    const { child, said } = spawnPostmaster(this.cluster, this.args);
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    this.server = child.pid === undefined ? undefined : { pid: child.pid, started: startOf(child.pid) ?? '' };
    while (!failure) {
      const found = this.running();
      if (found?.isReady && found.pid === child.pid) return;
      if (child.exitCode !== null || child.signalCode !== null)
        failure = new Error(`PostgreSQL did not start:\n${said()}`);
      else if (Date.now() > end)
        failure = new Error(`PostgreSQL is not ready after ${START_PATIENCE_MS / 1000} s:\n${said()}`);
      else await sleep(POLL_MS);
    }
    if (this.server) await endPostmaster(this.server);
    this.server = undefined;
    if (Date.now() > end || this.isStopping || !STILL_HELD.test(failure.message)) throw failure;
    await sleep(10 * POLL_MS);
  }

  private look(): void {
    if (this.isStopping || this.restart || (this.server && isRunning(this.server))) return;
    this.logger.error({ postgres: this.server?.pid }, 'PostgreSQL has died: starting it again');
    this.server = undefined;
    this.restart = this.bringUpAgain().finally(() => (this.restart = undefined));
  }

  private async bringUpAgain(): Promise<void> {
    for (let pauseMs = 100; !this.isStopping; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      try {
        await this.bringUp();
        this.logger.info({ postgres: this.pid }, 'PostgreSQL runs again');
        return;
      } catch (error) {
        this.logger.error({ err: error }, 'PostgreSQL could not be started again');
        await sleep(pauseMs, undefined, { ref: false });
      }
    }
  }

  private running(): ReturnType<typeof runningPostmaster> {
    return runningPostmaster(this.cluster, this.args);
  }
}
