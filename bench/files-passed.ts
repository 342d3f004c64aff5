import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../src/platform/config/read-config.js';
import { packageRoot } from '../src/platform/config/package-root.js';
import { makeFolder, removeFolder } from './running-program.js';

// How many files and functions of src a metric request passes: those that run in this process between two snapshots of
// V8's precise coverage, without those that run while nothing is requested. `--list` names the files.

const SOURCES = `file://${join(packageRoot(), 'dist/src')}/`;
/** What runs before the controller, for every call of the API. */
const EDGE = /^(platform|accounts|bodies)\//;
const IDLE_ROUNDS = 4;

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

const folder = makeFolder();
const { startMuster } = await import('../src/start.js');
const muster = await startMuster(
  readConfig({ MUSTER_DATA_DIR: join(folder, 'data'), MUSTER_PORT: '0', MUSTER_LOG_LEVEL: 'error' }),
);
const headers = {
  authorization: `Bearer ${readFileSync(join(folder, 'data/admin-key'), 'utf8').trim()}`,
  'content-type': 'application/json',
};

try {
  await post('/events', [{ event: 'purchase', user: 'ann', time: '2025-02-01T00:00:00Z' }]);
  await post('/requests?wait=30', countOf('warm-up'));
  await post('/requests', countOf('warm-up'));
  const idle = await whileIdle();
  await report('a request that is computed', idle, () => post('/requests?wait=30', countOf('purchase')));
  await report('the same request again, cached', idle, () => post('/requests', countOf('purchase')));
  await report('the same body once more', idle, () => post('/requests', countOf('purchase')));
} finally {
  await muster.stop();
  removeFolder(folder);
}
process.exit(0);

function countOf(event: string): object {
  const window = { kind: 'fixed', from: '2025-01-01', to: '2025-07-01' };
  return { cohort: { all: true }, metric: 'event_count', params: { event }, window, as_of: '2025-07-01' };
}

async function post(path: string, body: object): Promise<void> {
  const url = `${muster.url}/v1/properties/default${path}`;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

/** Files that have run since the last snapshot, each with the number of its functions that have. */
async function snapshot(): Promise<ReadonlyMap<string, number>> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const files = new Map<string, number>();
  for (const { url, functions } of result) {
    const ran = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0).length;
    if (url.startsWith(SOURCES) && ran > 0) files.set(url.slice(SOURCES.length), ran);
  }
  return files;
}

async function whileIdle(): Promise<ReadonlySet<string>> {
  const files = new Set<string>();
  for (let round = 0; round < IDLE_ROUNDS; round += 1) {
    await snapshot();
    await sleep(1000);
    for (const file of (await snapshot()).keys()) files.add(file);
  }
  return files;
}

async function report(what: string, idle: ReadonlySet<string>, work: () => Promise<void>): Promise<void> {
  await snapshot();
  await work();
  const passed = [...(await snapshot())].filter(([file]) => !idle.has(file));
  const behind = passed.filter(([file]) => !EDGE.test(file));
  const count = (files: typeof passed): string =>
    `${files.length} files, ${files.reduce((sum, [, functions]) => sum + functions, 0)} functions`;
  console.log(`${what}: ${count(passed)}; from the controller on ${count(behind)}`);
  if (process.argv.includes('--list')) for (const [file, functions] of passed) console.log(`  ${file} ${functions}`);
}
