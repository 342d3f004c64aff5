import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../platform/config/package-root.js';
import { thisProcess } from '../../embedded/process-identity.js';
import type { EngineMessage, EngineProcessOptions } from './engine-process-options.js';

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
  return spawn(process.execPath, [entry(), JSON.stringify(options)], {
    // A group of its own: Ctrl-C in a terminal is for the parent.
    detached: true,
    // Nothing of the parent's environment: it holds secrets. An engine call holds one of libuv's threads for as long as it
    // runs, and with the usual four of them a few queries would stop all file access.
    env: { UV_THREADPOOL_SIZE: '16', TZ: 'UTC' },
    // ClickHouse: in chdb a name that is no table is looked for as a file here, and a pattern in the path breaks even DDL.
    cwd: dirname(options.spoolFolder),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** The process runs compiled code, also where the caller is a source file that a test has transformed. */
function entry(): string {
  const beside = fileURLToPath(new URL('./engine-process.js', import.meta.url));
  return existsSync(beside) ? beside : join(packageRoot(), 'dist/src/stores/clickhouse/embedded/engine-process.js');
}
