import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { spread } from './figures.js';
import { makeFolder, removeFolder, startProgram, type Program } from './running-program.js';

// What a tracker sends: posts of one event and of a hundred, by one client and by sixteen, each of whom waits for its
// answer. MUSTER_BENCH_SECONDS (default 5) for each figure.

const SECONDS = Number(process.env['MUSTER_BENCH_SECONDS'] ?? 5);
const NAMES = ['open', 'view', 'search', 'add_to_cart', 'purchase'];
const USERS = 50_000;
const START_MS = Date.UTC(2025, 0, 1);

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const folder = makeFolder();
let sent = 0;

try {
  const program = await startProgram(join(folder, 'data'));
  await measure(program, 16, 1, 1);
  for (const [clients, events] of [
    [1, 1],
    [16, 1],
    [1, 100],
    [16, 100],
  ] as const) {
    const times = await measure(program, clients, events, SECONDS);
    const posts = times.length / SECONDS;
    const figures = {
      posts_per_s: Math.round(posts),
      events_per_s: Math.round(posts * events),
      ...spread(times, { p50_ms: 0.5, p99_ms: 0.99, longest_ms: 1 }),
    };
    console.log(`${clients} clients, ${events} events a post: ${JSON.stringify(figures)}`);
  }
  await program.stop();
} finally {
  agent.destroy();
  removeFolder(folder);
}
process.exit(0);

/** How long each post took that was answered within the time, ms. */
async function measure(program: Program, clients: number, events: number, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const startMs = performance.now();
      await post(program, JSON.stringify(Array.from({ length: events }, nextEvent)), events);
      if (performance.now() < endMs) times.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return times;
}

function nextEvent(): object {
  const n = sent++;
  return {
    id: `event-${n}`,
    user: `user-${(n * 7919) % USERS}`,
    event: NAMES[n % NAMES.length],
    time: new Date(START_MS + n * 1000).toISOString(),
    properties: { country: 'DE', dollars: (n % 1000) / 4, signed_in: n % 3 > 0 },
  };
}

function post({ url, apiKey }: Program, body: string, events: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const call = request(`${url}/v1/properties/default/events`, { method: 'POST', agent, headers }, (response) => {
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
    call.end(body);
  });
}
