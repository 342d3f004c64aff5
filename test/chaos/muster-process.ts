import { spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/platform/config/package-root.js';

/** One line of the program's log. */
export interface LogLine {
  readonly msg?: string;
  readonly event?: string;
  readonly url?: string;
  /** As pino numbers them: 40 is a warning. */
  readonly level?: number;
  readonly time?: string;
}

export interface ProcessOptions {
  /** The process's name in the audit and in its log's file. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** A module that is loaded before the program. */
  readonly preload?: string;
  /** Where its log is written; nowhere without. */
  readonly logFolder?: string | undefined;
}

/** The built program as a process of its own that can be treated badly. */
export interface MusterProcess {
  readonly name: string;
  readonly pid: number;
  /**
   * Resolves to where it listens (empty for a worker) once it is ready; rejects with the end of its output where it
   * ends before.
   */
  readonly ready: Promise<string>;
  /** Its exit code; null when a signal killed it. */
  readonly ended: Promise<number | null>;
  readonly isAlive: boolean;
  readonly log: readonly LogLine[];
  signal(signal: NodeJS.Signals): void;
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

const SHOWN_LINES = 20;

export function startMusterProcess({ name, env, preload, logFolder }: ProcessOptions): MusterProcess {
  const program = join(packageRoot(), 'dist/muster/main.js');
  const child = spawn(process.execPath, [...(preload ? ['--import', preload] : []), program, 'serve'], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const copy = logFolder === undefined ? undefined : createWriteStream(join(logFolder, `${name}.log`));
  const log: LogLine[] = [];
  const said: string[] = [];
  let isAlive = true;
  // Whoever breaks the table off leaves none behind.
  const killChild = (): void => void child.kill('SIGKILL');
  process.once('exit', killChild);
  const ended = new Promise<number | null>((resolve) =>
    child.once('exit', (code) => {
      process.removeListener('exit', killChild);
      isAlive = false;
      resolve(code);
    }),
  );
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => keep(line, said, copy));
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line, said, copy);
      const entry = parsed(line);
      log.push(entry);
      if (entry.event === 'ready') resolve(entry.url ?? '');
    });
    void ended.then((code) => reject(new Error(`${name} ended with ${code} before it was ready:\n${said.join('\n')}`)));
  });
  ready.catch(() => undefined);
  if (child.pid === undefined) throw new Error(`${name} could not be started`);
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return {
    name,
    pid: child.pid,
    ready,
    ended,
    get isAlive() {
      return isAlive;
    },
    log,
    signal: (signal) => void child.kill(signal),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

function keep(line: string, said: string[], copy: WriteStream | undefined): void {
  copy?.write(`${line}\n`);
  said.push(line);
  if (said.length > SHOWN_LINES) said.shift();
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}
