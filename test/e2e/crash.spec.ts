import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, MusterEvent, PropertyClient } from '../../packages/client/src/index.js';
import { type RunningMuster, runMuster } from '../support/running-muster.js';
import { until } from '../support/until.js';
import { callHttp } from '../support/call-http.js';

/** Rounds of `kill -9`; more by MUSTER_CRASH_ROUNDS. */
const ROUNDS = Number(process.env['MUSTER_CRASH_ROUNDS'] ?? 2);
const BATCH = 500;
const END_STATES = new Set(['succeeded', 'failed', 'cancelled']);
const COUNT = {
  cohort: { all: true },
  metric: 'event_count',
  window: { kind: 'fixed', from: '2025-01-01', to: '2026-01-01' },
};

describe('kill -9', () => {
  let dataDir: string;
  let muster: RunningMuster | undefined;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'muster-crash-'));
  });
  afterEach(async () => {
    await muster?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it(`during ingestion loses nothing acknowledged and counts nothing twice, ${ROUNDS} rounds`, async () => {
    let sent = 0;
    for (let round = 0; round < ROUNDS; round++) {
      muster = await runMuster({ dataDir });
      const { acknowledged } = await ingestUntilKilled(muster, sent, 300 + 400 * Math.random());
      muster = await runMuster({ dataDir });
      const property = muster.client.property('default');
      const before = await total(property);
      expect(before).toBeGreaterThanOrEqual(acknowledged);
      // The batch in flight may or may not be there; a plain resend has to make it whole, and nothing twice.
      await property.sendEvents(batch(acknowledged));
      sent = Math.max(acknowledged, before - (before % BATCH)) + BATCH;
      await property.sendEvents(batchesUpTo(sent));
      expect(await total(property)).toBe(sent);
      await muster.stop();
      muster = undefined;
    }
  });

  it(`during a job lets every accepted request reach one end state, ${ROUNDS} rounds`, async () => {
    muster = await runMuster({ dataDir });
    await muster.client.property('default').sendEvents(batchesUpTo(100 * BATCH));
    await muster.stop();
    for (let round = 0; round < ROUNDS; round++) {
      muster = await runMuster({ dataDir });
      const accepted = await acceptRequests(muster, round, 8);
      await sleep(60 * Math.random());
      await muster.kill();
      muster = await runMuster({ dataDir });
      const property = muster.client.property('default');
      for (const id of accepted) {
        const answer = await ended(property, id);
        expect(answer.status).toBe('succeeded');
        expect(answer.aggregates?.['count']?.n).toBe(answer.cohort.size);
      }
      await muster.stop();
      muster = undefined;
    }
  });
});

/** Sends batches one after another until the process is killed; tells how many events were acknowledged. */
async function ingestUntilKilled(
  muster: RunningMuster,
  from: number,
  afterMs: number,
): Promise<{ acknowledged: number }> {
  const property = muster.client.property('default');
  let acknowledged = from;
  const killed = sleep(afterMs).then(() => muster.kill());
  for (;;) {
    const sent = await property.sendEvents(batch(acknowledged)).catch(() => undefined);
    if (sent === undefined) break;
    acknowledged += BATCH;
  }
  await killed;
  return { acknowledged };
}

async function acceptRequests(muster: RunningMuster, round: number, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const response = await callHttp(muster.url, 'POST', '/v1/properties/default/requests', {
      headers: { authorization: `Bearer ${muster.adminKey}` },
      body: {
        ...COUNT,
        window: { ...COUNT.window, to: `2026-0${round + 1}-0${i + 1}` },
        as_of: '2026-10-01',
      },
    });
    expect(response.status).toBe(202);
    ids.push(response.json<Answer>().id);
  }
  return ids;
}

async function ended(property: PropertyClient, id: string): Promise<Answer> {
  let answer = await property.request(id);
  await until(async () => {
    answer = await property.request(id);
    return END_STATES.has(answer.status);
  }, 30_000);
  return answer;
}

async function total(property: PropertyClient): Promise<number> {
  const answer = await property.ask({ ...COUNT, aggregators: ['sum'] });
  return Number(answer.aggregates?.['count']?.['sum'] ?? 0);
}

function batchesUpTo(count: number): MusterEvent[] {
  return Array.from({ length: count }, (_, i) => eventOf(i));
}

function batch(from: number): MusterEvent[] {
  return Array.from({ length: BATCH }, (_, i) => eventOf(from + i));
}

function eventOf(i: number): MusterEvent {
  const time = new Date(Date.UTC(2025, 0, 1) + i * 60_000).toISOString();
  return { id: `event-${i}`, user: `user-${i % 97}`, event: 'click', time, properties: { n: i } };
}
