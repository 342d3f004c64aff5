import { metric } from '../../../src/core/metric/catalogue.js';
import type { ValueSumPlan } from '../../../src/core/metric/value-sum.js';
import type { RunPlan } from '../../../src/core/request/run-plan.js';
import { compileListWeight } from '../../../src/sql/cohort/compile-cohort.js';
import { compileRun } from '../../../src/sql/compile-run.js';
import { weighMembers } from '../../../src/stores/clickhouse/member-weight.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore, type RunValuesRow } from '../../../src/stores/clickhouse/run-values-store.js';
import { aggregatesOf } from '../../support/aggregates-of.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import type { SentEvent } from '../../support/oracle/world.js';

const SET_HASH = 'the-set';
const DAY_MS = 86_400_000;
const ORIGIN_MS = Date.UTC(2024, 0, 1);

const METRIC: ValueSumPlan = { kind: 'value_sum', value: 'x' };
const PLAN: RunPlan = {
  propertyNumber: 1,
  dataVersion: 1,
  asOfMs: ORIGIN_MS + 100 * DAY_MS,
  cohort: { kind: 'all' },
  selector: { event: null, where: null },
  metric: METRIC,
  window: { kind: 'fixed', fromMs: ORIGIN_MS, toMs: ORIGIN_MS + 100 * DAY_MS },
  cells: null,
  breakdown: null,
  birth: { kind: 'none' },
  births: null,
  excludes: null,
};

const event = (user: string, day: number, x: number, position = 0): SentEvent => ({
  user,
  name: 'buy',
  timeMs: ORIGIN_MS + day * DAY_MS,
  clientId: '',
  contentHash: position,
  properties: { x },
  seq: 1,
  position,
});

describe('RunValuesStore', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let evaluator: RunEvaluator;
  let property = 0;
  const target = (attempt = 1): { runId: string; attempt: number } => ({ runId: `run_${property}`, attempt });

  beforeAll(async () => {
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
    evaluator = new RunEvaluator(test.engine);
  });

  afterAll(() => test.stop());

  beforeEach(() => (property += 1));

  const write = (events: readonly SentEvent[], members: readonly string[] = []): Promise<void> =>
    writeWorld(test.engine, property, SET_HASH, { events, changes: [], members });
  const all = (attempt = 1): Promise<RunValuesRow[]> => store.page(target(attempt), null, 1000);

  it('pages through the users by the bytes of their ids', async () => {
    const users = ['A', 'Z', 'a', 'é', '\uFFFD', '\u{1F600}'];
    await write(users.toReversed().map((user) => event(user, 1, 1)));
    await evaluator.measure({ ...PLAN, propertyNumber: property }, target());
    const names = (await all()).map(({ user }) => user);
    expect(names).toEqual(users);
    const second = await store.page(target(), 'Z', 2);
    expect(second.map(({ user }) => user)).toEqual(['a', 'é']);
    expect(await store.page(target(), '\u{1F600}', 2)).toEqual([]);
  });

  it('looks members up until they are too many for a set in memory', async () => {
    const sql = `INSERT INTO member_sets SELECT {property:UInt32}, {hash:String}, concat('user-', toString(number)) FROM numbers({count:UInt64})`;
    const weigh = async (hash: string, count: number): Promise<object> => {
      await test.engine.execute({ sql, params: { property, hash, count } });
      return await weighMembers(test.engine, compileListWeight(property, [hash]), {});
    };
    expect(await weigh('few', 1_000_000)).toEqual({ users: 1_000_000, isGathered: false });
    expect(await weigh('many', 2_500_000)).toEqual({ users: 2_500_000, isGathered: true });
  });

  it('keeps attempts apart and deletes them one by one or all', async () => {
    await write([event('a', 1, 1)]);
    const attempts = [1, 2, 3];
    for (const attempt of attempts) await evaluator.measure({ ...PLAN, propertyNumber: property }, target(attempt));
    const sizes = async (): Promise<number[]> => (await Promise.all(attempts.map(all))).map((rows) => rows.length);
    expect(await sizes()).toEqual([1, 1, 1]);
    await store.deleteAttempt(target(2));
    expect(await sizes()).toEqual([1, 0, 1]);
    await store.deleteRun(target().runId);
    expect(await sizes()).toEqual([0, 0, 0]);
  });

  it('tells what lies ahead of as_of in the data that the run may read', async () => {
    const asOfMs = ORIGIN_MS + 10 * DAY_MS;
    const plan: RunPlan = { ...PLAN, propertyNumber: property, asOfMs };
    const registered = { user: 'b', registeredMs: asOfMs + 5, position: 0 };
    const ahead = event('a', 10, 1);
    const facts = async (attempt: number): Promise<unknown> => {
      await evaluator.measure(plan, target(attempt));
      return (await aggregatesOf(evaluator, plan, target(attempt), metric('value_sum').columns, [])).facts;
    };
    await writeWorld(test.engine, property, SET_HASH, {
      events: [event('a', 9, 1), { ...ahead, seq: 2 }],
      changes: [{ ...registered, seq: 2 }],
      members: [],
    });
    const nextChangeMs = PLAN.window.kind === 'fixed' ? PLAN.window.toMs : null;
    expect(await facts(1)).toEqual({ nextChangeMs, laterEvents: false, nextRegistrationMs: null });
    await writeWorld(test.engine, property, SET_HASH, {
      events: [],
      changes: [{ ...registered, seq: 1 }],
      members: [],
    });
    expect(await facts(2)).toEqual({ nextChangeMs, laterEvents: false, nextRegistrationMs: asOfMs + 5 });
    await write([ahead]);
    expect(await facts(3)).toEqual({ nextChangeMs, laterEvents: true, nextRegistrationMs: asOfMs + 5 });
  });

  it('calls a sum beyond all doubles not numeric', async () => {
    await write([event('a', 1, 1e308, 0), event('a', 1, 1e308, 1), event('a', 1, -1, 2)]);
    await evaluator.measure({ ...PLAN, propertyNumber: property }, target());
    const [row] = await all();
    expect(row).toEqual({
      user: 'a',
      numbers: [0, 0, 0, -1, 3],
      reasons: ['not_numeric', 'not_numeric', 'not_numeric', '', ''],
      maps: [],
    });
  });

  it.each([1e300, 1e-300, 1])('has the deviation of values around %d', async (scale) => {
    await write([event('a', 1, 2 * scale), event('b', 1, 4 * scale), event('c', 1, 9 * scale)]);
    const plan = { ...PLAN, propertyNumber: property };
    await evaluator.measure(plan, target());
    const { row } = await aggregatesOf(evaluator, plan, target(), metric('value_sum').columns, ['std', 'mean']);
    expect(row.columns[0]!.mean! / scale).toBeCloseTo(5, 12);
    expect(row.columns[0]!.std! / scale).toBeCloseTo(Math.sqrt(13), 12);
  });

  it('has a row of aggregates for a cohort without users', async () => {
    const plan: RunPlan = {
      ...PLAN,
      propertyNumber: property,
      cohort: { kind: 'members', setHash: SET_HASH, isGathered: null },
    };
    await evaluator.measure(plan, target());
    const { columns } = metric('value_sum');
    const { row, facts } = await aggregatesOf(evaluator, plan, target(), columns, ['mean', 'std', 'p90']);
    expect(row).toMatchObject({ cohort_size: 0, users_known: 0, next_change_ms: null });
    expect(row.columns).toHaveLength(5);
    expect(row.columns[4]).toMatchObject({ n: 0, reasons: {}, mean: null, std: null, quantiles: { p90: null } });
    expect(facts).toEqual({ nextChangeMs: null, laterEvents: false, nextRegistrationMs: null });
  });

  it('measures the same when it gathers the users on disk', async () => {
    await test.engine.execute({ sql: manyEvents(property), params: {} });
    const window = { kind: 'since_birth' as const, offsetMs: DAY_MS, lengthMs: 40 * DAY_MS };
    const birth = { kind: 'first_event' as const, event: null, where: null };
    const plan: RunPlan = { ...PLAN, propertyNumber: property, window, birth };
    await evaluator.measure(plan, target(1));
    const before = await spills();
    const { sql, params } = compileRun(plan, target(2));
    await test.engine.execute({
      sql: sql.replace(/(external_group_by =) \d+/, '$1 1, group_by_two_level_threshold = 1'),
      params,
    });
    expect(await spills()).toBeGreaterThan(before);
    const rows = [await store.page(target(1), null, 5000), await store.page(target(2), null, 5000)];
    expect(rows[0]).toHaveLength(2000);
    expect(new Set(rows[0]!.map(({ numbers }) => numbers[0])).size).toBeGreaterThan(100);
    expect(rows[1]).toEqual(rows[0]);
  });

  async function spills(): Promise<number> {
    const sql = `SELECT toFloat64(sum(value)) AS n FROM system.events WHERE event = 'ExternalAggregationWritePart'`;
    const { rows } = await test.engine.rows<{ n: number }>({ sql, params: {} });
    return rows[0]?.n ?? 0;
  }
});

/** Of 2,000 users, with whole dollars, so that sums do not depend on their order. */
function manyEvents(property: number): string {
  return `INSERT INTO events (property, user_id, time, name, client_id, number, seq, position)
SELECT ${property}, concat('user ', toString(cityHash64(number) % 2000)), fromUnixTimestamp64Milli(${ORIGIN_MS} + toInt64(cityHash64(number, 1) % ${90 * DAY_MS})),
  'buy', toString(number), map('x', toFloat64(cityHash64(number, 2) % 100)), 1, number
FROM numbers(100000)`;
}
