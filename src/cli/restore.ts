import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { claimDataFolder, openDataFolder } from '@muster/embedded-stores';
import { pino } from 'pino';
import { readConfig } from '../platform/config/read-config.js';
import { EXIT_CODES, StartupProblem } from '../platform/config/startup-problem.js';
import { exitOnSignals } from '../platform/process/ending.js';
import { asStartupProblem, RESTORE_MARKER, startFailure, startStores } from '../start-stores.js';
import { refuseServers } from './backup.js';
import { checkBackup, restoreBackup } from './backup/restore-backup.js';
import type { Difference } from './backup/settle-restored.js';

/** What a new file system or a claim of the folder puts there. */
const NOTHING = /^(lost\+found|muster\.pid.*)$/;

/**
 * Puts a backup into the data folder. The folder is marked until that is done: no start takes what is there for whole,
 * and the next restore removes it. `isCheck`: only looks at the backup.
 */
export async function restore(source: string, isCheck: boolean): Promise<void> {
  exitOnSignals();
  const config = readConfig();
  refuseServers(config, 'restore');
  const startMs = performance.now();
  const folder = resolve(source);
  const manifest = await checkBackup(folder);
  const { taken_at: takenAt, versions } = manifest;
  const what = `${folder}, taken at ${takenAt} by Muster ${versions.muster}`;
  if (isCheck) return console.log(`The backup ${what}, is whole, and this program can restore it.`);
  const marker = join(config.dataDir, RESTORE_MARKER);
  await makeRoom(config.dataDir, marker);
  try {
    const stores = await startStores(config, pino({ level: 'silent' }), true);
    let differences: readonly Difference[];
    try {
      differences = await restoreBackup(stores.urls, folder, manifest);
    } finally {
      await stores.stop();
    }
    rmSync(marker);
    sayRestored(what, config.dataDir, (performance.now() - startMs) / 1000, differences);
  } catch (error) {
    throw startFailure(config, error);
  }
}

/**
 * Leaves nothing but the marker in the data folder.
 * @throws StartupProblem where somebody works on it, or holds data that no unfinished restore has left
 */
async function makeRoom(dataDir: string, marker: string): Promise<void> {
  try {
    openDataFolder(dataDir);
    const claim = claimDataFolder(dataDir);
    try {
      const names = readdirSync(dataDir).filter((name) => !NOTHING.test(name));
      if (names.length > 0 && !names.includes(RESTORE_MARKER)) throw notEmpty(dataDir);
      writeFileSync(marker, '', { mode: 0o600, flush: true });
      for (const name of names.filter((one) => one !== RESTORE_MARKER)) {
        await rm(join(dataDir, name), { recursive: true, force: true });
      }
    } finally {
      claim.release();
    }
  } catch (error) {
    throw asStartupProblem(error);
  }
}

function notEmpty(dataDir: string): StartupProblem {
  return new StartupProblem(EXIT_CODES.configuration, [
    `The data folder ${dataDir} is not empty: a backup is restored into an empty one. Set MUSTER_DATA_DIR to another folder, or move away what is there`,
  ]);
}

function sayRestored(what: string, dataDir: string, seconds: number, differences: readonly Difference[]): void {
  console.log(`${what}, is restored into ${dataDir} in ${seconds.toFixed(1)} s: "muster serve" starts it.`);
  console.log('API keys are those of the backup; its admin key file is not in it ("muster key" makes a new one).');
  for (const { property, engine, ledger } of differences) {
    console.log(`Look at property ${property}: ${engine} events are there, ${ledger} were accepted.`);
  }
}
