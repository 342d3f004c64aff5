import { access, constants, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ownsStore, type Config } from '../../platform/config/config.js';
import { RESTORE_MARKER } from '../../start-stores.js';
import { statOf } from '../backup/checked-files.js';
import { fail, fine, warn, type Finding } from './finding.js';

const MEBIBYTE = 2 ** 20;
/** Files of the data folder that hold secrets. */
const SECRETS = ['admin-key', 'owner-invitation', 'postgres-password', 'secret-key'];
const OTHERS = 0o077;

/**
 * The data folder: whether it can be written, who may read its secrets, and where it holds a store, its room and whether
 * a restore has ended.
 */
export async function checkFolder(config: Config): Promise<Finding[]> {
  const { dataDir } = config;
  if ((await statOf(dataDir)) === null) {
    return [fine('folder', `${dataDir} is not there yet: the first start makes it`)];
  }
  try {
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const advice = 'Make it writable for the user of Muster, or set MUSTER_DATA_DIR to another folder';
    return [fail('folder', `${dataDir}: ${(error as Error).message}`, advice)];
  }
  const ofStores = ownsStore(config) ? [...(await unfinished(dataDir)), await room(config)] : [];
  return [fine('folder', dataDir), ...ofStores, ...(await secrets(dataDir))];
}

async function unfinished(dataDir: string): Promise<Finding[]> {
  if ((await statOf(join(dataDir, RESTORE_MARKER))) === null) return [];
  return [fail('restore', 'a restore has not come to its end', 'Run "muster restore" again, which begins anew')];
}

async function room({ dataDir, diskReserveBytes }: Config): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = Math.floor((bavail * bsize) / MEBIBYTE);
  const reserve = Math.floor(diskReserveBytes / MEBIBYTE);
  const found = `${free} MB are free, the reserve is ${reserve} MB`;
  if (free < reserve)
    return fail('disk', found, 'Nothing is written: free some space, or lower MUSTER_DISK_RESERVE_MB');
  return free < 4 * reserve ? warn('disk', found, 'Free some space soon') : fine('disk', found);
}

async function secrets(dataDir: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of SECRETS) {
    const path = join(dataDir, name);
    const mode = (await statOf(path))?.mode;
    if (mode === undefined) continue;
    const shown = `${name} has mode ${(mode & 0o777).toString(8)}`;
    findings.push((mode & OTHERS) === 0 ? fine('secrets', shown) : fail('secrets', shown, `Run "chmod 600 ${path}"`));
  }
  return findings;
}
