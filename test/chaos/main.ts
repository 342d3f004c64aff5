import { parseArgs } from 'node:util';
import { broken } from './figures.js';
import { Fleet, type QueueKind } from './fleet.js';
import { SCENARIOS } from './scenarios/all.js';
import type { Scenario } from './scenarios/scenario.js';
import { markdownTable, type Row } from './table.js';

// The chaos table. npm run chaos -- [--only worker-kill,watchers] [--queue postgres,redis] [--rounds 10] [--requests 60] [--watchers 200]

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    queue: { type: 'string', default: 'postgres,redis' },
    rounds: { type: 'string', default: '10' },
    requests: { type: 'string' },
    watchers: { type: 'string' },
  },
});
const wanted = values.only?.split(',');
const rows: Row[] = [];
let isBroken = false;

function wantedOn(queue: QueueKind): Scenario[] {
  const here = SCENARIOS.filter((scenario) => scenario.queue === undefined || scenario.queue === queue);
  return here.filter(({ name }) => wanted?.includes(name) ?? true);
}

for (const queue of values.queue.split(',') as QueueKind[]) {
  for (const scenario of wantedOn(queue)) {
    const startMs = performance.now();
    const fleet = await Fleet.start({ name: scenario.name, queue, ...(scenario.env && { env: scenario.env }) });
    try {
      const requests = number(values.requests);
      const watchers = number(values.watchers);
      const size = { rounds: Number(values.rounds), ...(requests && { requests }), ...(watchers && { watchers }) };
      const { figures, findings } = await scenario.run(fleet, size);
      rows.push({ title: scenario.title, queue, figures });
      const seconds = Math.round((performance.now() - startMs) / 1000);
      const problems = broken(figures);
      isBroken ||= problems.length > 0;
      console.error(`${scenario.name} on ${queue}: ${problems.join('; ') || 'all kept'} (${seconds} s)`);
      for (const finding of findings.slice(0, 20)) console.error(`  ${finding}`);
    } finally {
      await fleet.stop();
    }
  }
}
console.log(markdownTable(rows));
process.exit(isBroken ? 1 : 0);
