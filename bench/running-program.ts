import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { packageRoot } from '../src/platform/config/package-root.js';

export interface Program {
  readonly url: string;
  readonly apiKey: string;
  readonly dataDir: string;
  /** From the spawn to ready. */
  readonly startMs: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** The built program in a process of its own, on a free port; `settings` are variables of its environment. */
export async function startProgram(
  dataDir = mkdtempSync(join(tmpdir(), 'muster-bench-')),
  settings: Readonly<Record<string, string>> = {},
): Promise<Program> {
  const start = performance.now();
  const child = spawn(process.execPath, [join(packageRoot(), 'dist/muster/main.js'), 'serve'], {
    env: { PATH: process.env['PATH'], MUSTER_DATA_DIR: dataDir, MUSTER_PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Muster ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry: { event?: string; url?: string } = JSON.parse(line);
      if (entry.event === 'ready' && entry.url) resolve(entry.url);
    });
  });
  return {
    url,
    dataDir,
    startMs: performance.now() - start,
    process: child,
    apiKey: readFileSync(join(dataDir, 'admin-key'), 'utf8').trim(),
    async stop() {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

/** How many were accepted. Throws where one was rejected. */
export async function postNdjson({ url, apiKey }: Program, path: string, lines: Readable): Promise<number | undefined> {
  const response = await fetch(`${url}/v1/properties/default${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(lines) as ReadableStream,
    duplex: 'half',
  });
  const verdict = (await response.json()) as { accepted?: number; rejected?: number };
  if (verdict.rejected !== 0) throw new Error(`not all was accepted: ${JSON.stringify(verdict).slice(0, 500)}`);
  return verdict.accepted;
}

/** A new folder for the data of a program and what a bench keeps beside it. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  // The embedded PostgreSQL may run as another user, who has to get to its data.
  chmodSync(folder, 0o711);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export interface Memory {
  readonly residentMb: number;
  readonly peakMb: number;
}

/** Resident memory of a process, now and at its peak, from /proc. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
  return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}

/** The child of the program that runs the engine. */
export function enginePidOf(program: Program): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const engine = pids.find((pid) => isEngineOf(pid, program));
  if (engine === undefined) throw new Error('the engine process was not found');
  return Number(engine);
}

function isEngineOf(pid: string, program: Program): boolean {
  try {
    const parent = /\nPPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return (
      Number(parent) === program.process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine-process')
    );
  } catch {
    return false;
  }
}
