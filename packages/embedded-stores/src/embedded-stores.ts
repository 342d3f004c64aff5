import { join } from 'node:path';
import { claimDataFolder, diskFullProblem, openDataFolder, refuseFirstStart, type PidFile } from './data-folder.js';
import { startEngine } from './engine/start-engine.js';
import { openCluster } from './postgres/cluster.js';
import { startPostgres } from './postgres/start-postgres.js';
import { startOf } from './process-identity.js';
import type { StoreLogger } from './store-logger.js';

/** Sizes in bytes. */
export interface EmbeddedStoresOptions {
  /** Holds the data of both stores; made where it is missing. */
  readonly dataDir: string;
  /** Of a PostgreSQL that runs elsewhere; undefined: one is started. */
  readonly databaseUrl: string | undefined;
  /** Of a ClickHouse that runs elsewhere; undefined: one is started. */
  readonly clickhouseUrl: string | undefined;
  /** Free space of the disk below which a first start is refused. */
  readonly diskReserveBytes: number;
  /** Ceiling of the ClickHouse as a whole. */
  readonly engineMemoryBytes: number;
  /** Ceiling on the disk of all whole results on their way out. */
  readonly exportSpoolBytes: number;
  /** Whether an insert into the ClickHouse survives the death of the machine. PostgreSQL always syncs. */
  readonly fsync: boolean;
  readonly logger: StoreLogger;
}

/** The stores that this process runs itself, and the URLs of both stores, given or started. */
export interface EmbeddedStores {
  readonly urls: { readonly databaseUrl: string; readonly clickhouseUrl: string };
  /** Ends the engine, then PostgreSQL, and releases the data folder; resolves when both are gone. */
  stop(): Promise<void>;
}

interface Child {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts, both at once, the stores that have no URL; when one fails the other is stopped. The data folder is claimed
 * only where one of them is in it: processes that share stores given by URL may share the folder too.
 * @throws StoreProblem where the user has to act
 */
export async function startEmbeddedStores(options: EmbeddedStoresOptions): Promise<EmbeddedStores> {
  const { dataDir, databaseUrl, clickhouseUrl } = options;
  if (databaseUrl !== undefined && clickhouseUrl !== undefined) {
    return { urls: { databaseUrl, clickhouseUrl }, stop: () => Promise.resolve() };
  }
  openDataFolder(dataDir);
  refuseFirstStart(dataDir, options.diskReserveBytes);
  const claim = claimed(dataDir);
  try {
    // What the user has to put right is found before anything is started.
    if (databaseUrl === undefined) openCluster(dataDir);
    const [postgres, engine] = await bothOrNeither(
      databaseUrl === undefined ? startOwnPostgres(options) : given(databaseUrl),
      clickhouseUrl === undefined ? startOwnEngine(options) : given(clickhouseUrl),
    );
    return {
      urls: { databaseUrl: postgres.url, clickhouseUrl: engine.url },
      stop: async () => {
        await engine.stop();
        await postgres.stop();
        claim.release();
      },
    };
  } catch (error) {
    claim.release();
    throw diskFullProblem(dataDir, error) ?? error;
  }
}

function claimed(dataDir: string): PidFile {
  try {
    return claimDataFolder(dataDir);
  } catch (error) {
    throw diskFullProblem(dataDir, error) ?? error;
  }
}

/** Without fsync, a death of the machine can leave a cluster that does not start again: it is always on. */
const startOwnPostgres = ({ dataDir, logger }: EmbeddedStoresOptions): Promise<Child> =>
  startPostgres({ dataDir, fsync: true, logger });

/** Should this process exit without stopping it, the engine would notice that itself, but only after its queries. */
async function startOwnEngine(options: EmbeddedStoresOptions): Promise<Child> {
  const { dataDir, engineMemoryBytes: memoryBytes, exportSpoolBytes, fsync, logger } = options;
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
