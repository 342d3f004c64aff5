import * as fc from 'fast-check';
import { metric, type PlannedMetric } from '../../../src/core/metric/catalogue.js';
import type { KeyAggregateRow } from '../../../src/core/request/run-result.js';
import type { RunTarget } from '../../../src/core/request/run-plan.js';
import type { Aggregator } from '../../../src/core/statistics/aggregators.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { aggregatesOf } from '../../support/aggregates-of.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { planDraft, world as anyWorld, type PlanDraft } from '../../support/oracle/arbitrary.js';
import { expectNear, expectSameRows } from '../../support/oracle/compare.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import { oracleAggregates } from '../../support/oracle/oracle-aggregates.js';
import { oracle, type OracleRow, type OraclePlan } from '../../support/oracle/oracle.js';
import type { SentEvent, World } from '../../support/oracle/world.js';

const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 12);
const SEED = process.env['SEED'] === undefined ? undefined : Number(process.env['SEED']);
const PLANS_PER_WORLD = 4;
const SET_HASH = 'the-set';
const QUARTER_MS = 15 * 60_000;

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'];
const OF_NUMBERS = ['mean', 'median', 'min', 'max', 'sum', 'std', 'p25', 'p90'];
const OF_MAPS: readonly Aggregator[] = [...OF_NUMBERS, 'count_by_value', { histogram: { bins: 3 } }];

const property = fc.constantFrom('x', 'y', `it's`, 'nowhere');
const valueMetric: fc.Arbitrary<PlannedMetric> = fc.oneof(
  fc.record({
    kind: fc.constant('distinct_count' as const),
    keepsSets: fc.boolean(),
    of: fc.oneof(
      property.map((name) => ({ kind: 'property' as const, property: name })),
      fc.constantFrom(...ZONES).map((timeZone) => ({ kind: 'day' as const, timeZone })),
    ),
  }),
  fc.record({
    kind: fc.constant('count_by' as const),
    property,
    values: fc.option(
      fc.uniqueArray(fc.constantFrom('1', 'x', 'true', '0.1', '1e+300', '-5e-324', ''), { minLength: 1 }),
    ),
  }),
);
const draft: fc.Arbitrary<PlanDraft> = fc
  .tuple(
    planDraft.filter(({ metric: { kind } }) => kind !== 'survival'),
    valueMetric,
  )
  .map(([plan, counted]) => Object.assign({}, plan, { metric: counted }));

describe('metrics of values', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let evaluator: RunEvaluator;
  let propertyNumber = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
    evaluator = new RunEvaluator(test.engine);
  });

  afterAll(() => test.stop());

  it(
    'have the values and aggregates that docs/semantics.md says on random worlds',
    async () => {
      const cases = fc.tuple(anyWorld, fc.array(draft, { minLength: PLANS_PER_WORLD, maxLength: PLANS_PER_WORLD }));
      const holds = fc.asyncProperty(cases, async ([world, drafts]) => {
        propertyNumber += 1;
        await writeWorld(test.engine, propertyNumber, SET_HASH, world);
        for (const [attempt, { isAll, ...rest }] of drafts.entries()) {
          const cohort = isAll
            ? ({ kind: 'all' } as const)
            : ({ kind: 'members', setHash: SET_HASH, isGathered: null } as const);
          const plan = { ...rest, propertyNumber, cohort, cells: null, breakdown: null };
          await ask(world, plan, { runId: `run_${propertyNumber}`, attempt });
        }
      });
      await fc.assert(holds, { numRuns: NUM_RUNS, endOnFailure: true, ...(SEED === undefined ? {} : { seed: SEED }) });
    },
    NUM_RUNS * 10_000,
  );

  async function ask(world: World, plan: OraclePlan, target: RunTarget): Promise<void> {
    const { columns } = metric(plan.metric.kind);
    await evaluator.measure(plan, target);
    const stored = await store.page(target, null, 100);
    const expected = oracle(world, plan);
    expectSameRows(stored, expected);
    if (plan.metric.kind === 'count_by') {
      expect(stored.map(({ maps }) => maps)).toEqual(expected.map(({ maps }) => maps ?? [{}]));
      const { row } = await aggregatesOf(evaluator, plan, target, columns, OF_MAPS);
      return expectSameKeys(row.columns[0]?.keys ?? {}, expected);
    }
    if (plan.metric.kind !== 'distinct_count' || !plan.metric.keepsSets) return;
    const { row } = await aggregatesOf(evaluator, plan, target, columns, ['distinct']);
    expect(row.columns[0]?.distinct).toBe(new Set(expected.flatMap(({ values }) => values ?? [])).size);
  }

  it.each([
    ['Europe/Berlin', '2024-03-31T01:00:00Z'],
    ['Europe/Berlin', '2024-10-27T01:00:00Z'],
    ['America/New_York', '2024-03-10T07:00:00Z'],
    ['America/New_York', '2024-11-03T06:00:00Z'],
    ['Australia/Lord_Howe', '2024-04-06T15:00:00Z'],
    ['Australia/Lord_Howe', '2024-10-05T15:30:00Z'],
    ['Asia/Kathmandu', '1985-12-31T18:30:00Z'],
    ['Asia/Kathmandu', '2024-06-01T18:15:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z'],
    ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ])('count the days of %s around %s', async (timeZone, around) => {
    propertyNumber += 1;
    const aroundMs = Date.parse(around);
    const steps = Array.from({ length: 300 }, (_, i) => i - 150);
    // A user for each quarter of an hour, who is there from its last millisecond on for a day and a quarter.
    const events = steps.flatMap((step, i): SentEvent[] =>
      [-1, 0, 86_400_000].map((ms, j) => ({
        user: `u${i}`,
        name: 'view',
        timeMs: aroundMs + step * QUARTER_MS + ms,
        clientId: '',
        contentHash: 0,
        properties: {},
        seq: 1,
        position: i * 3 + j,
      })),
    );
    const world = { events, changes: [], members: [] };
    await writeWorld(test.engine, propertyNumber, SET_HASH, world);
    const plan: OraclePlan = {
      propertyNumber,
      dataVersion: 1,
      asOfMs: aroundMs + 10 ** 10,
      cohort: { kind: 'all' },
      selector: { event: null, where: null },
      metric: { kind: 'distinct_count', of: { kind: 'day', timeZone }, keepsSets: true },
      window: { kind: 'fixed', fromMs: aroundMs - 10 ** 9, toMs: aroundMs + 10 ** 9 },
      cells: null,
      breakdown: null,
      birth: { kind: 'none' },
      births: null,
      excludes: null,
    };
    const target = { runId: `run_${propertyNumber}`, attempt: 1 };
    await evaluator.measure(plan, target);
    const expected = oracle(world, plan);
    expectSameRows(await store.page(target, null, 1000), expected);
    const { row } = await aggregatesOf(evaluator, plan, target, metric('distinct_count').columns, ['distinct']);
    expect(row.columns[0]?.distinct).toBe(new Set(expected.flatMap(({ values }) => values ?? [])).size);
  });

  it('refuse more keys than an answer may have, and take so many', async () => {
    for (const [keys, isRefused] of [
      [1000, false],
      [1001, true],
    ] as const) {
      propertyNumber += 1;
      const sql = `INSERT INTO events (property, user_id, time, name, client_id, text, seq, position)
SELECT ${propertyNumber}, toString(number % 7), '2024-01-01 00:00:00', 'view', toString(number), map('x', toString(number)), 1, number FROM numbers(${keys})`;
      await test.engine.execute({ sql, params: {} });
      const plan: OraclePlan = {
        propertyNumber,
        dataVersion: 1,
        asOfMs: Date.UTC(2025),
        cohort: { kind: 'all' },
        selector: { event: null, where: null },
        metric: { kind: 'count_by', property: 'x', values: null },
        window: { kind: 'fixed', fromMs: Date.UTC(2024), toMs: Date.UTC(2025) },
        cells: null,
        breakdown: null,
        birth: { kind: 'none' },
        births: null,
        excludes: null,
      };
      const target = { runId: `run_${propertyNumber}`, attempt: 1 };
      await evaluator.measure(plan, target);
      const answer = aggregatesOf(evaluator, plan, target, metric('count_by').columns, ['sum']);
      if (isRefused) {
        await expect(answer).rejects.toMatchObject({
          code: 'limit_exceeded',
          extra: { limit: 'map_keys', value: 1000 },
        });
      } else expect(Object.keys((await answer).row.columns[0]?.keys ?? {})).toHaveLength(keys);
    }
  });
});

/** By key as a column of numbers, 0 for every map that lacks it. */
function expectSameKeys(keys: Readonly<Record<string, KeyAggregateRow>>, expected: readonly OracleRow[]): void {
  const maps = expected.flatMap((row) => row.maps ?? []);
  const names = [...new Set(maps.flatMap((map) => Object.keys(map)))].sort();
  expect(Object.keys(keys).sort()).toEqual(names);
  for (const name of names) {
    const numbers = maps.map((map) => map[name] ?? 0);
    const row = keys[name]!;
    const naive = oracleAggregates(
      numbers.map((value) => ({ columns: [{ value }] })),
      0,
    );
    for (const statistic of ['sum', 'mean', 'std'] as const) expectNear(row[statistic], naive[statistic], naive.weight);
    expect([row.min, row.max]).toEqual([naive.min, naive.max]);
    expect(row.quantiles).toEqual({ p25: naive.quantile(0.25), p50: naive.quantile(0.5), p90: naive.quantile(0.9) });
    expect(row.users).toBe(numbers.filter((value) => value !== 0).length);
    const { edges, counts } = row.histogram!;
    expect(counts).toEqual(naive.countsBetween(edges));
  }
}
