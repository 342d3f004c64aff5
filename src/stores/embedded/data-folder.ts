import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
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
    throw new StartupProblem(
      EXIT_CODES.configuration,
      [
        `The data folder ${dataDir} cannot be used: ${(error as Error).message}. Set MUSTER_DATA_DIR to a folder that can be written to`,
      ],
      { cause: error },
    );
  }
}
