import { broken } from '../chaos/figures.js';
import { Fleet } from '../chaos/fleet.js';
import { watchers } from '../chaos/scenarios/api-kill.js';
import type { Scenario, Size } from '../chaos/scenarios/scenario.js';
import { stall } from '../chaos/scenarios/stall.js';
import { engineKill, postgresRestart } from '../chaos/scenarios/store-restarts.js';
import { workerKill } from '../chaos/scenarios/worker-kill.js';

/** A round of each; `npm run chaos` has the whole table. */
const LEAN: readonly (readonly [Scenario, Size])[] = [
  [workerKill, { rounds: 1, requests: 12 }],
  [watchers, { rounds: 1, requests: 20, watchers: 60 }],
  [postgresRestart, { rounds: 1, requests: 30, watchers: 10, slow: 4 }],
  [engineKill, { rounds: 1, requests: 20, watchers: 10, slow: 3 }],
  [stall, { rounds: 1, requests: 8 }],
];

/** Two processes that serve and two that work. */
describe('every accepted request comes to one end and the right one, while', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start({ name: 'lean', queue: 'postgres' });
  });

  afterAll(async () => {
    await fleet?.stop();
  });

  it.each(LEAN.map(([scenario, size]) => [scenario.title, scenario, size] as const))(
    '%s',
    async (_title, scenario, size) => {
      const { figures, findings } = await scenario.run(fleet, size);
      expect({ findings, broken: broken(figures) }).toEqual({ findings: [], broken: [] });
      expect(figures.accepted).toBe(size.requests);
      expect(figures.succeeded).toBe(size.requests);
    },
    120_000,
  );
});
