import { join } from 'node:path';
import { enginePaths, postgresUrl } from '@muster/embedded-stores';
import type { Logger } from 'pino';
import type { Config, StoreUrls } from '../platform/config/config.js';
import { EXIT_CODES, StartupProblem } from '../platform/config/startup-problem.js';
import { startStores, type Stores } from '../start-stores.js';

/** The stores of a Muster that runs on the data folder, which goes on with them; else they are started. */
export async function runningOrStarted(config: Config, logger: Logger): Promise<Stores> {
  try {
    return await startStores(config, logger);
  } catch (error) {
    if (!(error instanceof StartupProblem) || error.exitCode !== EXIT_CODES.folderInUse) throw error;
    return { urls: urlsOfRunning(config), stop: () => Promise.resolve() };
  }
}

/** The stores given by URL, and the sockets of the embedded ones of a Muster that runs. */
export function urlsOfRunning({ dataDir, databaseUrl, clickhouseUrl, redisUrl }: Config): StoreUrls {
  const { socketPath } = enginePaths(join(dataDir, 'engine'));
  return {
    databaseUrl: databaseUrl ?? postgresUrl(dataDir),
    clickhouseUrl: clickhouseUrl ?? `unix:${socketPath}`,
    redisUrl,
  };
}
