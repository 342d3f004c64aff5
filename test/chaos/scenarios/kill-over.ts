import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import type { Fleet } from '../fleet.js';
import type { MusterProcess } from '../muster-process.js';
import type { Orphaned } from '../audit.js';

const CAUGHT_WITHIN_MS = 60_000;
/** What the dead had sent may still be carried out. */
const SETTLE_MS = 200;

/** Kills a worker that has something under way, a moment after it was seen at it. */
export async function killOver(fleet: Fleet, worker: MusterProcess): Promise<Orphaned> {
  const { audit } = fleet;
  await until(async () => (await audit.runningOf(worker.name)).length > 0, CAUGHT_WITHIN_MS, 30);
  await sleep(300 * Math.random());
  const atMs = await audit.nowMs();
  await fleet.killWorker(worker);
  await sleep(SETTLE_MS);
  return await audit.orphanedBy(worker.name, atMs);
}
