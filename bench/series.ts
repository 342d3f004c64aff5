import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columnsOf } from '../src/core/metric/columns-of.js';
import type { AskedRequest } from '../src/core/request/asked-request.js';
import { planRequest } from '../src/core/request/plan-request.js';
import { planRun } from '../src/core/request/plan-run.js';
import { shapeResult } from '../src/core/request/shape-result.js';
import { startEngine } from '../src/stores/clickhouse/embedded/start-engine.js';
import { Engine } from '../src/stores/clickhouse/engine.js';
import { migrateEngine } from '../src/stores/clickhouse/migrate.js';
import { RunValuesStore } from '../src/stores/clickhouse/run-values-store.js';

/**
 * What a request with slices and groups costs beside the same request without: milliseconds of the engine's work as its caller waits for it, the best of `ROUNDS`.
 * The events are of one quarter of a year, of 50,000 users, made in the engine.
 */
const EVENTS = Number(process.env['MUSTER_BENCH_EVENTS'] ?? 3_000_000);
const ROUNDS = Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 5);
const USERS = 50_000;
const AS_OF_MS = Date.parse('2024-07-01T00:00:00Z');

const GENERATE = `INSERT INTO events (property, user_id, time, name, client_id, content_hash, text, number, flag, seq, position)
SELECT 1, concat('u', toString(cityHash64(number) % ${USERS})),
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 1) % (91 * 86400000)),
    ['open', 'view', 'buy'][1 + cityHash64(number, 2) % 3], toString(number), 0,
    map('country', ['DE', 'US', 'FR', 'IT', 'ES'][1 + cityHash64(number, 3) % 5]), map('dollars', (cityHash64(number, 4) % 10000) / 100), map(), 1, number % 1048576
FROM numbers(${EVENTS})`;

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

const CASES: Readonly<Record<string, AskedRequest>> = {
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

const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
const logger = { info: (): void => undefined, warn: (): void => undefined };
const embedded = await startEngine({ dataDir: folder, memoryBytes: 4_000_000_000, fsync: false, logger });
const engine = new Engine(embedded.url, { timeLimitMs: 300_000, memoryLimitBytes: 3_000_000_000 });
try {
  await migrateEngine(engine);
  await engine.execute({ sql: GENERATE, params: {} });
  await engine.execute({ sql: 'OPTIMIZE TABLE events FINAL', params: {} });
  for (const [name, asked] of Object.entries(CASES)) {
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await measure(`${name} ${round}`, asked));
    const best = times.toSorted((a, b) => a.total - b.total)[0];
    process.stdout.write(`${JSON.stringify({ name, ...best })}\n`);
  }
} finally {
  await engine.close();
  await embedded.stop();
  await rm(folder, { recursive: true, force: true });
}

async function measure(runId: string, asked: AskedRequest): Promise<Record<'total' | 'measure' | 'aggregate', number>> {
  const cohort = { kind: 'all', id: null, name: null, version: null } as const;
  const context = { timeZone: 'UTC', weekStart: 'monday', cohort };
  const begun = performance.now();
  const { canonical } = planRequest({ as_of: new Date(AS_OF_MS).toISOString(), ...asked }, context, Date.now());
  const plan = planRun(canonical, { propertyNumber: 1, dataVersion: 1, asOfMs: AS_OF_MS });
  const store = new RunValuesStore(engine);
  const target = { runId, attempt: 1 };
  await store.measure(plan, target);
  const measured = performance.now();
  const found = await store.aggregate(plan, target, columnsOf(canonical), canonical.aggregators);
  shapeResult(canonical, found, { asOfMs: AS_OF_MS, attempt: 1, timings: { queue_ms: 0, engine_ms: 0, rows_read: 0 } });
  const ended = performance.now();
  await store.deleteRun(runId);
  return {
    total: Math.round(ended - begun),
    measure: Math.round(measured - begun),
    aggregate: Math.round(ended - measured),
  };
}
