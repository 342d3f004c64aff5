import type { StoreLogger } from '../store-logger.js';
import { openCluster, type Cluster } from './cluster.js';
import { createDataOnce, SUPERUSER } from './create-data.js';
import { PostgresSupervisor } from './postgres-supervisor.js';
import { serverArguments } from './postmaster.js';

export interface PostgresOptions {
  /** Muster's data folder, which exists; the server's own part is `postgres` in it. */
  readonly dataDir: string;
  /** False only for data that may be lost with the machine, as tests' is: see decision 0003. */
  readonly fsync: boolean;
  readonly logger: StoreLogger;
}

/** A PostgreSQL server that this process keeps running. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** Undefined while it is started again. */
  readonly pid: number | undefined;
  /** Resolves when the server is gone. Call it last: others need the server to end well. */
  stop(): Promise<void>;
}

/**
 * Starts, or adopts, the embedded PostgreSQL of a data folder, on a unix socket. It runs in a session of its own, out
 * of reach of signals for this process. Throws a StoreProblem where the user has to act.
 */
export async function startPostgres({ dataDir, fsync, logger }: PostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = openCluster(dataDir);
  const password = await createDataOnce(cluster, fsync);
  const supervisor = new PostgresSupervisor(cluster, serverArguments(cluster, fsync), logger);
  await supervisor.start();
  return {
    url: urlOf(cluster, password),
    get pid() {
      return supervisor.pid;
    },
    stop: () => supervisor.stop(),
  };
}

/** As libpq and pg read it: the folder of the socket in place of a host. */
export function urlOf(cluster: Cluster, password: string): string {
  return `postgresql://${SUPERUSER}:${password}@/postgres?host=${encodeURIComponent(cluster.socketFolder)}&port=5432`;
}
