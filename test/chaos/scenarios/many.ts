import { until } from '../../support/until.js';
import type { Fleet } from '../fleet.js';
import type { Orphaned } from '../audit.js';
import { round } from '../round.js';
import { killOver } from './kill-over.js';
import { rounds, type Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;
const LOOK_EVERY_MS = 500;

export const manyQueued: Scenario = {
  name: 'many',
  title:
    'requests are queued while no worker is there; then each worker is killed and replaced in the middle of the work',
  env: { MUSTER_ACCOUNT_QUEUE_LIMIT: '100000', MUSTER_QUEUE_LIMIT: '100000' },
  run: (fleet, { rounds: count, requests = 10_000, watchers = 50 }) =>
    rounds(count, () =>
      round(fleet, { requests, watchers, callers: 16, patienceMs: HOUR_MS }, async (caller) => {
        await killAll(fleet);
        await until(() => caller.accepted.length === requests, HOUR_MS, LOOK_EVERY_MS);
        await Promise.all([fleet.addWorker(), fleet.addWorker()]);
        const orphaned: Orphaned[] = [];
        for (const share of [2 / 3, 1 / 3]) {
          await until(async () => (await fleet.audit.unfinishedRuns()) <= requests * share, HOUR_MS, LOOK_EVERY_MS);
          orphaned.push(await killOver(fleet, fleet.workers[0]!));
          await fleet.addWorker();
        }
        return orphaned;
      }),
    ),
};

export const fullQueue: Scenario = {
  name: 'full-queue',
  title:
    'the queue is full, for the account at one api process (429), for all at the other (503): refused callers come back',
  run: (fleet, { rounds: count, requests = 120 }) =>
    rounds(count, async () => {
      await killAll(fleet);
      await limitApis(fleet);
      return await round(fleet, { requests, callers: 8 }, async (caller) => {
        const isFull = () => caller.refusedBy('account_queue_full') > 0 && caller.refusedBy('queue_full') > 0;
        await until(isFull, 60_000);
        await Promise.all([fleet.addWorker(), fleet.addWorker()]);
      });
    }),
};

async function limitApis(fleet: Fleet): Promise<void> {
  const before = fleet.apis.slice();
  await fleet.addApi({ env: { MUSTER_ACCOUNT_QUEUE_LIMIT: '40' } });
  await fleet.addApi({ env: { MUSTER_QUEUE_LIMIT: '40' } });
  await Promise.all(before.map((api) => fleet.killApi(api)));
}

async function killAll(fleet: Fleet): Promise<void> {
  await Promise.all(fleet.workers.slice().map((worker) => fleet.killWorker(worker)));
}
