import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { openDataFolder } from '../../src/stores/embedded/data-folder.js';
import { startOf } from '../../src/stores/embedded/process-identity.js';
import { openCluster } from '../../src/stores/postgres/embedded/cluster.js';
import { createDataOnce } from '../../src/stores/postgres/embedded/create-data.js';
import { runningPostmaster, serverArguments, spawnPostmaster } from '../../src/stores/postgres/embedded/postmaster.js';
import { urlOf } from '../../src/stores/postgres/embedded/start-postgres.js';
import { spawnWatchdog } from '../support/embedded-postgres.js';
import { until } from '../support/until.js';

/** How a server is stopped: `fast` disconnects clients and writes a checkpoint, `immediate` dies as it stands, and the next start recovers. */
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
  openDataFolder(folder);
  const cluster = openCluster(folder);
  const password = await createDataOnce(cluster, false);
  const args = [...serverArguments(cluster, false), '-c', 'max_connections=200'];
  const url = urlOf(cluster, password);
  const start = async (): Promise<void> => {
    spawnPostmaster(cluster, args);
    await until(() => runningPostmaster(cluster, args)?.isReady === true && answers(url), START_PATIENCE_MS);
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const pid = runningPostmaster(cluster, args)?.pid;
    if (pid === undefined) return;
    process.kill(pid, signal);
    await until(() => startOf(pid) === undefined, STOP_PATIENCE_MS);
  };
  await start();
  return {
    url,
    restart: async (mode, awayMs) => {
      await stop(SIGNALS[mode]);
      await sleep(awayMs);
      await start();
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
