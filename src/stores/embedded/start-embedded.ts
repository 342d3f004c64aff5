import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config, StoreUrls } from '../../platform/config/config.js';
import { startEngine } from '../clickhouse/embedded/start-engine.js';
import { openCluster } from '../postgres/embedded/cluster.js';
import { startPostgres } from '../postgres/embedded/start-postgres.js';
import { openDataFolder, refuseFirstStart, refuseFullDisk } from './data-folder.js';
import { claimDataFolder, type PidFile } from './pid-file.js';
import { startOf } from './process-identity.js';

/** The stores that this process runs itself, and the URLs of all. */
export interface EmbeddedStack {
  readonly urls: StoreUrls;
  /** Ends the engine, then PostgreSQL, and gives the data folder free; resolves when both are gone. */
  stop(): Promise<void>;
}

interface Child {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts, both at once, the stores that have no URL in the configuration; when one fails the other is stopped. The data folder is
 * claimed only where one of them is in it: processes that share stores given by URL may share the folder too. Throws a
 * StartupProblem where the user has to act.
 */
export async function startEmbedded(config: Config, logger: Logger): Promise<EmbeddedStack> {
  const { databaseUrl, clickhouseUrl, redisUrl } = config;
  if (databaseUrl !== undefined && clickhouseUrl !== undefined) {
    return { urls: { databaseUrl, clickhouseUrl, redisUrl }, stop: () => Promise.resolve() };
  }
  openDataFolder(config.dataDir);
  refuseFirstStart(config.dataDir, config.diskReserveBytes);
  const claim = claimed(config.dataDir);
  try {
    // What the user has to put right is found before anything is started.
    if (databaseUrl === undefined) openCluster(config.dataDir);
    const [postgres, engine] = await bothOrNeither(
      databaseUrl === undefined ? startOurPostgres(config, logger) : given(databaseUrl),
      clickhouseUrl === undefined ? startOurEngine(config, logger) : given(clickhouseUrl),
    );
    return {
      urls: { databaseUrl: postgres.url, clickhouseUrl: engine.url, redisUrl },
      stop: async () => {
        await engine.stop();
        await postgres.stop();
        claim.release();
      },
    };
  } catch (error) {
    claim.release();
    refuseFullDisk(config.dataDir, error);
    throw error;
  }
}

function claimed(dataDir: string): PidFile {
  try {
    return claimDataFolder(dataDir);
  } catch (error) {
    refuseFullDisk(dataDir, error);
    throw error;
  }
}

/** PostgreSQL is synced to disk whatever MUSTER_FSYNC says: decision 0003. */
const startOurPostgres = ({ dataDir }: Config, logger: Logger): Promise<Child> =>
  startPostgres({ dataDir, fsync: true, logger });

/** Should this process exit without stopping it, the engine would see that itself, but only after its queries. */
async function startOurEngine(config: Config, logger: Logger): Promise<Child> {
  const { dataDir, engineMemoryBytes: memoryBytes, exportSpoolBytes, fsync } = config;
  const engine = await startEngine({ dataDir: join(dataDir, 'engine'), memoryBytes, exportSpoolBytes, fsync, logger });
  const kill = (): void => {
    const { pid } = engine;
    if (pid !== undefined && startOf(pid) !== undefined) process.kill(pid, 'SIGKILL');
  };
  process.once('exit', kill);
  return {
    url: engine.url,
    stop: async () => {
      await engine.stop();
      process.removeListener('exit', kill);
    },
  };
}

const given = (url: string): Promise<Child> => Promise.resolve({ url, stop: () => Promise.resolve() });

async function bothOrNeither(first: Promise<Child>, second: Promise<Child>): Promise<[Child, Child]> {
  try {
    return await Promise.all([first, second]);
  } catch (error) {
    const settled = await Promise.allSettled([first, second]);
    await Promise.all(settled.map((one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
    throw error;
  }
}
