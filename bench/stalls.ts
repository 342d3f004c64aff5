import { setTimeout as sleep } from 'node:timers/promises';
import { removeFolder, startProgram, type Program } from './running-program.js';

/**
 * The longest time for which each route holds the event loop, called at its limits: while it is called, `/livez` is
 * asked every 5 ms by this process, and the longest answer less the usual one is the stall. Prints a table for
 * docs/reliability.md. The stores and this process share the machine: what they take is in the times too.
 */
const EVERY_MS = 5;
const USERS = 100_000;

const program = await startProgram();
const property = `${program.url}/v1/properties/default`;
const PERCENTILES = Array.from({ length: 99 }, (_, i) => `p${i + 1}`);
const WINDOW = { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' };
const SUM = { cohort: { all: true }, metric: 'value_sum', params: { value: 'x' }, window: WINDOW };
/** Just below the limit of values: 1,941 slices of 515 values. */
const LARGE = { ...SUM, aggregators: PERCENTILES, series: { interval: 'PT4H32M' } };
/** 9,861 slices. */
const LONG = {
  ...SUM,
  metric: 'event_count',
  params: {},
  window: { ...WINDOW, from: '1997-01-01', to: '2024-01-01' },
  series: { interval: 'day' },
  time_zone: 'America/New_York',
};
const users = Array.from({ length: USERS }, (_, i) => `u${(i * 7919) % USERS}`);

interface Reply {
  readonly status: number;
  readonly text: string;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`${property}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${program.apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
  if (/"status":"failed"/.test(text.slice(0, 500))) throw new Error(`${path}: ${text.slice(-500)}`);
  return { status: response.status, text };
}

/** Milliseconds: the longest answer of `/livez` while `work` is done. */
async function longest(of: Program, work: () => Promise<unknown>): Promise<number> {
  const done = new AbortController();
  const watched = watch(of, done.signal);
  try {
    await work();
  } finally {
    done.abort();
  }
  return await watched;
}

async function watch(of: Program, done: AbortSignal): Promise<number> {
  let worst = 0;
  while (!done.aborted) {
    const begun = performance.now();
    await (await fetch(`${of.url}/livez`)).arrayBuffer();
    worst = Math.max(worst, performance.now() - begun);
    await sleep(EVERY_MS);
  }
  return worst;
}

const events = Array.from({ length: 1000 }, (_, i) => ({
  user: `u${i % 50}`,
  event: 'visit',
  time: new Date(Date.UTC(2020, 0, 1) + i * 31_000_000).toISOString(),
  properties: { x: i / 7, plan: `p${i % 900}` },
}));
await call('POST', '/events', events);

const idOf = ({ text }: Reply): string => /req_[0-9a-z]+/.exec(text)?.[0] ?? '';
let large = '';
let long = '';
const ROUTES: readonly (readonly [name: string, work: () => Promise<unknown>])[] = [
  ['nothing', () => sleep(3000)],
  [
    'POST /requests, a run of 1,000,000 values',
    async () => (large = idOf(await call('POST', '/requests?wait=60', LARGE))),
  ],
  ['POST /requests, a run of 9,861 slices', async () => (long = idOf(await call('POST', '/requests?wait=60', LONG)))],
  ['POST /requests, the large answer from what is stored', () => call('POST', '/requests', LARGE)],
  [
    'the same with an Idempotency-Key, twice',
    async () => {
      for (const _ of [1, 2]) await call('POST', '/requests', LARGE, { 'idempotency-key': 'stalls' });
    },
  ],
  ['POST /requests/canonical, 27 years by the day', () => call('POST', '/requests/canonical', LONG)],
  ['GET /requests/{id}, large', () => call('GET', `/requests/${large}`)],
  ['GET /requests/{id}, 9,861 slices', () => call('GET', `/requests/${long}`)],
  ['GET /requests/{id}/events, large', () => call('GET', `/requests/${large}/events`)],
  ['GET /requests/{id}/series, JSON', () => call('GET', `/requests/${large}/series`)],
  ['GET /requests/{id}/series, NDJSON', () => call('GET', `/requests/${large}/series?format=ndjson`)],
  ['GET /requests/{id}/series, CSV', () => call('GET', `/requests/${large}/series?format=csv`)],
  ['GET /requests/{id}/series, Parquet', () => call('GET', `/requests/${large}/series?format=parquet`)],
  ['GET /requests/{id}/users?limit=10000', () => call('GET', `/requests/${large}/users?limit=10000`)],
  [
    '30 requests of the large answer, then GET /requests',
    async () => {
      for (let i = 0; i < 30; i += 1) await call('POST', '/requests', { ...LARGE, cache: 'stale_ok' });
      await call('GET', '/requests?limit=1000');
    },
  ],
  ['GET /requests?include=answers', () => call('GET', '/requests?limit=1000&include=answers')],
  ['POST /requests, an inline list of 100,000', () => call('POST', '/requests?wait=30', { ...SUM, cohort: { users } })],
  ['POST /cohorts, a list of 100,000', () => call('POST', '/cohorts', { name: 'many', static: { users } })],
  ['GET /cohorts/many/members?limit=1000', () => call('GET', '/cohorts/many/members?limit=1000')],
  ['GET /cohorts', () => call('GET', '/cohorts?limit=1000')],
  ['GET /metrics', () => call('GET', '/metrics?limit=1000')],
  ['GET /cohort-uploads', () => call('GET', '/cohort-uploads?limit=1000')],
];

process.stdout.write('| Route at its limit | longest `/livez` |\n| --- | ---: |\n');
for (const [name, work] of ROUTES) {
  const ms = await longest(program, work);
  process.stdout.write(`| ${name} | ${Math.round(ms)} ms |\n`);
}
const bytes = (await call('GET', `/requests/${large}`)).text.length;
process.stdout.write(`\nThe large answer has ${bytes} bytes.\n`);
await program.stop();
removeFolder(program.dataDir);
