import { accessSync, chmodSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, StartupProblem } from '../../platform/config/startup-problem.js';

/**
 * Creates the data folder. Under root the embedded PostgreSQL runs as another user and has to pass through it to its own part:
 * then others may enter it, but not list it (0711), and every secret in it is a file of mode 0600.
 */
export function openDataFolder(dataDir: string): void {
  const isRoot = process.getuid?.() === 0;
  try {
    mkdirSync(dataDir, { recursive: true, mode: isRoot ? 0o711 : 0o700 });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
    const { mode } = statSync(dataDir);
    if (isRoot && (mode & 0o011) !== 0o011) chmodSync(dataDir, (mode & 0o777) | 0o011);
  } catch (error) {
    refuseFullDisk(dataDir, error);
    throw new StartupProblem(
      EXIT_CODES.configuration,
      [
        `The data folder ${dataDir} cannot be used: ${(error as Error).message}. Set MUSTER_DATA_DIR to a folder that can be written to`,
      ],
      { cause: error },
    );
  }
}

const FULL = /No space left on device|Disk quota exceeded|\b(ENOSPC|EDQUOT|NOT_ENOUGH_SPACE)\b|errno: 28\b/;
const MEBIBYTE = 1024 * 1024;

/**
 * Throws a StartupProblem where a first start would fill the disk: there is nothing yet that could be deleted. A later start with as little room succeeds, and refuses to write.
 */
export function refuseFirstStart(dataDir: string, reserveBytes: number): void {
  if (existsSync(join(dataDir, 'postgres/data')) || existsSync(join(dataDir, 'engine/data'))) return;
  const { bavail, bsize } = statfsSync(dataDir);
  const [free, reserve] = [bavail * bsize, reserveBytes].map((bytes) => Math.floor(bytes / MEBIBYTE));
  if (bavail * bsize >= reserveBytes) return;
  throw new StartupProblem(EXIT_CODES.storageFull, [
    `The disk of the data folder ${dataDir} has ${free} MB left, less than the reserve of ${reserve} MB: free some space, set MUSTER_DATA_DIR to a folder of another disk, or MUSTER_DISK_RESERVE_MB to less`,
  ]);
}

/** Throws a StartupProblem where an error on the way up means that the disk is full, whichever part of the program has said it. */
export function refuseFullDisk(dataDir: string, error: unknown): void {
  if (error instanceof StartupProblem || !(error instanceof Error) || !FULL.test(error.message)) return;
  throw new StartupProblem(
    EXIT_CODES.storageFull,
    [`The disk of the data folder ${dataDir} is full: free some space, and start again`],
    { cause: error },
  );
}
