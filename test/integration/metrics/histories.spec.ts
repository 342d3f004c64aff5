import * as fc from 'fast-check';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import type { PlanDraft } from '../../support/oracle/arbitrary.js';
import { busyWorld, reversalDraft, rollingDraft } from '../../support/oracle/arbitrary-history.js';
import { expectSameRows } from '../../support/oracle/compare.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import { oracle } from '../../support/oracle/oracle.js';

/**
 * Worlds of many events, each asked `PLANS_PER_WORLD` questions of each metric. More by `NUM_RUNS`; a failure prints
 * its seed, to be given as `SEED`.
 */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 8);
const SEED = process.env['SEED'] === undefined ? undefined : Number(process.env['SEED']);
const PLANS_PER_WORLD = 6;
/** Ten times what it takes on two free cores. */
const MS_PER_WORLD = 10_000;
const SET_HASH = 'the-set';

describe('metrics that look beyond the window, in busy worlds', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let evaluator: RunEvaluator;
  let propertyNumber = 0;
  let found = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
    evaluator = new RunEvaluator(test.engine);
  });

  afterAll(() => test.stop());

  it.each<[string, fc.Arbitrary<PlanDraft>]>([
    ['reversal_rate', reversalDraft],
    ['rolling_active', rollingDraft],
  ])(
    '%s has the values and reasons that docs/semantics.md says',
    async (_, draft) => {
      found = 0;
      const drafts = fc.array(draft, { minLength: PLANS_PER_WORLD, maxLength: PLANS_PER_WORLD });
      const property = fc.asyncProperty(busyWorld, drafts, async (world, requested) => {
        propertyNumber += 1;
        await writeWorld(test.engine, propertyNumber, SET_HASH, world);
        for (const [attempt, { isAll, ...rest }] of requested.entries()) {
          const cohort = isAll
            ? { kind: 'all' as const }
            : { kind: 'members' as const, setHash: SET_HASH, isGathered: null };
          const plan = { ...rest, propertyNumber, cohort, cells: null, breakdown: null };
          const target = { runId: `run_${propertyNumber}`, attempt };
          await evaluator.measure(plan, target);
          const expected = oracle(world, plan);
          expectSameRows(await store.page(target, null, 100), expected);
          found += expected.filter(({ columns: [first] }) => first && 'value' in first && first.value === 1).length;
        }
      });
      await fc.assert(property, {
        numRuns: NUM_RUNS,
        ...(SEED === undefined ? {} : { seed: SEED }),
        // Ends the search for a smaller example in time to tell the seed.
        interruptAfterTimeLimit: NUM_RUNS * MS_PER_WORLD * 0.8,
        markInterruptAsFailure: true,
      });
      // Were it rarely true of anybody, nothing would have been compared.
      expect(found).toBeGreaterThan(NUM_RUNS);
    },
    NUM_RUNS * MS_PER_WORLD,
  );
});
