import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { makeFolder, removeFolder, startProgram } from './running-program.js';

// What a program costs that nobody uses: processor of all its processes, as a share of one core, and how often each
// wakes up. MUSTER_BENCH_SECONDS (default 60), after as long as a start takes to settle.

const SECONDS = Number(process.env['MUSTER_BENCH_SECONDS'] ?? 60);
const SETTLED_AFTER_MS = 20_000;

interface Used {
  readonly name: string;
  readonly ms: number;
  readonly wakes: number;
}

const folder = makeFolder();
try {
  const program = await startProgram(join(folder, 'data'));
  await sleep(SETTLED_AFTER_MS);
  const before = processesOf(program.process.pid ?? 0);
  await sleep(SECONDS * 1000);
  let total = 0;
  for (const [pid, { name, ms, wakes }] of processesOf(program.process.pid ?? 0)) {
    const from = before.get(pid) ?? { ms: 0, wakes: 0 };
    const share = (ms - from.ms) / SECONDS / 10;
    total += share;
    if (share >= 0.01)
      console.log(`${share.toFixed(2)} % ${Math.round((wakes - from.wakes) / SECONDS)} wakes/s ${name}`);
  }
  console.log(`${total.toFixed(2)} % of a core in all, load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}`);
  await program.stop();
} finally {
  removeFolder(folder);
}
process.exit(0);

/** A process and all that descend from it, by id. */
function processesOf(root: number): Map<number, Used> {
  const used = new Map<number, Used>();
  const parents = new Map<number, number>();
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    const parent = parentOf(pid);
    if (parent !== null) parents.set(pid, parent);
  }
  const isOurs = (pid: number | undefined): boolean => pid === root || (pid !== undefined && isOurs(parents.get(pid)));
  for (const pid of parents.keys()) if (isOurs(pid)) used.set(pid, usedBy(pid));
  return used;
}

function parentOf(pid: number): number | null {
  try {
    return Number(/\nPPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return null;
  }
}

/** Of all threads, by the scheduler's own count. */
function usedBy(pid: number): Used {
  const used = { ms: 0, wakes: 0 };
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      used.ms += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
      used.wakes += Number(/\nvoluntary_ctxt_switches:\s+(\d+)/.exec(status)?.[1] ?? 0);
    }
    return { name: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 80), ...used };
  } catch {
    return { name: 'ended', ...used };
  }
}
