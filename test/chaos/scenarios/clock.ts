import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../../src/platform/config/package-root.js';
import { EXIT_CODES } from '../../../src/platform/config/startup-problem.js';
import { round } from '../round.js';
import type { Fleet } from '../fleet.js';
import { rounds, type Scenario } from './scenario.js';

const SHIFTED = pathToFileURL(join(packageRoot(), 'test/chaos/shifted-clock.mjs')).href;
const OFF_MS = 60_000;
/** Long enough to have begun to work. */
const STEP_AFTER_MS = 6000;

export const clockOff: Scenario = {
  name: 'clock',
  title: 'the clock of one of three workers goes 60 s ahead or back while it works; one that starts so is refused',
  run: (fleet, { rounds: count, requests = 30 }) =>
    rounds(count, async (n) => {
      const shiftMs = n % 2 === 0 ? OFF_MS : -OFF_MS;
      await isRefused(fleet, shiftMs);
      const worker = await fleet.addWorker(withClock(shiftMs, STEP_AFTER_MS));
      const load = { requests, slow: 8, slowness: 75, watchers: 10 };
      const checked = await round(fleet, load, () => Promise.resolve());
      await fleet.killWorker(worker);
      return checked;
    }),
};

async function isRefused(fleet: Fleet, shiftMs: number): Promise<void> {
  const code = await fleet.spawn('worker', withClock(shiftMs, 0)).ended;
  if (code !== EXIT_CODES.configuration) throw new Error(`a worker whose clock is off ended with ${code}`);
}

function withClock(shiftMs: number, afterMs: number) {
  return { preload: SHIFTED, env: { CHAOS_CLOCK_SHIFT_MS: String(shiftMs), CHAOS_CLOCK_AFTER_MS: String(afterMs) } };
}
