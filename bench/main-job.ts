import { createReadStream, createWriteStream, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { startEngine } from '@muster/embedded-stores';
import { connect } from '../src/stores/clickhouse/connect.js';
import { createLogger } from '../src/platform/logging/logger.js';
import { MusterClient, type Answer } from '../packages/client/src/index.js';
import { spread, timed } from './figures.js';
import { generateEvents } from './generate-events.js';
import {
  enginePidOf,
  makeFolder,
  memoryOf,
  postNdjson,
  removeFolder,
  startProgram,
  type Program,
} from './running-program.js';

// The figures of the main job: start-up, ingestion beside the engine's own insert of the same bytes, cold and cached
// answers, memory. MUSTER_BENCH_EVENTS (default 1,000,000), MUSTER_BENCH_ROUNDS (default 3).

const EVENTS = Number(process.env['MUSTER_BENCH_EVENTS'] ?? 1_000_000);
const ROUNDS = Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 3);
const QUANTILES = { p50: 0.5, p90: 0.9 };
const folder = makeFolder();

const REQUEST = {
  cohort: { all: true },
  metric: 'value_sum',
  params: { event: 'purchase', value: 'dollars' },
  window: { kind: 'since_birth', length: 'P30D' },
  birth: { kind: 'first_event', event: 'open' },
  as_of: '2025-07-01',
};

try {
  const fresh = await startProgram(join(folder, 'data'));
  await fresh.stop();
  const used = await startProgram(join(folder, 'data'));
  report('start-up', { fresh_ms: Math.round(fresh.startMs), used_ms: Math.round(used.startMs) });
  await measureIngestion(used);
  await measureAnswers(used);
  await used.stop();
} finally {
  removeFolder(folder);
}
process.exit(0);

async function measureIngestion(program: Program): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++) {
    const file = join(folder, `events-${round}.ndjson`);
    await pipeline(Readable.from(generateEvents(EVENTS, round)), createWriteStream(file));
    const service = await timed(() => post(program, file));
    const engine = await insertByEngine(file);
    report(`ingestion, round ${round}`, {
      service_events_per_s: Math.round(EVENTS / (service / 1000)),
      engine_events_per_s: Math.round(EVENTS / (engine / 1000)),
      ratio: Number((engine / service).toFixed(2)),
      program: memoryOf(program.process.pid ?? 0),
      engine: memoryOf(enginePidOf(program)),
    });
  }
}

async function post(program: Program, file: string): Promise<void> {
  const accepted = await postNdjson(program, '/events', createReadStream(file, { highWaterMark: 1 << 20 }));
  if (accepted !== EVENTS) throw new Error(`accepted ${accepted}`);
}

/** The same bytes into a bare table of the same order, on a fresh engine: what the engine does by itself. */
async function insertByEngine(file: string): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-bench-engine-'));
  const engine = await startEngine({
    dataDir,
    memoryBytes: 1.5 * 2 ** 30,
    fsync: false,
    logger: createLogger('silent'),
  });
  const client = connect(engine.url);
  await client.command({
    query: `CREATE TABLE bare (id String, user String, event LowCardinality(String), time DateTime64(3, 'UTC'), properties Map(LowCardinality(String), String))
      ENGINE = MergeTree PARTITION BY toYear(time) ORDER BY (user, time, event, id)`,
  });
  const ms = await timed(async () => {
    const query = 'INSERT INTO bare (id, user, event, time, properties) FORMAT JSONEachRow';
    const clickhouse_settings = {
      date_time_input_format: 'best_effort',
      input_format_json_read_bools_as_strings: 1,
    } as const;
    const { stream } = await client.exec({
      query,
      values: createReadStream(file, { highWaterMark: 1 << 20 }),
      clickhouse_settings,
    });
    stream.resume();
  });
  await client.close();
  await engine.stop();
  removeFolder(dataDir);
  return ms;
}

async function measureAnswers({ url, apiKey }: Program): Promise<void> {
  const property = new MusterClient({ url, apiKey }).property('default');
  const cold: number[] = [];
  const overhead: number[] = [];
  const cached: number[] = [];
  let last: Answer | undefined;
  for (let round = 0; round < 10 * ROUNDS; round++) {
    const request = { ...REQUEST, window: { kind: 'since_birth', length: `P${30 + round}D` } };
    const ms = await timed(async () => (last = await property.ask(request)));
    cold.push(ms);
    overhead.push(ms - (last?.timings?.engine_ms ?? 0));
    cached.push(await timed(() => property.ask(request)));
  }
  report('answers', {
    cold_ms: spread(cold, QUANTILES),
    overhead_beside_engine_ms: spread(overhead, QUANTILES),
    cached_ms: spread(cached, QUANTILES),
    cohort_size: last?.cohort.size,
  });
}

function report(what: string, figures: object): void {
  console.log(`${what}: ${JSON.stringify(figures)}`);
}
