import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const DIST = join(import.meta.dirname, '../dist');
const BUILT = pathToFileURL(join(DIST, 'index.js')).href;
/** The command of the package, built. */
export const COMMAND = join(DIST, 'local-api/main.js');

export interface Child {
  readonly process: ChildProcess;
  /** What it has said so far, line by line. */
  readonly lines: string[];
  /** Once it has said so. Rejects when it ends before. */
  said(text: string): Promise<string>;
  /** Lets it go on where it waits for `resumed`. */
  resume(): void;
  /** SIGKILL, and its end. */
  kill(): Promise<void>;
}

/**
 * A process with the built package, in which `AppTracker`, `say`, `open(options)`, and `resumed` are there. It ends with
 * its program.
 */
export function startChild(
  program: string,
  options: {
    folder: string;
    user?: string;
    server?: object;
    prefix?: readonly string[];
    node?: string[];
  },
): Child {
  const { folder, user = 'anna', server, prefix = [], node = [] } = options;
  const base = { user, folder, server, application: { name: 'editor', version: '1.0.0' }, submitEvery: null };
  const code = `import { writeSync } from 'node:fs';
    import { once } from 'node:events';
    import { AppTracker } from ${JSON.stringify(BUILT)};
    const say = (text) => writeSync(1, text + '\\n');
    const open = (options) => AppTracker.open({ ...${JSON.stringify(base)}, onProblem: () => {}, ...options });
    const resumed = () => once(process.stdin, 'data');
    ${program}
    process.exit();`;
  return childOf([...prefix, process.execPath, ...node, '--input-type=module', '-e', code]);
}

/** A process of a command line. */
export function childOf([command = '', ...words]: readonly string[]): Child {
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return {
    process: child,
    lines,
    async said(text) {
      for (;;) {
        const found = lines.find((line) => line.startsWith(text));
        if (found !== undefined) return found;
        const [line] = (await Promise.race([once(output, 'line'), once(output, 'close')])) as [string?];
        if (line === undefined && !lines.some((one) => one.startsWith(text)))
          throw new Error(`It ended before it said ${text}: ${lines.join('\n')}`);
      }
    },
    resume: () => void child.stdin.write('\n'),
    async kill() {
      child.kill('SIGKILL');
      await ended;
      if (child.stdout.readable) await once(child.stdout, 'close');
    },
  };
}
