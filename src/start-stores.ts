import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { diskFullProblem, startEmbeddedStores, StoreProblem, type StoreProblemKind } from '@muster/embedded-stores';
import type { Logger } from 'pino';
import { ownsStore, type Config, type StoreUrls } from './platform/config/config.js';
import { EXIT_CODES, StartupProblem } from './platform/config/startup-problem.js';

/** The stores of this process: those that it runs itself, and those given by URL. */
export interface Stores {
  readonly urls: StoreUrls;
  /** Ends those that it runs itself. */
  stop(): Promise<void>;
}

const EXIT_CODE_OF: Readonly<Record<StoreProblemKind, StartupProblem['exitCode']>> = {
  configuration: EXIT_CODES.configuration,
  folder_in_use: EXIT_CODES.folderInUse,
  storage_full: EXIT_CODES.storageFull,
};

/** In the data folder for as long as what is restored into it is not whole. */
export const RESTORE_MARKER = 'restore-unfinished';

/**
 * Starts the stores that have no URL in the configuration. `isRestoring`: also on a folder whose restore is unfinished.
 * @throws StartupProblem where the user has to act
 */
export async function startStores(config: Config, logger: Logger, isRestoring = false): Promise<Stores> {
  if (!isRestoring) refuseUnfinished(config);
  const { dataDir, databaseUrl, clickhouseUrl, redisUrl, diskReserveBytes } = config;
  const { engineMemoryBytes, exportSpoolBytes, fsync } = config;
  const sizes = { diskReserveBytes, engineMemoryBytes, exportSpoolBytes };
  try {
    const stores = await startEmbeddedStores({ dataDir, databaseUrl, clickhouseUrl, ...sizes, fsync, logger });
    return { urls: { ...stores.urls, redisUrl }, stop: () => stores.stop() };
  } catch (error) {
    throw asStartupProblem(error);
  }
}

/**
 * What to report of an error after the stores have started: they may have found room to start, and none for what comes
 * then.
 */
export function startFailure(config: Config, error: unknown): unknown {
  const isOurs = ownsStore(config) && !(error instanceof StartupProblem);
  const full = isOurs ? diskFullProblem(config.dataDir, error) : undefined;
  return full === undefined ? error : startupProblem(full);
}

function refuseUnfinished(config: Config): void {
  const { dataDir } = config;
  if (!ownsStore(config) || !existsSync(join(dataDir, RESTORE_MARKER))) return;
  throw new StartupProblem(EXIT_CODES.configuration, [
    `A restore into the data folder ${dataDir} has not come to its end: run "muster restore" again, which begins anew`,
  ]);
}

/** What the user has to put right, of what a store's start or a claim of its folder has thrown. */
export function asStartupProblem(error: unknown): unknown {
  return error instanceof StoreProblem ? startupProblem(error) : error;
}

function startupProblem(problem: StoreProblem): StartupProblem {
  return new StartupProblem(EXIT_CODE_OF[problem.kind], problem.problems, { cause: problem });
}
