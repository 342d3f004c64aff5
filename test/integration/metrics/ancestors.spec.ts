import { metric as builtIn } from '../../../src/core/metric/catalogue.js';
import type { RawRequest } from '../../../src/core/request/raw-request.js';
import type { RunResult } from '../../../src/core/request/run-result.js';
import { shapeResult } from '../../../src/core/request/shape-result.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { aggregatesOf } from '../../support/aggregates-of.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { planned } from '../../support/golden-cases.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import type { SentEvent, UserChange } from '../../support/oracle/world.js';

const BIRTH_MS = Date.parse('2024-01-01T00:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long after birth each user edits. */
const EDITS: Readonly<Record<string, readonly number[]>> = {
  minutes: [0, 3 * MINUTE_MS],
  hours: [0, 26 * HOUR_MS],
  days: [0, 10 * DAY_MS],
  once: [0],
  idle: [],
};
const AS_OF_MS = BIRTH_MS + 30 * DAY_MS;

describe('the known defects of earlier systems', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let evaluator: RunEvaluator;
  let runs = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
    evaluator = new RunEvaluator(test.engine);
    const events = Object.entries(EDITS).flatMap(([user, times]) => times.map((ms) => edit(user, BIRTH_MS + ms)));
    const changes = [
      ...Object.keys(EDITS).map((user) => registered(user, BIRTH_MS)),
      registered('new', AS_OF_MS - HOUR_MS),
    ];
    await writeWorld(test.engine, 1, 'unused', {
      events: events.map((event, position) => Object.assign(event, { position })),
      changes: changes.map((change, position) => Object.assign(change, { position })),
      members: [],
    });
  });

  afterAll(() => test.stop());

  it.each([
    ['PT1M', [3, 1_560, 14_400]],
    ['PT1S', [180, 93_600, 864_000]],
    ['P1D', [3 / 1_440, 26 / 24, 10]],
  ])('a time in %s is right for 3 minutes, 26 hours and 10 days, and never negative', async (unit, expected) => {
    const params = { event: 'edit', first: 1, threshold: 2, unit };
    const { values } = await ask({
      metric: 'time_to_threshold',
      params,
      window: { kind: 'since_birth', length: 'P20D' },
    });
    expect([values['minutes'], values['hours'], values['days']]).toEqual(expected);
  });

  it('what never happened enters no mean, no extreme and no count, and is counted by its reason', async () => {
    const params = { event: 'edit', first: 1, threshold: 2, unit: 'PT1M' };
    const { aggregates } = await ask({
      metric: 'time_to_threshold',
      params,
      window: { kind: 'since_birth', length: 'P20D' },
    });
    expect(aggregates['duration']).toMatchObject({
      mean: (3 + 1_560 + 14_400) / 3,
      median: 1_560,
      min: 3,
      max: 14_400,
      n: 3,
    });
    expect(aggregates['duration']?.undefined).toEqual({ never: 2, censored: 1 });
  });

  it('an account too young to judge has not failed', async () => {
    const { aggregates } = await ask({ metric: 'threshold', params: { event: 'edit', t: 'P1D' } });
    expect(aggregates['reached']).toMatchObject({
      n: 5,
      undefined: { censored: 1 },
      proportion: { positives: 4, value: 0.8 },
    });
    expect(aggregates['censored']).toMatchObject({ n: 6, proportion: { positives: 1 } });
  });

  it('the mean of nothing is null, and so is the deviation of one value', async () => {
    const nobody = {
      metric: 'time_to_threshold',
      params: { event: 'no such' },
      window: { kind: 'since_birth', length: 'P20D' },
    };
    const none = await ask({ ...nobody, aggregators: ['mean', 'std', 'sum'] });
    expect(none.aggregates['duration']).toMatchObject({
      n: 0,
      mean: null,
      std: null,
      sum: null,
      undefined: { never: 5, censored: 1 },
    });
    const one = await ask({
      ...nobody,
      cohort: { user: 'days' },
      params: { event: 'edit', threshold: 2 },
      aggregators: ['std'],
    });
    expect(one.aggregates['duration']).toMatchObject({ n: 1, std: null });
  });

  it('a rate by the day is a rate by the day, and one of nothing is 0', async () => {
    const params = { event: 'edit', unit: 'P1D' };
    const { values, aggregates } = await ask({
      metric: 'event_rate',
      params,
      window: { kind: 'since_birth', length: 'P4D' },
    });
    expect([values['minutes'], values['once'], values['idle']]).toEqual([2, 1, 0]);
    expect(aggregates['rate']).toMatchObject({ max: 0.5, n: 5, undefined: { censored: 1 } });
    expect(aggregates['period']).toMatchObject({ min: 4, max: 4 });
  });

  it('instants have a first, a last and a middle, in RFC 3339', async () => {
    const window = { kind: 'since_birth', length: 'P20D' };
    const aggregators = ['min', 'max', 'median', 'proportion'];
    const { aggregates } = await ask({ metric: 'occurrence', params: { event: 'edit' }, window, aggregators });
    expect(aggregates['last']).toEqual({
      min: '2024-01-01T00:00:00.000Z',
      max: '2024-01-11T00:00:00.000Z',
      median: '2024-01-01T13:01:30.000Z',
      n: 4,
      n_undefined: 2,
      undefined: { never: 1, censored: 1 },
    });
    expect(aggregates['occurred']).toMatchObject({ n: 5, proportion: { positives: 4 } });
  });

  /** The aggregates, and of each user the first value. */
  async function ask(
    requested: RawRequest,
  ): Promise<Pick<RunResult, 'aggregates'> & { values: Record<string, number> }> {
    const body = { cohort: { all: true }, as_of: new Date(AS_OF_MS).toISOString(), ...requested };
    const { plan, columns, canonical, members } = planned(body, 1);
    if (members && plan.cohort.kind === 'members') {
      await writeWorld(test.engine, 1, plan.cohort.setHash, { events: [], changes: [], members });
    }
    const target = { runId: `run_${(runs += 1)}`, attempt: 1 };
    await evaluator.measure(plan, target);
    const rows = await store.page(target, null, 100);
    const { row } = await aggregatesOf(evaluator, plan, target, columns, canonical.aggregators);
    expect(columns.map(({ name }) => name)).toEqual(builtIn(canonical.metric).columns.map(({ name }) => name));
    const timings = { queue_ms: 0, engine_ms: 0, rows_read: 0 };
    const { aggregates } = shapeResult(
      canonical,
      { row, parts: [], kept: null },
      { asOfMs: AS_OF_MS, attempt: 1, timings },
    );
    return { aggregates, values: Object.fromEntries(rows.map(({ user, numbers }) => [user, numbers[0] ?? 0])) };
  }
});

function edit(user: string, timeMs: number): Omit<SentEvent, 'position'> {
  return { user, name: 'edit', timeMs, clientId: '', contentHash: 0, properties: {}, seq: 1 };
}

function registered(user: string, registeredMs: number): Omit<UserChange, 'position'> {
  return { user, registeredMs, seq: 1 };
}
