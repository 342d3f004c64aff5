import * as fc from 'fast-check';
import { REQUEST_FIELDS } from '../../../src/core/request/asked-request.js';
import { shapeResult } from '../../../src/core/request/shape-result.js';
import { RunValuesStore, type RunValuesRow } from '../../../src/stores/clickhouse/run-values-store.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { planned, type PlannedCase } from '../../support/golden-cases.js';
import { askedWorld, type AskedBody } from '../../support/oracle/arbitrary-asked.js';
import {
  expectSameAnswer,
  expectSameUsers,
  type ToldAnswer,
  type ToldUser,
} from '../../support/oracle/compare-answer.js';
import { expectSameRows } from '../../support/oracle/compare.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import { answerOf } from '../../support/oracle/request-oracle.js';
import type { World } from '../../support/oracle/world.js';

/** Worlds, each asked `BODIES_PER_WORLD` requests. More by `NUM_RUNS`; a failure prints its seed: given as `SEED`, it is made smaller. */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 30);
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const BODIES_PER_WORLD = 6;
/** Ten times what it takes on two free cores. */
const MS_PER_WORLD = 10_000;

/** Until requests take them, series, breakdowns and calendar windows are left out. */
const IS_BUILT = (REQUEST_FIELDS as readonly string[]).includes('series');

interface Answered {
  readonly told: ToldAnswer;
  readonly rows: readonly RunValuesRow[];
  readonly users: readonly ToldUser[] | null;
}

describe('every request on random worlds', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let propertyNumber = 0;
  let compared = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
  });

  afterAll(() => test.stop());

  it(
    'has the total, series, breakdown and users that SEMANTICS says',
    async () => {
      const property = fc.asyncProperty(askedWorld(BODIES_PER_WORLD), async ({ world, asked }) => {
        propertyNumber += 1;
        await writeWorld(test.engine, propertyNumber, 'unused', world);
        for (const [attempt, body] of asked.entries()) await expectAnswered(world, asBuilt(body), attempt);
      });
      await fc.assert(property, {
        numRuns: NUM_RUNS,
        seed: SEED,
        endOnFailure: process.env['SEED'] === undefined,
        // Ends the search for a smaller example in time to tell the seed.
        interruptAfterTimeLimit: NUM_RUNS * MS_PER_WORLD * 0.8,
        markInterruptAsFailure: true,
      });
      expect(compared).toBeGreaterThanOrEqual(NUM_RUNS * BODIES_PER_WORLD);
    },
    NUM_RUNS * MS_PER_WORLD,
  );

  async function expectAnswered(world: World, { body, dataVersion }: AskedBody, attempt: number): Promise<void> {
    const made = planned(body, dataVersion);
    const asOfMs = made.plan.asOfMs;
    const answer = await answered(made, attempt);
    const expected = answerOf(world, made.canonical, { dataVersion, asOfMs });
    expectSameRows(answer.rows, expected.rows);
    expectSameAnswer(answer.told, expected, made.canonical.aggregators);
    if (answer.users) expectSameUsers(answer.users, expected);
    compared += 1;
  }

  /** The one place that knows how a run is measured and read. */
  async function answered({ canonical, columns, members, plan }: PlannedCase, attempt: number): Promise<Answered> {
    const ofProperty = { ...plan, propertyNumber };
    if (members && plan.cohort.kind === 'members') {
      await writeWorld(test.engine, propertyNumber, plan.cohort.setHash, { events: [], changes: [], members });
    }
    const target = { runId: `run_${propertyNumber}`, attempt };
    await store.measure(ofProperty, target);
    const rows = await store.page(target, null, 100);
    const { row } = await store.aggregate(ofProperty, target, columns, canonical.aggregators);
    const timings = { queue_ms: 0, engine_ms: 0, rows_read: 0 };
    const { aggregates } = shapeResult(canonical, row, { asOfMs: plan.asOfMs, attempt, timings });
    return { told: { aggregates, series: null, breakdown: null }, rows, users: null };
  }
});

function asBuilt({ body, dataVersion }: AskedBody): AskedBody {
  if (IS_BUILT) return { body, dataVersion };
  const { series: _series, breakdown: _breakdown, ...rest } = body as Readonly<Record<string, unknown>>;
  const { age, ...window } = (body.window ?? {}) as Readonly<Record<string, unknown>>;
  return {
    dataVersion,
    body: { ...rest, window: age === 'calendar' ? { ...window, length: 'P2D', offset: 'PT0S' } : window },
  };
}
