import { round } from '../round.js';
import { killOver } from './kill-over.js';
import { rounds, type Scenario } from './scenario.js';

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
