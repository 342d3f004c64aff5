import { columnsOf } from '../src/core/metric/catalogue.js';
import type { RawRequest } from '../src/core/request/raw-request.js';
import { planRequest } from '../src/core/request/plan-request.js';
import { planRun } from '../src/core/request/plan-run.js';
import { shapeResult } from '../src/core/request/shape-result.js';
import type { Engine } from '../src/stores/clickhouse/engine.js';
import { readAggregateAnswers } from '../src/sql/read-aggregates.js';
import { RunEvaluator } from '../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../src/stores/clickhouse/run-values-store.js';
import { withEngineWorld } from './engine-world.js';

/**
 * What a request with slices and groups costs beside the same request without: milliseconds of the engine's work as its
 * caller waits for it, the best of `ROUNDS`. The events are of one quarter of a year and of 50,000 users.
 */
const EVENTS = Number(process.env['MUSTER_BENCH_EVENTS'] ?? 3_000_000);
const ROUNDS = Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 5);
const UNBOUNDED = { groups: () => undefined, bytes: () => undefined, rows: () => undefined };
const AS_OF_MS = Date.parse('2024-07-01T00:00:00Z');

const MONTH = { kind: 'fixed', from: '2024-02-01', to: '2024-03-02' };
const BORN = { kind: 'since_birth', length: 'P60D', births: { from: '2024-01-01', to: '2024-01-31' } };
const BIRTH = { kind: 'first_event', event: 'open' };
const ALL = [
  'mean',
  'median',
  'min',
  'max',
  'sum',
  'std',
  'variance',
  'p90',
  'p99',
  { histogram: { bins: 20 } },
  { weighted_rate: { weight: 'count' } },
];
const SUMS = { cohort: { all: true }, metric: 'value_sum', params: { value: 'dollars' } };

const CASES: Readonly<Record<string, RawRequest>> = {
  'one aggregate': { ...SUMS, window: MONTH, aggregators: ['mean'] },
  'all aggregates': { ...SUMS, window: MONTH, aggregators: ALL },
  '30 daily slices, all aggregates': { ...SUMS, window: MONTH, aggregators: ALL, series: { interval: 'day' } },
  '30 daily slices, one aggregate': { ...SUMS, window: MONTH, aggregators: ['mean'], series: { interval: 'day' } },
  'by country, all aggregates': { ...SUMS, window: MONTH, aggregators: ALL, breakdown: ['property:country'] },
  'since birth, one aggregate': { ...SUMS, window: BORN, birth: BIRTH, aggregators: ['mean'] },
  '30 births x 8 ages, one aggregate': {
    ...SUMS,
    window: BORN,
    birth: BIRTH,
    aggregators: ['mean'],
    series: { interval: 'day', age: 'P7D' },
  },
  'calendar, 1 birth month x 2 ages': {
    ...SUMS,
    window: { ...BORN, age: 'calendar', length: 'P2M' },
    birth: BIRTH,
    aggregators: ['mean'],
    series: { interval: 'month', age: 'P1M' },
  },
};

await withEngineWorld(EVENTS, async (engine) => {
  for (const [name, requested] of Object.entries(CASES)) {
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await measure(engine, `${name} ${round}`, requested));
    process.stdout.write(`${JSON.stringify({ name, ms: Math.min(...times) })}\n`);
  }
});

async function measure(engine: Engine, runId: string, requested: RawRequest): Promise<number> {
  const cohort = { kind: 'all', id: null, name: null, version: null } as const;
  const context = { timeZone: 'UTC', weekStart: 'monday', cohort };
  const begun = performance.now();
  const { canonical } = planRequest({ as_of: new Date(AS_OF_MS).toISOString(), ...requested }, context, Date.now());
  const plan = planRun(canonical, { propertyNumber: 1, dataVersion: 2, asOfMs: AS_OF_MS });
  const columns = columnsOf(canonical);
  const { aggregators } = canonical;
  const target = { runId, attempt: 1 };
  const evaluated = await new RunEvaluator(engine).evaluate(plan, target, { columns, aggregators, bounds: UNBOUNDED });
  const found = readAggregateAnswers(evaluated.answers, columns, aggregators);
  const facts = { asOfMs: AS_OF_MS, attempt: 1, timings: { queue_ms: 0, engine_ms: 0, rows_read: 0 } };
  shapeResult(canonical, { ...found, kept: evaluated.kept }, facts);
  const ended = performance.now();
  if (evaluated.rows === 'stored') await new RunValuesStore(engine).deleteRun(runId);
  return Math.round(ended - begun);
}
