import { fork } from 'node:child_process';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { MusterClient, type MusterEvent } from '../packages/client/src/index.js';
import { generateEvents } from './generate-events.js';
import { makeFolder, removeFolder, startProgram, type Program } from './running-program.js';

// What the request manager adds: answers from the cache, beside a bare route of Nest on Fastify that returns the same
// bytes in the same run, and what a cold request takes beside the engine's own time. MUSTER_BENCH_SECONDS (default 5)
// for each figure.

const SECONDS = Number(process.env['MUSTER_BENCH_SECONDS'] ?? 5);
const CALLERS = 64;
const EVENTS = 20_000;
const COLD = 60;

const BODY = {
  cohort: { all: true },
  metric: 'event_count',
  window: { kind: 'fixed', from: '2025-01-01', to: '2025-07-01' },
  as_of: '2025-07-01',
};

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
const folder = makeFolder();

try {
  const program = await startProgram(join(folder, 'data'));
  const property = new MusterClient({ url: program.url, apiKey: program.apiKey }).property('default');
  await property.sendEvents(parsed(generateEvents(EVENTS, 1)));
  await measureCold(program);
  await property.ask(BODY);
  const target = targetOf(program, JSON.stringify(BODY));
  const bytes = await post(target);
  const bare = await startBare(bytes);
  await measure('cached, one caller', target, 1);
  await measure('bare route, one caller', bare.target, 1);
  const cached = await measure(`cached, ${CALLERS} callers`, target, CALLERS);
  const plain = await measure(`bare route, ${CALLERS} callers`, bare.target, CALLERS);
  console.log(`share of the bare route: ${(cached / plain).toFixed(2)}`);
  bare.stop();
  await program.stop();
} finally {
  agent.destroy();
  removeFolder(folder);
}
process.exit(0);

async function measureCold(program: Program): Promise<void> {
  const overhead: number[] = [];
  for (let i = 0; i < COLD; i++) {
    const body = JSON.stringify({ ...BODY, params: { event: `event ${i}` } });
    const start = performance.now();
    const text = await post({ ...targetOf(program, body), url: `${targetOf(program, body).url}?wait=30` });
    const answer = JSON.parse(text) as { timings: { engine_ms: number } };
    overhead.push(performance.now() - start - answer.timings.engine_ms);
  }
  report('cold, beside the engine, ms', overhead.slice(10));
}

async function measure(what: string, target: Target, callers: number): Promise<number> {
  const until = performance.now() + SECONDS * 1000;
  const times: number[] = [];
  const call = async (): Promise<void> => {
    while (performance.now() < until) {
      const start = performance.now();
      await post(target);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  report(`${what}, ms`, times);
  return times.length / SECONDS;
}

function report(what: string, times: number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (p: number): number => Number((sorted[Math.floor(p * (sorted.length - 1))] ?? 0).toFixed(2));
  const perSecond = Math.round((1000 * times.length) / times.reduce((sum, ms) => sum + ms, 0));
  console.log(
    `${what}: ${JSON.stringify({ p50: at(0.5), p90: at(0.9), p99: at(0.99), n: times.length, perCallerPerSecond: perSecond })}`,
  );
}

function targetOf({ url, apiKey }: Program, body: string): Target {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  return { url: `${url}/v1/properties/default/requests`, headers, body };
}

function post({ url, headers, body }: Target): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
      },
    );
    call.on('error', reject).end(body);
  });
}

interface Bare {
  readonly target: Target;
  stop(): void;
}

/** In a process of its own, as the program is: it must not share a core with who calls. */
async function startBare(answer: string): Promise<Bare> {
  const child = fork(join(import.meta.dirname, 'bare-route.js'), { stdio: 'inherit' });
  child.send(answer);
  const url = await new Promise<string>((resolve) => child.once('message', (reported) => resolve(String(reported))));
  const target = { url: `${url}/bare`, headers: { 'content-type': 'application/json' }, body: JSON.stringify(BODY) };
  return { target, stop: () => void child.kill() };
}

function* parsed(chunks: Iterable<Buffer>): Generator<MusterEvent> {
  for (const chunk of chunks) {
    for (const line of chunk.toString().split('\n')) if (line) yield JSON.parse(line) as MusterEvent;
  }
}
