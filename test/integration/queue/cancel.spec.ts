import { DataSource } from 'typeorm';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { JobQueues } from '../../../src/stores/queue/job-queues.js';
import { answerOf, ask, countOf, ended, reaches, slowCountOf } from '../../support/requests.js';
import { seedEvents } from '../../support/seed-events.js';
import { runsOf } from '../../support/runs.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';

/** Several seconds in all. */
const FILTERS = 6;
/** In blocks of the usual size, between which a query is stopped, 2.6 seconds each. */
const EXPENSIVE = 40;

describe('DELETE of a request', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await seedEvents(app, { events: 800_000, users: 1000, from: '2020-01-01', days: 300 });
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('stops the query of a running run in the engine within a second', async () => {
    const { id } = await ask(app, slowCountOf('running', EXPENSIVE));
    await reaches(app, id, 'running');
    const [run] = await runsOf(app, id);
    const marker = `run:${run?.id}:${run?.attempt}`;
    await until(async () => (await app.get(Engine).running(marker)) > 0);

    const cancelled = await app.call('DELETE', `/requests/${id}`);
    expect(cancelled.status).toBe(200);
    expect(cancelled.json()).toMatchObject({ id, status: 'cancelled', aggregates: null, users: null, error: null });
    await until(async () => (await app.get(Engine).running(marker)) === 0, 1000);
    expect(await answerOf(app, id)).toMatchObject({ status: 'cancelled' });
  });

  it('takes the worker on to the next run', async () => {
    const ids = [];
    for (let i = 0; i < 4; i += 1) ids.push((await ask(app, slowCountOf(`busy ${i}`, FILTERS))).id);
    await Promise.all(ids.map((id) => app.call('DELETE', `/requests/${id}`)));
    expect(await ask(app, countOf('after'), '?wait=20')).toMatchObject({ status: 'succeeded' });
    for (const id of ids) expect(await answerOf(app, id)).toMatchObject({ status: 'cancelled' });
  });

  it('leaves a run that others wait for, and cancels it with the last of them', async () => {
    const first = await ask(app, slowCountOf('shared', FILTERS));
    const second = await ask(app, slowCountOf('shared', FILTERS));
    await reaches(app, first.id, 'running');
    expect((await app.call('DELETE', `/requests/${first.id}`)).json()).toMatchObject({ status: 'cancelled' });
    expect(await answerOf(app, second.id)).toMatchObject({ status: 'running' });
    expect((await app.call('DELETE', `/requests/${second.id}`)).json()).toMatchObject({ status: 'cancelled' });
    expect(await runsOf(app, second.id)).toEqual([expect.objectContaining({ state: 'cancelled' })]);
  });

  it('removes what has its end, and the run and its rows with the last request', async () => {
    const first = await ask(app, slowCountOf('finished', FILTERS));
    const second = await ask(app, slowCountOf('finished', FILTERS));
    await ended(app, second.id);
    expect((await app.call('GET', `/requests/${first.id}/users`)).status).toBe(200);
    const [run] = await runsOf(app, first.id);
    const rows = async (): Promise<number> => {
      const sql = `SELECT count() AS n FROM run_values WHERE run_id = '${run?.id}'`;
      return (await stores.engine.engine.rows<{ n: number }>({ sql, params: {} })).rows[0]?.n ?? -1;
    };
    expect(await rows()).toBeGreaterThan(0);
    expect((await ask(app, slowCountOf('finished', FILTERS))).id).toBe(second.id);
    const remove = async (id: string): Promise<number> => (await app.call('DELETE', `/requests/${id}`)).status;
    expect(await remove(second.id)).toBe(204);
    expect((await ask(app, slowCountOf('finished', FILTERS))).id).toBe(first.id);
    expect([await remove(second.id), await rows()]).not.toContain(0);
    expect([await remove(first.id), await rows(), await remove(first.id)]).toEqual([204, 0, 404]);
    expect(await ask(app, countOf('finished'))).toMatchObject({ cached: false });
    expect(await app.get(DataSource).query('SELECT 1 FROM runs WHERE id = $1', [run?.id])).toEqual([]);
  });

  it('answers 404 for a request that is not there', async () => {
    expect((await app.call('DELETE', '/requests/req_none')).status).toBe(404);
  });

  describe('while nobody works', () => {
    let idle: TestStores;
    let api: TestApp;

    beforeAll(async () => {
      idle = await startTestStores();
      api = await startTestApp(idle, { role: 'api' });
    });

    afterAll(async () => {
      await api?.stop();
      await idle?.stop();
    });

    it('takes a queued run out of the queue, and the same question starts a new one', async () => {
      const first = await ask(api, countOf('queued'));
      expect(first.status).toBe('queued');
      await api.call('DELETE', `/requests/${first.id}`);
      await until(async () => (await api.get(JobQueues).waiting('runs')) === 0);
      const second = await ask(api, countOf('queued'));
      expect(second.id).not.toBe(first.id);
      expect(await runsOf(api, first.id, second.id)).toEqual([
        expect.objectContaining({ state: 'cancelled', attempt: 0 }),
        expect.objectContaining({ state: 'queued' }),
      ]);
    });
  });
});
