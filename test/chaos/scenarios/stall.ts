import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import { round } from '../round.js';
import { rounds, type Scenario } from './scenario.js';

/** What it had sent may still be carried out. */
const SETTLE_MS = 200;

export const stall: Scenario = {
  name: 'stall',
  title: 'a worker is frozen (SIGSTOP) over its runs until others have taken them, then goes on',
  run: (fleet, { rounds: count, requests = 16 }) =>
    rounds(count, (n) =>
      round(fleet, { requests, slow: 4 }, async () => {
        const { audit } = fleet;
        const worker = fleet.workers[n % fleet.workers.length]!;
        await until(async () => (await audit.runningOf(worker.name)).length > 0, 60_000);
        const atMs = await audit.nowMs();
        worker.signal('SIGSTOP');
        await sleep(SETTLE_MS);
        const orphaned = await audit.orphanedBy(worker.name, atMs);
        await until(async () => (await audit.runningOf(worker.name)).length === 0, 60_000).catch(() => undefined);
        await sleep(1000 * Math.random());
        worker.signal('SIGCONT');
        return orphaned;
      }),
    ),
};
