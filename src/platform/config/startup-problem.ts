/** Exit codes of the program, after sysexits.h. Documented in docs/reference.md. */
export const EXIT_CODES = {
  /** A store given by URL cannot be reached. */
  unavailable: 69,
  /** Another process works on the data folder. */
  folderInUse: 75,
  /** The configuration or the machine must be changed first. */
  configuration: 78,
} as const;

/** Why the program cannot start, one line for each thing to put right. `main` prints the lines and exits with the code. */
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
