import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { enginePaths } from '@muster/embedded-stores';
import { Engine } from '../src/stores/clickhouse/engine.js';
import { enginePidOf, makeFolder, memoryOf, removeFolder, startProgram, type Program } from './running-program.js';

// A rule cohort of --users users (default 10,000,000) in the whole program with its default settings: previewed,
// evaluated, compared with another version, listed, and used as the cohort of a request. Seconds, and how far the
// memory of the program and of the engine rises above what they held before.

const { values } = parseArgs({ options: { users: { type: 'string', default: '10000000' } } });
const USERS = Number(values.users);
const IDLE_MS = 3_000;
const POLL_MS = 200;

interface State {
  readonly id: string;
  readonly status: string;
  readonly error: unknown;
}

const visited = (from: string): object => ({ did: { event: 'visit', within: { from, to: '2025-07-01' } } });
const folder = makeFolder();

const program = await startProgram(join(folder, 'data'));

try {
  await seed(program);
  await call(program, 'POST', '/cohorts', { name: 'visitors', rule: visited('2025-01-01') });
  await measure(program, 'preview', () => call(program, 'POST', '/cohorts/preview', { set: 'visitors' }).catch(told));
  await measure(program, 'evaluation', () => evaluated(program));
  await measure(program, 'list of its own', () => frozen(program));
  await measure(program, 'request', () => asked(program));
  await call(program, 'PUT', '/cohorts/visitors', { name: 'visitors', rule: visited('2025-04-01') });
  await measure(program, 'evaluation of another version', () => evaluated(program));
  await measure(program, 'difference of both', () => call(program, 'GET', '/cohorts/visitors/difference?limit=1000'));
  await measure(program, 'page of members', () => call(program, 'GET', '/cohorts/visitors/members?limit=1000'));
} finally {
  await program.stop();
  removeFolder(folder);
}
process.exit(0);

/** One event by the interface, so that there is a sequence; the rest beside it, as it is not what is measured. */
async function seed(program: Program): Promise<void> {
  const first = { id: '0', user: 'user-0', event: 'visit', time: '2025-01-01T00:00:00Z' };
  await call(program, 'POST', '/events', [first]);
  const { socketPath } = enginePaths(resolve(program.dataDir, 'engine'));
  const engine = new Engine(`unix:${socketPath}`, { timeLimitMs: 600_000, memoryLimitBytes: 1e9 });
  const sql = `INSERT INTO events (property, user_id, time, name, client_id, content_hash, seq, position)
SELECT 1, concat('user-', toString(number)), toDateTime64('2025-01-01', 3, 'UTC') + toIntervalMillisecond(cityHash64(number) % 15552000000),
  'visit', toString(number), 0, 1, number % 1048576
FROM numbers(1, {users:UInt64})`;
  await engine.execute({ sql, params: { users: USERS - 1 } });
  await engine.close();
}

async function evaluated(program: Program): Promise<unknown> {
  const { id } = await call<State>(program, 'POST', '/cohorts/visitors/evaluations?wait=0');
  return await end(program, `/cohorts/visitors/evaluations/${id}`);
}

/** Keeps whom the last evaluation has found as a static cohort. */
async function frozen(program: Program): Promise<unknown> {
  const { data } = await call<{ data: State[] }>(program, 'GET', '/cohorts/visitors/evaluations?limit=1');
  const content = { static: { evaluation: data[0]?.id } };
  const { size, hash } = await call(program, 'POST', '/cohorts', { name: 'as they were', ...content });
  return { size, hash };
}

async function asked(program: Program): Promise<unknown> {
  const window = { kind: 'fixed', from: '2025-01-01', to: '2025-07-01' };
  const question = { cohort: 'visitors', metric: 'event_count', window, aggregators: ['sum'], as_of: '2025-07-01' };
  const { id } = await call<State>(program, 'POST', '/requests', question);
  const { cohort, aggregates, timings } = await end(program, `/requests/${id}`);
  return { cohort, aggregates, timings };
}

async function end(program: Program, path: string): Promise<Record<string, unknown>> {
  for (;;) {
    const state = await call<State & Record<string, unknown>>(program, 'GET', path);
    if (state.status === 'failed') throw new Error(JSON.stringify(state.error));
    if (state.status === 'succeeded') return state;
    await sleep(POLL_MS);
  }
}

async function call<T = Record<string, unknown>>(
  { url, apiKey }: Program,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const json = body && { 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/properties/default${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, ...json },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** A preview may run into its limit of time, which is an answer too. */
function told(error: Error): unknown {
  return { refused: error.message };
}

async function measure(program: Program, what: string, work: () => Promise<unknown>): Promise<void> {
  const pids = [program.process.pid ?? 0, enginePidOf(program)];
  const now = (): number[] => pids.map((pid) => memoryOf(pid).residentMb);
  const before = now();
  let highest = before;
  const timer = setInterval(() => (highest = now().map((mb, i) => Math.max(mb, highest[i] ?? 0))), 10);
  const start = performance.now();
  const found = await work().finally(() => clearInterval(timer));
  const seconds = Number(((performance.now() - start) / 1000).toFixed(2));
  const above = (i: number): number => (highest[i] ?? 0) - (before[i] ?? 0);
  const figures = { seconds, program_above_mb: above(0), engine_above_mb: above(1), before_mb: before };
  console.log(`${what}: ${JSON.stringify(figures)} ${JSON.stringify(found).slice(0, 400)}`);
  await sleep(IDLE_MS);
}
