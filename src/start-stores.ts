import { diskFullProblem, startEmbeddedStores, StoreProblem, type StoreProblemKind } from '@muster/embedded-stores';
import type { Logger } from 'pino';
import type { Config, StoreUrls } from './platform/config/config.js';
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

/**
 * Starts the stores that have no URL in the configuration.
 * @throws StartupProblem where the user has to act
 */
export async function startStores(config: Config, logger: Logger): Promise<Stores> {
  const { dataDir, databaseUrl, clickhouseUrl, redisUrl, diskReserveBytes } = config;
  const { engineMemoryBytes, exportSpoolBytes, fsync } = config;
  const sizes = { diskReserveBytes, engineMemoryBytes, exportSpoolBytes };
  try {
    const stores = await startEmbeddedStores({ dataDir, databaseUrl, clickhouseUrl, ...sizes, fsync, logger });
    return { urls: { ...stores.urls, redisUrl }, stop: () => stores.stop() };
  } catch (error) {
    throw error instanceof StoreProblem ? startupProblem(error) : error;
  }
}

/**
 * What to report of an error after the stores have started: they may have found room to start, and none for what comes
 * then.
 */
export function startFailure({ dataDir, databaseUrl, clickhouseUrl }: Config, error: unknown): unknown {
  const isOwnDisk = databaseUrl === undefined || clickhouseUrl === undefined;
  const full = isOwnDisk && !(error instanceof StartupProblem) ? diskFullProblem(dataDir, error) : undefined;
  return full === undefined ? error : startupProblem(full);
}

function startupProblem(problem: StoreProblem): StartupProblem {
  return new StartupProblem(EXIT_CODE_OF[problem.kind], problem.problems, { cause: problem });
}
