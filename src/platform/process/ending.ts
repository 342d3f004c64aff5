import { constants } from 'node:os';
import { StartupProblem } from '../config/startup-problem.js';

/** npm passes on a Ctrl-C that the terminal has sent to us already: signals this close together are one. */
const SAME_SIGNAL_MS = 500;

/**
 * Aborts at the first SIGINT or SIGTERM, by which the program is to end in order. A second one ends it at once, with
 * 128 and the signal's number; the embedded stores are killed by that exit.
 */
export function endingSignal(): AbortSignal {
  const ending = new AbortController();
  let firstMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ending.signal.aborted && performance.now() - firstMs > SAME_SIGNAL_MS)
        process.exit(128 + constants.signals[signal]);
      if (ending.signal.aborted) return;
      firstMs = performance.now();
      ending.abort();
    });
  }
  return ending.signal;
}

/** Ends the program at SIGINT or SIGTERM, with 128 and the signal's number; the embedded stores end by that exit. */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

/**
 * Ends a program that cannot go on: what the user can put right as plain lines with its exit code, anything else with
 * its stack and 1.
 */
export function exitWith(error: unknown): never {
  const isExpected = error instanceof StartupProblem;
  const lines = isExpected ? error.problems : [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  process.exit(isExpected ? error.exitCode : 1);
}
