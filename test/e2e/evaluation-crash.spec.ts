import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CohortDto } from '../../src/cohorts/cohort.dto.js';
import type { EvaluationDto } from '../../src/cohorts/cohort-evaluation.dto.js';
import type { MusterEvent } from '../../packages/client/src/index.js';
import { type RunningMuster, runMuster } from '../support/running-muster.js';
import { callHttp, type Method } from '../support/call-http.js';
import { until } from '../support/until.js';

const ROUNDS = Number(process.env['MUSTER_CRASH_ROUNDS'] ?? 2);
const BATCH = 10_000;

/** Holds of whoever has an event; takes the engine some 20 microseconds for each. */
function slowRule(): object {
  const values = Array.from({ length: 100 }, (_, i) => i);
  const and = Array.from({ length: 190 }, (_, i) => ({ property: 'n', in: [...values, 1000 + i] }));
  return { did: { event: 'click', where: { and } } };
}

describe('kill -9 in the middle of an evaluation', () => {
  let dataDir: string;
  let muster: RunningMuster | undefined;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'muster-crash-'));
  });
  afterEach(async () => {
    await muster?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const call = async <T>(method: Method, path: string, body?: object): Promise<T> => {
    if (muster === undefined) throw new Error('the program does not run');
    const headers = { authorization: `Bearer ${muster.adminKey}` };
    const response = await callHttp(muster.url, method, `/v1/properties/default${path}`, { headers, body });
    if (response.status >= 300) throw new Error(`${response.status}: ${response.text}`);
    return response.json<T>();
  };
  const members = async (): Promise<number> => {
    const { data } = await call<{ data: unknown[] }>('GET', '/cohorts/clickers/members?limit=1000');
    return data.length;
  };

  it(`leaves the last good one, and the next process makes the lost one, ${ROUNDS} rounds`, async () => {
    muster = await runMuster({ dataDir });
    await muster.client.property('default').sendEvents(batch(0));
    await call('POST', '/cohorts', { name: 'clickers', rule: slowRule() });
    let good = await call<EvaluationDto>('POST', '/cohorts/clickers/evaluations?wait=60');
    expect(good).toMatchObject({ status: 'succeeded', size: 100 });
    for (let round = 1; round <= ROUNDS; round++) {
      for (let part = 0; part < 3; part++) {
        await muster.client.property('default').sendEvents(batch(3 * round + part));
      }
      const lost = await call<EvaluationDto>('POST', '/cohorts/clickers/evaluations?wait=0');
      expect(['queued', 'running']).toContain(lost.status);
      await sleep(100 * Math.random());
      await muster.kill();

      muster = await runMuster({ dataDir });
      const shown = await call<CohortDto>('GET', '/cohorts/clickers');
      // The good one, until the lost one takes its place.
      if (shown.evaluation?.id === good.id)
        expect(shown).toMatchObject({ size: good.size, evaluation: { stale: true } });
      const resumed = async (): Promise<EvaluationDto> =>
        await call<EvaluationDto>('GET', `/cohorts/clickers/evaluations/${lost.id}`);
      await until(async () => (await resumed()).status === 'succeeded', 60_000);
      expect(await resumed()).toMatchObject({ status: 'succeeded', size: 100 + 300 * round, error: null });
      expect(await members()).toBe(100 + 300 * round);
      const history = await call<{ data: EvaluationDto[] }>('GET', '/cohorts/clickers/evaluations?limit=2');
      expect(history.data.map(({ id, status }) => [id, status])).toEqual([
        [lost.id, 'succeeded'],
        [good.id, 'succeeded'],
      ]);

      good = await call<EvaluationDto>('POST', '/cohorts/clickers/evaluations?wait=60');
      expect(good).toMatchObject({ status: 'succeeded', size: 100 + 300 * round, error: null });
      expect(await members()).toBe(good.size);
    }
  }, 180_000);
});

/** 100 users, other ones in each batch. */
function batch(number: number): MusterEvent[] {
  return Array.from({ length: BATCH }, (_, i) => ({
    id: `${number}-${i}`,
    user: `user-${number}-${i % 100}`,
    event: 'click',
    time: new Date(Date.UTC(2025, 0, 1) + i * 60_000).toISOString(),
    properties: { n: i % 100 },
  }));
}
