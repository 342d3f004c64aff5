import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EXIT_CODES, StartupProblem } from '../../../platform/config/startup-problem.js';
import type { Cluster } from './cluster.js';

export const SUPERUSER = 'muster';
/** The major version of the embedded programs; data of another one must be dumped and restored. */
const MAJOR_VERSION = '18';

/** Creates the server's data and password on the first start, aside, so that a start that is killed leaves no half-made data. Returns the password. */
export async function createDataOnce(cluster: Cluster, fsync: boolean): Promise<string> {
  const versionFile = join(cluster.data, 'PG_VERSION');
  if (!existsSync(versionFile)) return createData(cluster, fsync);
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version !== MAJOR_VERSION) {
    throw problem(
      `${cluster.data} was written by PostgreSQL ${version}, this is ${MAJOR_VERSION}: start the Muster that wrote it, dump the database, restore it into a new data folder`,
    );
  }
  if (!existsSync(cluster.passwordFile)) {
    throw problem(`The password of the embedded PostgreSQL is gone: restore ${cluster.passwordFile} from a backup`);
  }
  return readFileSync(cluster.passwordFile, 'utf8').trim();
}

async function createData(cluster: Cluster, fsync: boolean): Promise<string> {
  const password = randomBytes(24).toString('hex');
  const aside = `${cluster.data}.new`;
  const forInitdb = join(cluster.folder, 'initial-password');
  rmSync(aside, { recursive: true, force: true });
  writeSecret(cluster.passwordFile, password);
  writeSecret(forInitdb, password);
  if (cluster.user.uid !== undefined && cluster.user.gid !== undefined)
    chownSync(forInitdb, cluster.user.uid, cluster.user.gid);
  const access = ['-U', SUPERUSER, '-A', 'scram-sha-256', '--pwfile', forInitdb];
  const content = ['-E', 'UTF8', '--locale=C', '--no-instructions', ...(fsync ? [] : ['--no-sync'])];
  try {
    await promisify(execFile)(cluster.binaries.initdb, ['-D', aside, ...access, ...content], {
      ...cluster.user,
      cwd: cluster.folder,
      env: { LC_ALL: 'C', TZ: 'UTC' },
    });
  } finally {
    rmSync(forInitdb, { force: true });
  }
  renameSync(aside, cluster.data);
  return password;
}

function writeSecret(path: string, secret: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
}

const problem = (text: string): StartupProblem => new StartupProblem(EXIT_CODES.configuration, [text]);
