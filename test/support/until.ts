import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition holds; throws where it does not within the deadline. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 5_000,
  everyMs = 10,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`Not so within ${deadlineMs} ms: ${condition}`);
    await sleep(everyMs);
  }
}
