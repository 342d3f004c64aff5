import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { spread } from './figures.js';
import { makeFolder, removeFolder, startProgram, type Program } from './running-program.js';

// The door of collecting beside POST events, with the same events, by turns in one run: 16 clients, each of whom waits
// for its answer, with 1 and 30 events a post. MUSTER_BENCH_SECONDS (default 3) for each turn, MUSTER_BENCH_TURNS
// (default 4) of each.

const SECONDS = Number(process.env['MUSTER_BENCH_SECONDS'] ?? 3);
const TURNS = Number(process.env['MUSTER_BENCH_TURNS'] ?? 4);
const CLIENTS = 16;
const QUANTILES = { p50_ms: 0.5, p99_ms: 0.99 };
const VISITORS = 50_000;
const START_MS = Date.now() - 3 * 86_400_000;
const ORIGIN = 'https://shop.example.org';
const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const CONTEXT = {
  library: 'tracker/0.1.0',
  screen: '1280x800',
  language: 'de-DE',
  entry: { url: `${ORIGIN}/?utm_source=news`, referrer: 'https://www.google.com/' },
};

/** Posts events in one way. */
interface Way {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  body(ns: readonly number[]): string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const folder = makeFolder();
let sent = 0;

try {
  const limits = ['NETWORK_REQUESTS', 'KEY_REQUESTS', 'ACCOUNT_REQUESTS'].map((name) => [
    `MUSTER_${name}_PER_SECOND`,
    '0',
  ]);
  const program = await startProgram(join(folder, 'data'), Object.fromEntries(limits) as Record<string, string>);
  const ways = { collect: collecting(await publicKey(program)), events: posting(program) };
  for (const way of Object.values(ways)) await measure(program, way, 1, 1);
  for (const events of [1, 30]) {
    const times = { collect: [] as number[], events: [] as number[] };
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [name, way] of Object.entries(ways))
        times[name as keyof typeof times].push(...(await measure(program, way, events, SECONDS)));
    }
    const perSecond = (all: readonly number[]): number => Math.round((all.length * events) / (SECONDS * TURNS));
    for (const [name, all] of Object.entries(times)) {
      console.log(
        `${name}, ${events} events a post: ${JSON.stringify({ events_per_s: perSecond(all), ...spread(all, QUANTILES) })}`,
      );
    }
    console.log(`ratio: ${(perSecond(times.collect) / perSecond(times.events)).toFixed(2)}`);
  }
  await program.stop();
} finally {
  agent.destroy();
  removeFolder(folder);
}
process.exit(0);

async function publicKey({ url, apiKey }: Program): Promise<string> {
  const response = await fetch(`${url}/v1/account/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'site', kind: 'public', property: 'default', origins: [ORIGIN] }),
  });
  return ((await response.json()) as { secret: string }).secret;
}

/** An event as a tracker sends it. */
function eventOf(n: number) {
  const visitor = `visitor-${(n * 7919) % VISITORS}`;
  const properties = {
    $url: `${ORIGIN}/p/${n % 100}`,
    $path: `/p/${n % 100}`,
    $title: `Page ${n % 100}`,
    $load_ms: n % 900,
  };
  return {
    event: '$page',
    time: new Date(START_MS + n).toISOString(),
    id: `event-${n}`,
    visitor,
    session: `${visitor}-1`,
    properties,
  };
}

function collecting(key: string): Way {
  return {
    path: '/v1/collect',
    headers: { 'content-type': 'text/plain', origin: ORIGIN, 'user-agent': AGENT },
    body: (ns) => JSON.stringify({ key, sent_at: new Date().toISOString(), context: CONTEXT, events: ns.map(eventOf) }),
  };
}

/** The same events as the door would store them. */
function posting({ apiKey }: Program): Way {
  const added = {
    $library: CONTEXT.library,
    $screen: CONTEXT.screen,
    $language: CONTEXT.language,
    $browser: 'Chrome',
    $browser_version: '131',
    $os: 'Windows',
    $device: 'desktop',
    $referrer_host: 'www.google.com',
    $source: 'news',
    $medium: 'organic',
  };
  return {
    path: '/v1/properties/default/events',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: (ns) =>
      JSON.stringify(
        ns.map(eventOf).map(({ visitor, session, properties, ...event }) => ({
          ...event,
          user: visitor,
          properties: { ...properties, ...added, $visitor: visitor, $session: session },
        })),
      ),
  };
}

/** How long each post took that was answered within the time, ms. */
async function measure(program: Program, way: Way, events: number, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const startMs = performance.now();
      await post(program, way, events);
      if (performance.now() < endMs) times.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return times;
}

function post({ url }: Program, { path, headers, body }: Way, events: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const verdict: { accepted?: number } = JSON.parse(text);
        if (verdict.accepted === events) resolve();
        else reject(new Error(text));
      });
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body(Array.from({ length: events }, () => sent++)));
  });
}
