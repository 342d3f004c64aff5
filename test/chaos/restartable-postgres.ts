import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { launchPostgres, startOf } from '@muster/embedded-stores';
import { spawnWatchdog } from '../support/embedded-postgres.js';
import { until } from '../support/until.js';

/**
 * How a server is stopped: `fast` disconnects clients and writes a checkpoint, `immediate` dies as it stands, and the
 * next start recovers.
 */
export type StopMode = 'fast' | 'immediate';

const SIGNALS: Readonly<Record<StopMode, NodeJS.Signals>> = { fast: 'SIGINT', immediate: 'SIGQUIT' };
const STOP_PATIENCE_MS = 30_000;
const START_PATIENCE_MS = 60_000;

/** A PostgreSQL server of the test's own: the processes under test know only its URL. */
export interface RestartablePostgres {
  readonly url: string;
  /** Stops the server, leaves it away for a while, and starts it again. */
  restart(mode: StopMode, awayMs: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startRestartablePostgres(): Promise<RestartablePostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-chaos-pg-'));
  spawnWatchdog(folder, process.pid);
  const server = await launchPostgres(folder, { max_connections: '200' });
  const { url } = server;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const pid = server.pid();
    if (pid === undefined) return;
    process.kill(pid, signal);
    await until(() => startOf(pid) === undefined, STOP_PATIENCE_MS);
  };
  await until(() => answers(url), START_PATIENCE_MS);
  return {
    url,
    restart: async (mode, awayMs) => {
      await stop(SIGNALS[mode]);
      await sleep(awayMs);
      await server.launch();
      await until(() => answers(url), START_PATIENCE_MS);
    },
    stop: async () => {
      await stop('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
