import { StartupProblem } from '../config/startup-problem.js';

/** Ends a program that cannot go on: what the user can put right as plain lines with its exit code, anything else with its stack and 1. */
export function exitWith(error: unknown): never {
  const isExpected = error instanceof StartupProblem;
  const lines = isExpected ? error.problems : [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  process.exit(isExpected ? error.exitCode : 1);
}
