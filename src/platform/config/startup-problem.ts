/** Exit codes of the program, after sysexits.h. Documented in docs/reference.md. */
export const EXIT_CODES = {
  /** The command line is wrong. */
  usage: 64,
  /** What is to be restored is damaged. */
  data: 65,
  /** A store given by URL cannot be reached. */
  unavailable: 69,
  /** The disk of the data folder is full. */
  storageFull: 74,
  /** Another process works on the data folder. */
  folderInUse: 75,
  /** The configuration or the machine must be changed first. */
  configuration: 78,
} as const;

/** A program must not work on a store that a later one has changed: it would write what that one does not expect. */
export function laterProgram(store: 'database' | 'engine', migrations: readonly string[]): StartupProblem {
  const [first, ...others] = migrations;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return new StartupProblem(EXIT_CODES.configuration, [
    `The ${store} was brought up to date by a later Muster, with the migration ${first}${more}, which this one does not have: start that version or a later one; only a backup from before leads back`,
  ]);
}

/**
 * Why the program cannot start, one line for each thing to put right. `main` prints the lines and exits with the code.
 */
export class StartupProblem extends Error {
  constructor(
    readonly exitCode: (typeof EXIT_CODES)[keyof typeof EXIT_CODES],
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(problems.join('\n'), options);
    this.name = 'StartupProblem';
  }
}
