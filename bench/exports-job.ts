import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { enginePaths } from '@muster/embedded-stores';
import { MusterClient } from '../packages/client/src/index.js';
import { userRow } from '../src/results/user-row.dto.js';
import { Engine } from '../src/stores/clickhouse/engine.js';
import { RunValuesStore } from '../src/stores/clickhouse/run-values-store.js';
import {
  enginePidOf,
  makeFolder,
  memoryOf,
  postNdjson,
  removeFolder,
  startProgram,
  type Program,
} from './running-program.js';

// The whole per-user values of MUSTER_BENCH_USERS users (default 1,000,000) in every format: seconds, bytes, and how
// far the memory of the program and of the engine rises above what they held before; beside it the same rows read in
// pages and written by JavaScript. Without a series, and with one of a point a month.

const USERS = Number(process.env['MUSTER_BENCH_USERS'] ?? 1_000_000);
const FORMATS = ['ndjson', 'csv', 'parquet', 'arrow'] as const;
const IDLE_MS = 3_000;
const PAGE = 5_000;

const QUESTION = {
  cohort: { all: true },
  metric: 'occurrence',
  params: { event: 'visit' },
  window: { kind: 'fixed', from: '2025-01-01', to: '2025-07-01' },
  as_of: '2025-07-01',
};
const folder = makeFolder();

try {
  const program = await startProgram(join(folder, 'data'));
  await seed(program);
  const plain = await asked(program, QUESTION);
  await sleep(IDLE_MS);
  for (const format of FORMATS) await measure(program, `${format}, no series`, () => drain(program, plain, format));
  await measure(program, 'NDJSON by JavaScript, no series', () => byJavaScript(program, plain));
  const series = await asked(program, { ...QUESTION, series: { interval: 'month', by: 'event_time' } });
  await sleep(IDLE_MS);
  for (const format of FORMATS) await measure(program, `${format}, 6 slices`, () => drain(program, series, format));
  await program.stop();
} finally {
  removeFolder(folder);
}
process.exit(0);

async function seed(program: Program): Promise<void> {
  const accepted = await postNdjson(program, '/events', Readable.from(lines()));
  if (accepted !== USERS) throw new Error(`accepted ${accepted}`);
}

function* lines(): Generator<Buffer> {
  for (let i = 0; i < USERS; i += 1000) {
    const batch = Array.from({ length: Math.min(1000, USERS - i) }, (_, k) => {
      const time = new Date(Date.UTC(2025, 0, 1) + ((i + k) % 180) * 86_400_000 + k).toISOString();
      return `{"user":"user-${i + k}","event":"visit","time":"${time}"}\n`;
    });
    yield Buffer.from(batch.join(''));
  }
}

async function asked({ url, apiKey }: Program, question: object): Promise<string> {
  const answer = await new MusterClient({ url, apiKey }).property('default').ask(question as typeof QUESTION);
  if (answer.status !== 'succeeded') throw new Error(`the request is ${answer.status}`);
  return answer.id;
}

/** Bytes of the whole download. */
async function drain(program: Program, id: string, format: string): Promise<number> {
  const response = await get(program, `/requests/${id}/users?format=${format}`);
  let bytes = 0;
  for await (const chunk of response.body ?? []) bytes += chunk.length;
  return bytes;
}

/** As a service would do it that reads pages and writes lines itself; its own memory is not among the figures. */
async function byJavaScript(program: Program, id: string): Promise<number> {
  const first = (await (await get(program, `/requests/${id}/users?limit=1`)).json()) as { next_cursor: string };
  const [runId, attempt] = JSON.parse(Buffer.from(first.next_cursor, 'base64url').toString()) as [string, string];
  const answer = (await (await get(program, `/requests/${id}`)).json()) as { columns: Parameters<typeof userRow>[0] };
  const { socketPath } = enginePaths(resolve(program.dataDir, 'engine'));
  const engine = new Engine(`unix:${socketPath}`, { timeLimitMs: 60_000, memoryLimitBytes: 1e9 });
  const store = new RunValuesStore(engine);
  let bytes = 0;
  let after: string | null = null;
  for (;;) {
    const rows = await store.page({ runId, attempt: Number(attempt) }, after, PAGE);
    const text = rows.map((row) => `${JSON.stringify(userRow(answer.columns, row))}\n`).join('');
    bytes += Buffer.byteLength(text);
    after = rows.at(-1)?.user ?? null;
    if (rows.length < PAGE) break;
  }
  await engine.close();
  return bytes;
}

async function get({ url, apiKey }: Program, path: string): Promise<Response> {
  const response = await fetch(`${url}/v1/properties/default${path}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response;
}

async function measure(program: Program, what: string, work: () => Promise<number>): Promise<void> {
  const pids = [program.process.pid ?? 0, enginePidOf(program)];
  const now = (): number[] => pids.map((pid) => memoryOf(pid).residentMb);
  const before = now();
  let highest = before;
  const timer = setInterval(() => (highest = now().map((mb, i) => Math.max(mb, highest[i] ?? 0))), 10);
  const start = performance.now();
  const bytes = await work();
  const seconds = Number(((performance.now() - start) / 1000).toFixed(2));
  clearInterval(timer);
  const above = (i: number): number => (highest[i] ?? 0) - (before[i] ?? 0);
  const figures = {
    seconds,
    mb: Math.round(bytes / 1e6),
    program_above_mb: above(0),
    engine_above_mb: above(1),
    before_mb: before,
  };
  console.log(`${what}: ${JSON.stringify(figures)}`);
  await sleep(IDLE_MS);
}
