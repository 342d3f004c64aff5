import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runProbes } from '../../../src/platform/health/health.controller.js';

function holdTheLoop(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('probes', () => {
  it('are up where they answer, and down where they say so, fail, or do not answer in time', async () => {
    const states = await runProbes(
      {
        answers: () => Promise.resolve(undefined),
        refuses: () => Promise.resolve(false),
        fails: () => Promise.reject(new Error('away')),
        hangs: () => new Promise(() => undefined),
      },
      80,
    );
    expect(states).toEqual({ answers: 'up', refuses: 'down', fails: 'down', hangs: 'down' });
  });

  it('are not down for an answer that came while the process was held', async () => {
    // After immediates come the timers that are due, and only then what has arrived.
    await nextTurn();
    const running = runProbes({ file: () => stat('.') }, 80);
    holdTheLoop(200);
    expect(await running).toEqual({ file: 'up' });
  });
});
