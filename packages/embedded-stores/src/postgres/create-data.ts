import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runningProcesses } from '../process-identity.js';
import { StoreProblem } from '../store-problem.js';
import type { Cluster } from './cluster.js';

export const SUPERUSER = 'muster';
/** The major version of the embedded programs; data of another one must be dumped and restored. */
const MAJOR_VERSION = '18';

/**
 * Creates the server's data and password on the first start, aside, so that a start that is killed leaves no half-made
 * data: what it has left, running or not, is removed. Returns the password.
 */
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
  await removeHalfMade(cluster);
  // A name of its own: a process that a killed start has left, and that nobody sees, can do no harm to it.
  const aside = `${asidePrefix(cluster)}${randomBytes(6).toString('hex')}`;
  const forInitdb = join(cluster.folder, 'initial-password');
  writeSecret(cluster.passwordFile, password);
  writeSecret(forInitdb, password);
  if (cluster.user.uid !== undefined && cluster.user.gid !== undefined)
    chownSync(forInitdb, cluster.user.uid, cluster.user.gid);
  const access = ['-U', SUPERUSER, '-A', 'scram-sha-256', '--pwfile', forInitdb];
  const content = ['-E', 'UTF8', '--locale=C', '--no-instructions', ...(fsync ? [] : ['--no-sync'])];
  try {
    await initdb(cluster, ['-D', aside, ...access, ...content]);
  } finally {
    rmSync(forInitdb, { force: true });
  }
  renameSync(aside, cluster.data);
  return password;
}

/** Runs in a group of its own, with the servers that it starts: all of them end when this process exits. */
async function initdb(cluster: Cluster, args: readonly string[]): Promise<void> {
  const child = spawn(cluster.binaries.initdb, args, {
    ...cluster.user,
    cwd: cluster.folder,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const onExit = (): void => killGroup(child.pid);
  process.once('exit', onExit);
  try {
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
    if (code !== 0) throw new Error(`The data of PostgreSQL could not be created: initdb ended with ${code}.\n${said}`);
  } finally {
    process.removeListener('exit', onExit);
  }
}

/** What starts that were killed have left: folders, and processes that still write into them. */
async function removeHalfMade(cluster: Cluster): Promise<void> {
  const prefix = asidePrefix(cluster);
  const isLeft = ({ command }: { readonly command: string }): boolean => command.includes(`/initdb -D ${prefix}`);
  for (const { pid } of runningProcesses().filter(isLeft)) killGroup(pid);
  const left = readdirSync(cluster.folder).filter((name) => name.startsWith(basename(prefix)));
  for (const name of left)
    await rm(join(cluster.folder, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

const asidePrefix = ({ data }: Cluster): string => `${data}.new-`;

/** Of processes that are gone nothing is left to do. */
function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function writeSecret(path: string, secret: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
}

const problem = (text: string): StoreProblem => new StoreProblem('configuration', [text]);
