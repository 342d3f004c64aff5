import { request } from 'node:http';
import type { EvaluationDto } from '../../../src/cohorts/cohort-evaluation.dto.js';
import type { CohortPreviewDto } from '../../../src/cohorts/cohort.dto.js';
import type { Config } from '../../../src/platform/config/config.js';
import { ask, errorOf, reaches, slowCountOf } from '../../support/requests.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';

const QUICK = { rule: { did: { event: 'visit', at_least: 900 } } };

/** Takes the engine many seconds, of which it can be stopped between blocks of about half a second. */
function slow(): object {
  const values = Array.from({ length: 100 }, (_, i) => i);
  const and = Array.from({ length: 12 }, (_, i) => ({ property: 'weight', in: [...values, 1000 + i] }));
  return { rule: { did: { event: 'visit', where: { and } } } };
}

describe('of cohorts that take long', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    const first = await startTestApp(stores);
    await seedEvents(first, { events: 800_000, users: 1000, from: '2020-01-01', days: 300 });
    await first.stop();
  });

  afterEach(() => app?.stop());
  afterAll(() => stores?.stop());

  const start = async (settings: Partial<Config> = {}): Promise<void> => {
    app = await startTestApp(stores, settings);
  };

  const running = async (kind = 'preview'): Promise<number> => {
    const sql = `SELECT count() AS n FROM system.processes WHERE position(Settings['log_comment'], {comment:String}) > 0`;
    const params = { comment: `muster:${kind}:` };
    const { rows } = await stores.engine.engine.rows<{ n: number }>({ sql, params });
    return rows[0]?.n ?? 0;
  };

  it('a preview does not wait for bulk runs that have all workers', async () => {
    await start();
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1) ids.push((await ask(app, { ...slowCountOf(`bulk ${i}`), priority: 'bulk' })).id);
    await reaches(app, ids[0]!, 'running');
    await reaches(app, ids[1]!, 'running');
    const response = await app.call('POST', '/cohorts/preview', QUICK);
    const states = await Promise.all(
      ids.map(async (id) => (await app.call('GET', `/requests/${id}`)).json<{ status: string }>().status),
    );
    expect([response.status, response.json<CohortPreviewDto>().size]).toEqual([200, 0]);
    expect(states).toEqual(['running', 'running', 'queued', 'queued', 'queued', 'queued']);
    await Promise.all(ids.map((id) => app.call('DELETE', `/requests/${id}`)));
  });

  it('a preview is stopped in the engine when its caller hangs up', async () => {
    await start();
    const headers = { authorization: `Bearer ${app.adminKey}`, 'content-type': 'application/json' };
    const url = `${app.url}/v1/properties/default/cohorts/preview`;
    const call = request(url, { method: 'POST', headers }).on('error', () => undefined);
    call.end(JSON.stringify(slow()));
    await until(async () => (await running()) === 1);
    call.destroy();
    await until(async () => (await running()) === 0, 2_000);
    expect((await app.call('POST', '/cohorts/preview', QUICK)).status).toBe(200);
  });

  it('a preview has a limit of time, of which waiting for other previews is a part', async () => {
    await start({ previewConcurrency: 1, previewTimeLimitMs: 700 });
    const answers = await Promise.all([1, 2, 3].map(() => app.call('POST', '/cohorts/preview', slow())));
    const codes = answers.map((answer) => `${answer.status} ${errorOf(answer).code}`);
    expect(new Set(codes)).toEqual(new Set(['422 time_limit_exceeded', '429 too_many_previews']));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.json()).toMatchObject({ limit: 'previews', value: 1 });
    expect(refused?.headers).toMatchObject({ 'retry-after': '5' });
    expect(await running()).toBe(0);
    expect((await app.call('POST', '/cohorts/preview', QUICK)).status).toBe(200);
  });

  it('a preview has the limit of memory of every query', async () => {
    await start({ queryMemoryLimitBytes: 4_000_000 });
    // The time of every event is kept until the birth of its user is known.
    const within = { since_birth: { length: 'P30D', birth: { kind: 'first_event', event: 'visit' } } };
    const response = await app.call('POST', '/cohorts/preview', { rule: { did: { event: 'visit', within } } });
    expect([response.status, errorOf(response).code]).toEqual([422, 'memory_limit_exceeded']);
  });

  it('as many evaluations are under way as runs may be, and previews do not wait for them', async () => {
    await start();
    const ids: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const body = { name: `slow ${i}`, set: { except: [slow(), { user: `${i}` }] } };
      expect((await app.call('POST', '/cohorts', body)).status).toBe(201);
      const evaluation = await app.call('POST', `/cohorts/slow%20${i}/evaluations?wait=0`);
      ids.push(evaluation.json<EvaluationDto>().id);
    }
    await until(async () => (await running('evaluation')) === 2);
    expect((await app.call('POST', '/cohorts/preview', QUICK)).status).toBe(200);
    expect(await running('evaluation')).toBe(2);

    // A shutdown hands them back, and the next process goes on with them.
    await app.stop();
    expect(await running('evaluation')).toBe(0);
    await start();
    await until(async () => (await running('evaluation')) === 2, 20_000);
    for (const [i, id] of ids.entries()) {
      const found = (await app.call('GET', `/cohorts/slow%20${i}/evaluations/${id}`)).json<EvaluationDto>();
      expect(found).toMatchObject({ status: expect.stringMatching(/^(queued|running)$/), error: null });
      expect((await app.call('DELETE', `/cohorts/slow%20${i}`)).status).toBe(204);
    }
    // Who deletes a cohort stops what is evaluated of it.
    await until(async () => (await running('evaluation')) === 0, 5_000);
    expect(await running('evaluation')).toBe(0);
  });
});
