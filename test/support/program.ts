import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PACKAGE_ROOT } from './source-files.js';

const MUSTER = join(PACKAGE_ROOT, 'dist/muster/main.js');

/** The built program in a process of its own. */
export interface Program {
  readonly pid: number | undefined;
  /** Where it listens, once it says that it is ready; rejects with its output when it ends before. */
  readonly ready: Promise<string>;
  /** Its exit code; null when a signal killed it. */
  readonly ended: Promise<number | null>;
  stderr(): string;
  stdout(): string;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts a command of the program, with these variables and no others of Muster. */
export function startProgram(env: Readonly<Record<string, string>>, ...command: readonly string[]): Program {
  const child = spawn(process.execPath, [MUSTER, ...(command.length > 0 ? command : ['serve'])], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  const lines: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (!line.includes('"event":"ready"')) return;
      const { url }: { url: string } = JSON.parse(line);
      resolve(url);
    });
    void ended.then((code) => reject(new Error(`Muster ended with ${code} before it was ready: ${errors}`)));
  });
  ready.catch(() => undefined);
  return {
    pid: child.pid,
    ready,
    ended,
    stderr: () => errors,
    stdout: () => lines.join('\n'),
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
