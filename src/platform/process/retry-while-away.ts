import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from '../http/failure-of.js';

/** A restart of the database takes a few seconds; what a run has found is worth waiting for. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 250;

/**
 * Does `work` again while the database cannot be reached and `goesOn` tells to (by default for 20 seconds). For fenced
 * writes only: one whose acknowledgement was lost is refused the second time, which its caller takes for work that is
 * not its own any more, and rightly leaves alone.
 * @throws the last error when the database stays away, and every other error at once
 */
export async function retryWhileDatabaseAway<T>(
  work: () => Promise<T>,
  goesOn: (waitedMs: number) => boolean = (waitedMs) => waitedMs < PATIENCE_MS,
): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseAway(error) || !goesOn(performance.now() - startMs)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Whether what was thrown means that the database cannot be reached. */
export function isDatabaseAway(thrown: unknown): boolean {
  return failureOf(thrown).code === 'database_unavailable';
}
