import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { MusterClient } from '../packages/client/src/index.js';
import { packageRoot } from '../src/platform/config/package-root.js';
import { spread } from './figures.js';
import { generateEvents } from './generate-events.js';
import { makeFolder, postNdjson, removeFolder, startProgram } from './running-program.js';

// One cold metric request for a saved cohort of 10 users, again and again: how long it takes whole and beside the
// engine's own time, how many statements PostgreSQL gets for it, and which. MUSTER_BENCH_EVENTS (default 1,000,000),
// MUSTER_BENCH_ROUNDS (default 30).

const EVENTS = Number(process.env['MUSTER_BENCH_EVENTS'] ?? 1_000_000);
const ROUNDS = Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 30);
const WARM_UP = 5;
const QUANTILES = { p50: 0.5, p90: 0.9 };

interface Statement {
  readonly at: number;
  readonly text: string;
}

const folder = makeFolder();
const trace = join(folder, 'statements');

try {
  const hook = pathToFileURL(join(packageRoot(), 'dist/bench/statement-trace.js')).href;
  const settings = { NODE_OPTIONS: `--import=${hook}`, BENCH_TRACE: trace };
  const program = await startProgram(join(folder, 'data'), settings);
  await postNdjson(program, '/events', Readable.from(generateEvents(EVENTS, 1)));
  const property = new MusterClient(program).property('default');
  const users = Array.from({ length: 10 }, (_, i) => `user-${String(i * 997).padStart(8, '0')}`);
  await property.createCohort({ name: 'ten', static: { users } });
  const whole: number[] = [];
  const beside: number[] = [];
  const counts: number[] = [];
  let last: Statement[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    await sleep(300);
    const offset = statSync(trace).size;
    const startMs = performance.now();
    const answer = await property.ask({
      cohort: 'ten',
      metric: 'value_sum',
      params: { event: 'purchase', value: 'dollars' },
      window: { kind: 'fixed', from: '2025-01-01', to: '2025-03-01' },
      as_of: new Date(Date.UTC(2025, 5, 1) + round * 1000).toISOString(),
    });
    const endMs = performance.now();
    if (round < WARM_UP) continue;
    whole.push(endMs - startMs);
    beside.push(endMs - startMs - (answer.timings?.engine_ms ?? 0));
    last = statementsFrom(offset, performance.timeOrigin + endMs);
    counts.push(last.length);
  }
  await program.stop();
  const figures = {
    whole_ms: spread(whole, QUANTILES),
    beside_engine_ms: spread(beside, QUANTILES),
    statements: spread(counts, QUANTILES),
  };
  console.log(`cold request of 10 users, ${EVENTS} events: ${JSON.stringify(figures)}`);
  const [first] = last;
  for (const { at, text } of last)
    console.log(`${(at - (first?.at ?? at)).toFixed(1).padStart(7)} ${text.slice(0, 160)}`);
} finally {
  removeFolder(folder);
}
process.exit(0);

/** Those that were sent after the trace had so many bytes, and until an instant. */
function statementsFrom(offset: number, untilMs: number): Statement[] {
  const lines = readFileSync(trace).subarray(offset).toString().split('\n').filter(Boolean);
  return lines.map((line): Statement => JSON.parse(line)).filter(({ at }) => at <= untilMs);
}
