import * as fc from 'fast-check';
import type { RawRequest } from '../../../src/core/request/raw-request.js';
import type { Column } from '../../../src/core/metric/metric.js';
import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { RunTarget } from '../../../src/core/request/run-plan.js';
import { shapeResult } from '../../../src/core/request/shape-result.js';
import { seriesPoints } from '../../../src/core/series/series-cells.js';
import { userSlices } from '../../../src/results/user-row.dto.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore, type RunValuesRow } from '../../../src/stores/clickhouse/run-values-store.js';
import { aggregatesOf } from '../../support/aggregates-of.js';
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

/**
 * Worlds, each asked `BODIES_PER_WORLD` requests. More by `NUM_RUNS`; a failure prints its seed: given as `SEED`, it is
 * made smaller.
 */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 4);
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const BODIES_PER_WORLD = 6;
const INTERVALS = ['day', 'week', 'month', 'year', 'P3D'];
/** Ten times what it takes on two free cores. */
const MS_PER_WORLD = 20_000;

interface Answered {
  readonly told: ToldAnswer;
  readonly rows: readonly RunValuesRow[];
  readonly users: readonly ToldUser[] | null;
}

describe('every request on random worlds', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let evaluator: RunEvaluator;
  let propertyNumber = 0;
  let compared = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
    evaluator = new RunEvaluator(test.engine);
  });

  afterAll(() => test.stop());

  it(
    'has the total, series, breakdown and users that docs/semantics.md says',
    async () => {
      const property = fc.asyncProperty(askedWorld(BODIES_PER_WORLD), async ({ world, requested }) => {
        propertyNumber += 1;
        await writeWorld(test.engine, propertyNumber, 'unused', world);
        for (const [attempt, body] of requested.entries()) await expectAnswered(world, body, attempt);
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
    if (body.series) await expectSameByAnyInterval(body, dataVersion, attempt, answer);
    compared += 1;
  }

  /** How users are grouped changes nothing of theirs: neither the whole window nor, by births, the ages. */
  async function expectSameByAnyInterval(
    body: RawRequest,
    dataVersion: number,
    attempt: number,
    { rows, users }: Answered,
  ): Promise<void> {
    const series = body.series as Readonly<Record<string, unknown>>;
    const interval = INTERVALS[(attempt + propertyNumber) % INTERVALS.length];
    const other = await answered(planned({ ...body, series: { ...series, interval } }, dataVersion), 1000 + attempt);
    expect(other.rows).toEqual(rows);
    if (series['by'] !== 'birth') return;
    const ages = (all: readonly ToldUser[] | null): unknown =>
      all?.map(({ user, slices }) => [
        user,
        slices.map(({ age, values, undefined: reasons }) => [age, values, reasons]),
      ]);
    expect(ages(other.users)).toEqual(ages(users));
  }

  /** The one place that knows how a run is measured and read. */
  async function answered({ canonical, columns, members, plan }: PlannedCase, attempt: number): Promise<Answered> {
    const { cohort } = plan;
    const isGathered = attempt % 2 === 1;
    const ofProperty = { ...plan, propertyNumber, cohort: cohort.kind === 'all' ? cohort : { ...cohort, isGathered } };
    if (members && plan.cohort.kind === 'members') {
      await writeWorld(test.engine, propertyNumber, plan.cohort.setHash, { events: [], changes: [], members });
    }
    const target = { runId: `run_${propertyNumber}`, attempt };
    const { kept } = await evaluator.measure(ofProperty, target);
    const rows = await store.page(target, null, 100);
    const found = await aggregatesOf(evaluator, ofProperty, target, columns, canonical.aggregators);
    const timings = { queue_ms: 0, engine_ms: 0, rows_read: 0 };
    const { aggregates, series, breakdown } = shapeResult(
      canonical,
      { ...found, kept },
      {
        asOfMs: plan.asOfMs,
        attempt,
        timings,
      },
    );
    const users = canonical.series ? await toldUsers(canonical, target, columns) : null;
    return { told: { aggregates, series, breakdown }, rows, users };
  }

  async function toldUsers(
    canonical: CanonicalRequest,
    target: RunTarget,
    columns: readonly Column[],
  ): Promise<readonly ToldUser[]> {
    const points = new Map(seriesPoints(canonical).map((point) => [point.cell, point]));
    const stored = await store.cellsPage(target, null, 100);
    return stored.map((cells) => {
      const { user, slices = [] } = userSlices(columns, points, cells);
      return { user, slices };
    });
  }
});
