import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestRedis {
  readonly url: string;
  /** `kill -9`, and a new one on the same port: nothing is kept, so every job is gone. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A redis-server of its own on a free port; it must be installed (Debian: redis-server). */
export async function startTestRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-redis-'));
  const port = await freePort();
  let server = await launch(folder, port);
  return {
    url: `redis://127.0.0.1:${port}`,
    restart: async () => {
      await server.end('SIGKILL');
      server = await launch(folder, port);
    },
    stop: async () => {
      await server.end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, port: number): Promise<{ end(signal: NodeJS.Signals): Promise<void> }> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const killChild = (): void => void child.kill('SIGKILL');
  process.once('exit', killChild);
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      process.removeListener('exit', killChild);
      resolve();
    }),
  );
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`redis-server does not start: ${error.message}`)));
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
    child.stdout.on('data', (data: Buffer) => data.includes('Ready to accept connections') && resolve());
  });
  return {
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
