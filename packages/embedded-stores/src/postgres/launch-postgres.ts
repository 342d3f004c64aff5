import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDataFolder } from '../data-folder.js';
import { openCluster } from './cluster.js';
import { createDataOnce } from './create-data.js';
import { runningPostmaster, serverArguments, spawnPostmaster } from './postmaster.js';
import { urlOf } from './start-postgres.js';

const POLL_MS = 10;

/**
 * A PostgreSQL server that nobody supervises: it outlives the process that launched it, and whoever launched it ends
 * it.
 */
export interface LaunchedPostgres {
  readonly url: string;
  /** Of the server that runs now, also one of an earlier process; undefined: none does. */
  pid(): number | undefined;
  /** Starts the server again after its end. Resolves when it takes connections. */
  launch(): Promise<void>;
}

/**
 * Makes the data of a PostgreSQL in a data folder where there are none, and launches a server on them, for tests that
 * share, stop or kill it. `settings` are added to its command line: `{ max_connections: '200' }`. Its data may be lost
 * with the machine.
 */
export async function launchPostgres(
  dataDir: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<LaunchedPostgres> {
  openDataFolder(dataDir);
  const cluster = openCluster(dataDir);
  const password = await createDataOnce(cluster, false);
  const own = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = [...serverArguments(cluster, false), ...own];
  const launch = async (): Promise<void> => {
    const { child, said } = spawnPostmaster(cluster, args);
    while (runningPostmaster(cluster, args)?.isReady !== true) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`PostgreSQL did not start:\n${said()}`);
      await sleep(POLL_MS);
    }
  };
  await launch();
  return { url: urlOf(cluster, password), pid: () => runningPostmaster(cluster, args)?.pid, launch };
}

/** The URL of the PostgreSQL of a data folder, whichever process runs it. */
export function postgresUrl(dataDir: string): string {
  const cluster = openCluster(dataDir);
  return urlOf(cluster, readFileSync(cluster.passwordFile, 'utf8').trim());
}
