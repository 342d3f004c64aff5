import * as fc from 'fast-check';
import { metric as builtIn } from '../../../src/core/metric/catalogue.js';
import type { Column } from '../../../src/core/metric/metric.js';
import type { RunTarget } from '../../../src/core/request/run-plan.js';
import type { Aggregator } from '../../../src/core/statistics/aggregators.js';
import type { RunAggregates } from '../../../src/sql/read-aggregates.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { aggregatesOf } from '../../support/aggregates-of.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { planDraft, world as anyWorld, type PlanDraft } from '../../support/oracle/arbitrary.js';
import { expectNear, expectSameAggregates, expectSameRows, storedOutcomes } from '../../support/oracle/compare.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import { oracleAggregates } from '../../support/oracle/oracle-aggregates.js';
import { columnNames, oracle, type OraclePlan } from '../../support/oracle/oracle.js';
import type { World } from '../../support/oracle/world.js';

/**
 * Worlds, each asked `PLANS_PER_WORLD` questions. More by `NUM_RUNS`; a failure prints its seed, to be given as `SEED`.
 */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 7);
const SEED = process.env['SEED'] === undefined ? undefined : Number(process.env['SEED']);
const PLANS_PER_WORLD = 8;
/** Ten times what it takes on two free cores. */
const MS_PER_WORLD = 10_000;

const AGGREGATORS = ['mean', 'median', 'min', 'max', 'sum', 'std', 'p25', 'p90', 'proportion'];
/** Only a metric that counts knows of no values too large for a width. */
const aggregatorsFor = ({ metric: { kind } }: OraclePlan): readonly Aggregator[] => {
  if (kind === 'event_count') return [...AGGREGATORS, { histogram: { width: 0.7 } }];
  const bins = [...AGGREGATORS, { histogram: { bins: 7 } }];
  return kind === 'value_sum' ? [...bins, { weighted_rate: { weight: 'count' } }] : bins;
};
const SET_HASH = 'the-set';

describe('every metric on random worlds', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let evaluator: RunEvaluator;
  let propertyNumber = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
    evaluator = new RunEvaluator(test.engine);
    // What was sent twice stays in two parts.
    await test.engine.execute({ sql: 'SYSTEM STOP MERGES events', params: {} });
  });

  afterAll(() => test.stop());

  it(
    'has the values, reasons and aggregates that docs/semantics.md says',
    async () => {
      const cases = fc.tuple(anyWorld, fc.array(planDraft, { minLength: PLANS_PER_WORLD, maxLength: PLANS_PER_WORLD }));
      const property = fc.asyncProperty(cases, async ([world, drafts]) => {
        propertyNumber += 1;
        await writeWorld(test.engine, propertyNumber, SET_HASH, world);
        for (const [attempt, draft] of drafts.entries()) {
          await ask(world, planOf(draft, attempt % 2 === 1), { runId: `run_${propertyNumber}`, attempt });
        }
      });
      await fc.assert(property, {
        numRuns: NUM_RUNS,
        ...(SEED === undefined ? {} : { seed: SEED }),
        // Ends the search for a smaller example in time to tell the seed.
        interruptAfterTimeLimit: NUM_RUNS * MS_PER_WORLD * 0.8,
        markInterruptAsFailure: true,
      });
    },
    NUM_RUNS * MS_PER_WORLD,
  );

  /** By both ways in which members are read. */
  function planOf({ isAll, ...rest }: PlanDraft, isGathered: boolean): OraclePlan {
    const members = { kind: 'members', setHash: SET_HASH, isGathered } as const;
    return { ...rest, propertyNumber, cohort: isAll ? { kind: 'all' } : members, cells: null, breakdown: null };
  }

  function columnsOf({ metric }: OraclePlan): readonly Column[] {
    const names = columnNames(metric);
    return builtIn(metric.kind).columns.filter(({ name }) => names.includes(name));
  }

  async function ask(world: World, plan: OraclePlan, target: RunTarget): Promise<void> {
    const columns = columnsOf(plan);
    await evaluator.measure(plan, target);
    const stored = await store.page(target, null, 100);
    expectSameRows(stored, oracle(world, plan));

    const aggregates = await aggregatesOf(evaluator, plan, target, columns, aggregatorsFor(plan));
    const { row } = aggregates;
    expect(row.cohort_size).toBe(stored.length);
    expect(row.users_known).toBe(stored.filter(({ reasons }) => reasons[0] !== 'unknown_user').length);
    columns.forEach(({ type }, c) => {
      const expected = oracleAggregates(storedOutcomes(stored), c);
      expectSameAggregates(row.columns[c]!, expected, type);
      if (plan.metric.kind === 'value_sum' && c < 4) {
        const { rate, tolerance } = expected.weightedBy(4);
        expectNear(row.columns[c]!.weightedRate ?? null, rate, tolerance);
      }
    });
    expectValidUntilNextChange(world, plan, aggregates);
  }

  /** The window of a metric that looks back from as_of moves along. */
  function movedTo(plan: OraclePlan, asOfMs: number): OraclePlan {
    const isAtAsOf = plan.metric.kind === 'rolling_active';
    return { ...plan, asOfMs, window: isAtAsOf ? { kind: 'fixed', fromMs: asOfMs, toMs: asOfMs } : plan.window };
  }

  /** Until the instant that the facts name, time alone changes nothing. */
  function expectValidUntilNextChange(world: World, plan: OraclePlan, { facts }: RunAggregates): void {
    if (facts.laterEvents) return;
    const endMs = Math.min(facts.nextChangeMs ?? Infinity, facts.nextRegistrationMs ?? Infinity);
    const laterMs = [plan.asOfMs + 1, plan.asOfMs + 3_600_000, plan.asOfMs + 10 ** 12, endMs - 1];
    for (const asOfMs of laterMs.filter((ms) => plan.asOfMs < ms && ms < endMs)) {
      expect(oracle(world, movedTo(plan, asOfMs))).toEqual(oracle(world, plan));
    }
  }
});
