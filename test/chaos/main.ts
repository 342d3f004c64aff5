import { parseArgs } from 'node:util';
import type { Checked } from './check.js';
import { broken } from './figures.js';
import { Fleet, type QueueKind } from './fleet.js';
import { SCENARIOS } from './scenarios/all.js';
import { embeddedKill } from './scenarios/embedded-kill.js';
import type { Scenario, Size } from './scenarios/scenario.js';
import { markdownTable, type Row } from './table.js';

// The chaos table. npm run chaos -- [--only worker-kill,watchers] [--queue postgres,redis] [--rounds 10] [--requests
// 60] [--watchers 200]

const USUAL_ROUNDS = 5;
/** Rounds of those that take long, or of which the issue says how many. */
const ROUNDS: Readonly<Record<string, number>> = { watchers: 4, clock: 2, 'full-queue': 2, many: 1, embedded: 20 };
/** Of what was found wrong. */
const SHOWN = 20;

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    queue: { type: 'string', default: 'postgres,redis' },
    rounds: { type: 'string' },
    requests: { type: 'string' },
    watchers: { type: 'string' },
  },
});
const wanted = values.only?.split(',');
const rows: Row[] = [];
let isBroken = false;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

for (const queue of values.queue.split(',') as QueueKind[]) {
  for (const scenario of SCENARIOS.filter((one) => isWanted(one.name) && (one.queue ?? queue) === queue)) {
    await tried(scenario, queue, () => onFleet(scenario, queue));
  }
}
if (isWanted(embeddedKill.name)) {
  await tried(embeddedKill, 'embedded', () => embeddedKill.run(sizeOf(embeddedKill.name)));
}
console.log(markdownTable(rows));
process.exit(isBroken ? 1 : 0);

function isWanted(name: string): boolean {
  return wanted?.includes(name) ?? true;
}

function sizeOf(name: string): Size {
  const [requests, watchers] = [number(values.requests), number(values.watchers)];
  const rounds = number(values.rounds) ?? ROUNDS[name] ?? USUAL_ROUNDS;
  return { rounds, ...(requests && { requests }), ...(watchers && { watchers }) };
}

async function onFleet(scenario: Scenario, queue: QueueKind): Promise<Checked> {
  const fleet = await Fleet.start({ name: scenario.name, queue, ...(scenario.env && { env: scenario.env }) });
  try {
    return await scenario.run(fleet, sizeOf(scenario.name));
  } finally {
    await fleet.stop();
  }
}

async function tried({ name, title }: { name: string; title: string }, queue: string, run: () => Promise<Checked>) {
  const startMs = performance.now();
  const { figures, findings } = await run();
  rows.push({ title, queue, figures });
  const problems = broken(figures);
  isBroken ||= problems.length > 0;
  const seconds = Math.round((performance.now() - startMs) / 1000);
  console.error(`${name} on ${queue}: ${problems.join('; ') || 'all kept'} (${seconds} s)`);
  for (const finding of findings.slice(0, SHOWN)) console.error(`  ${finding}`);
  console.error(markdownTable(rows.slice(-1)).split('\n').at(-1));
}
