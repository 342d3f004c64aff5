import * as fc from 'fast-check';
import type { ActiveUsersPlan } from '../../../src/core/usage/active-users-plan.js';
import { compileActiveUsers, type PlaceCounts } from '../../../src/sql/usage/compile-active-users.js';
import { readActiveUsers } from '../../../src/sql/usage/read-active-users.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { world as anyWorld } from '../../support/oracle/arbitrary.js';
import { activeUsersDraft } from '../../support/oracle/arbitrary-active-users.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import { activeUsersAt } from '../../support/oracle/oracle-active-users.js';

/** Worlds, each asked `PLANS_PER_WORLD` times. More by `NUM_RUNS`; a failure prints its seed, to be given as `SEED`. */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 8);
const SEED = process.env['SEED'] === undefined ? undefined : Number(process.env['SEED']);
const PLANS_PER_WORLD = 12;
/** Ten times what it takes on two free cores. */
const MS_PER_WORLD = 10_000;

describe('active users on random worlds', () => {
  let test: TestEngine;
  let propertyNumber = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    // What was sent twice stays in two parts.
    await test.engine.execute({ sql: 'SYSTEM STOP MERGES events', params: {} });
  });

  afterAll(() => test.stop());

  it(
    'are at every instant those that docs/semantics.md says',
    async () => {
      const drafts = fc.array(activeUsersDraft, { minLength: PLANS_PER_WORLD, maxLength: PLANS_PER_WORLD });
      const property = fc.asyncProperty(fc.tuple(anyWorld, drafts), async ([world, plans]) => {
        propertyNumber += 1;
        await writeWorld(test.engine, propertyNumber, 'no set', world);
        for (const draft of plans) {
          const plan: ActiveUsersPlan = { ...draft, propertyNumber };
          const { rows } = await test.engine.rows<PlaceCounts>(compileActiveUsers(plan));
          const expected = plan.instants.map((atMs) => activeUsersAt(world, plan, atMs));
          expect(rows.map((counts) => readActiveUsers(plan, counts))).toEqual([expected]);
        }
      });
      await fc.assert(property, {
        numRuns: NUM_RUNS,
        ...(SEED === undefined ? {} : { seed: SEED }),
        interruptAfterTimeLimit: NUM_RUNS * MS_PER_WORLD * 0.8,
        markInterruptAsFailure: true,
      });
    },
    NUM_RUNS * MS_PER_WORLD,
  );
});
