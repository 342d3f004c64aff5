import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import type { MusterProcess } from '../muster-process.js';
import { round, type Orphaned } from '../round.js';
import type { Fleet } from '../fleet.js';
import { rounds, type Scenario } from './scenario.js';

/** What the dead had sent may still be carried out. */
const SETTLE_MS = 200;
const CAUGHT_WITHIN_MS = 60_000;

export const workerKill: Scenario = {
  name: 'worker-kill',
  title: 'a worker is killed (`kill -9`) over its runs',
  run: (fleet, { rounds: count, requests = 24 }) =>
    rounds(count, (n) =>
      round(fleet, { requests, slow: 4 }, async () => {
        const orphaned = await killOver(fleet, fleet.workers[n % fleet.workers.length]!);
        await fleet.addWorker();
        return orphaned;
      }),
    ),
};

/** Kills a worker that has something under way. */
async function killOver(fleet: Fleet, worker: MusterProcess): Promise<Orphaned> {
  await until(async () => (await fleet.audit.runningOf(worker.name)).length > 0, CAUGHT_WITHIN_MS);
  await sleep(300 * Math.random());
  const atMs = await fleet.audit.nowMs();
  await fleet.killWorker(worker);
  await sleep(SETTLE_MS);
  return { runIds: await fleet.audit.runningOf(worker.name), atMs };
}
