import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MusterClient } from '../../packages/client/src/index.js';
import { PACKAGE_ROOT } from './source-files.js';

/** The built program in a process and a data folder of its own. */
export interface RunningMuster {
  readonly url: string;
  /** Empty where the account was made by another process. */
  readonly adminKey: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  readonly client: MusterClient;
  /** SIGTERM, waits for the end, removes the folder; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** `kill -9`, keeps the folder. */
  kill(): Promise<void>;
}

export interface RunOptions {
  /** Reuse a folder; it is then not removed by `stop`. */
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts `muster serve` on a free port and waits until it says that it is ready. Fails with its output if it ends
 * before.
 */
export async function runMuster(options: RunOptions = {}): Promise<RunningMuster> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'muster-e2e-'));
  const child = spawn(process.execPath, [join(PACKAGE_ROOT, 'dist/muster/main.js'), 'serve'], {
    env: { PATH: process.env['PATH'], MUSTER_DATA_DIR: dataDir, MUSTER_PORT: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await readyUrl(child, ended);
  const keyFile = join(dataDir, 'admin-key');
  const adminKey = existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : '';
  return {
    url,
    adminKey,
    dataDir,
    process: child,
    client: new MusterClient({ url, apiKey: adminKey }),
    async stop() {
      child.kill('SIGTERM');
      const code = await ended;
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function readyUrl(child: ChildProcess, ended: Promise<number | null>): Promise<string> {
  const output: string[] = [];
  const ready = new Promise<string>((resolve) => {
    if (!child.stdout || !child.stderr) throw new Error('the child has no output');
    createInterface({ input: child.stderr }).on('line', (line) => output.push(line));
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line);
      const url = urlOf(line);
      if (url !== undefined) resolve(url);
    });
  });
  const failed = ended.then((code) => {
    throw new Error(`Muster ended with ${code} before it was ready:\n${output.slice(-40).join('\n')}`);
  });
  return Promise.race([ready, failed]);
}

function urlOf(line: string): string | undefined {
  if (!line.includes('"ready"')) return undefined;
  const entry: { event?: string; url?: string } = JSON.parse(line);
  return entry.event === 'ready' ? (entry.url ?? '') : undefined;
}
