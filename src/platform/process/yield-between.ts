import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one may hold the event loop. */
const TURN_MS = 10;

/** Does long work step by step, so that others have their turn in between. */
export async function yieldBetween<T>(steps: Generator<void, T>): Promise<T> {
  let begunMs = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - begunMs < TURN_MS) continue;
    await nextTurn();
    begunMs = performance.now();
  }
}
