import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from './run-failure.js';

/** A restart of the database takes a few seconds; what a run has found is worth waiting for. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 250;

/**
 * Does `work` again while the database cannot be reached. For fenced writes only: one whose acknowledgement was lost is refused the second time,
 * which its caller takes for a run that is not its own any more, and rightly leaves alone.
 * @throws the last error when the database stays away, and every other error at once
 */
export async function throughOutages<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseAway(error) || Date.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
