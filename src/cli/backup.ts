import { join, resolve, sep } from 'node:path';
import { pino } from 'pino';
import type { Config } from '../platform/config/config.js';
import { readConfig } from '../platform/config/read-config.js';
import { EXIT_CODES, StartupProblem } from '../platform/config/startup-problem.js';
import { exitOnSignals } from '../platform/process/ending.js';
import { statOf } from './backup/checked-files.js';
import { takeBackup } from './backup/take-backup.js';
import { runningOrStarted } from './running-stores.js';

/** Writes a backup of the embedded stores to a new folder, by their sockets where Muster runs. */
export async function backup(target: string): Promise<void> {
  exitOnSignals();
  const config = readConfig();
  refuseServers(config, 'backup');
  const folder = resolve(target);
  await refusePlace(config, folder);
  await refuseEmpty(config);
  const startMs = performance.now();
  const stores = await runningOrStarted(config, pino({ level: 'silent' }));
  try {
    const { taken_at: takenAt, files } = await takeBackup(stores.urls, folder);
    const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    console.log(
      `The backup ${folder} holds everything up to ${takenAt}: ${megabytes(bytes)} MB, written in ${seconds} s.`,
    );
  } finally {
    await stores.stop();
  }
}

/** @throws StartupProblem where a store is on a server, which has tools of its own */
export function refuseServers({ databaseUrl, clickhouseUrl }: Config, command: string): void {
  if (databaseUrl === undefined && clickhouseUrl === undefined) return;
  throw new StartupProblem(EXIT_CODES.configuration, [
    `"muster ${command}" is for the embedded stores: docs/backup.md tells how servers are backed up by their own tools`,
  ]);
}

async function refusePlace({ dataDir }: Config, folder: string): Promise<void> {
  const line = `${folder}${sep}`.startsWith(`${dataDir}${sep}`)
    ? `${folder} is in the data folder: give a folder elsewhere, best on another disk`
    : (await statOf(folder)) === null
      ? undefined
      : `${folder} is there already: give a new name, such as one with the time in it`;
  if (line !== undefined) throw new StartupProblem(EXIT_CODES.configuration, [line]);
}

async function refuseEmpty({ dataDir }: Config): Promise<void> {
  if ((await statOf(join(dataDir, 'postgres/data'))) !== null) return;
  throw new StartupProblem(EXIT_CODES.configuration, [
    `There is nothing to back up in ${dataDir}: set MUSTER_DATA_DIR to the data folder`,
  ]);
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
