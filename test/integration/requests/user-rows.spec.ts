import { DataSource } from 'typeorm';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { send } from '../../support/ingest.js';
import { ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

/** The rows of the users of a run are stored when somebody reads them first, as the run saw them. */
describe('rows of users', () => {
  let stores: TestStores;
  let app: TestApp;

  const countOf = (event: string, more: object = {}): object => ({
    cohort: { all: true },
    metric: 'event_count',
    params: { event },
    window: { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' },
    ...more,
  });

  async function sendEvents(event: string, ...users: string[]): Promise<number> {
    const items = users.map((user, i) => ({ id: `${event} ${i}`, user, event, time: '2020-05-01T00:00:00Z' }));
    const response = await app.call('POST', '/events', items);
    expect(response.json()).toMatchObject({ accepted: users.length });
    return response.json<{ ingest_seq: number }>().ingest_seq;
  }

  async function rowsOf(requestId: string): Promise<number> {
    const [run]: { id: string }[] = await app
      .get(DataSource)
      .query('SELECT run_id AS id FROM requests WHERE id = $1', [requestId]);
    const { rows } = await stores.engine.engine.rows<{ n: number }>({
      sql: 'SELECT toFloat64(count()) AS n FROM run_values WHERE run_id = {run:String}',
      params: { run: run?.id ?? '' },
    });
    return rows[0]?.n ?? 0;
  }

  async function valuesOf(requestId: string): Promise<Record<string, unknown>> {
    const response = await app.call('GET', `/requests/${requestId}/users`);
    expect(response.status).toBe(200);
    const { data } = response.json<{ data: { user: string; values: { count: number } }[] }>();
    return Object.fromEntries(data.map(({ user, values }) => [user, values.count]));
  }

  /** The store of rows does its work, and the process then does not hear of it. Gives what puts the method back. */
  function failingOnce(): { evaluator: RunEvaluator; measure: RunEvaluator['measure'] } {
    const evaluator = app.get(RunEvaluator);
    const measure = evaluator.measure.bind(evaluator);
    evaluator.measure = async (...args) => {
      await measure(...args);
      throw new Error('the acknowledgement was lost');
    };
    return { evaluator, measure };
  }

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('are stored by the first who reads them, and read again by the next', async () => {
    await sendEvents('first', 'ann', 'ann', 'bob');
    const { id, aggregates } = await ask(app, countOf('first'), '?wait=20');
    expect(aggregates).toMatchObject({ count: { mean: 1.5, n: 2 } });
    expect(await rowsOf(id)).toBe(0);
    expect(await valuesOf(id)).toEqual({ ann: 2, bob: 1 });
    expect(await rowsOf(id)).toBe(2);
    expect(await valuesOf(id)).toEqual({ ann: 2, bob: 1 });
    expect(await rowsOf(id)).toBe(2);
  });

  it('are stored once for readers of all formats at the same time', async () => {
    await sendEvents('many', 'ann', 'bob');
    const { id, cohort } = await ask(app, countOf('many'), '?wait=20');
    const paths = ['', '?format=csv', '?format=ndjson', '?limit=1', '?format=arrow'];
    const statuses = await Promise.all(
      paths.map(async (query) => (await app.call('GET', `/requests/${id}/users${query}`)).status),
    );
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(await rowsOf(id)).toBe(cohort.size);
  });

  it('are those of the data that the run saw, whatever came since', async () => {
    await sendEvents('later', 'ann');
    const { id } = await ask(app, countOf('later', { cohort: { users: ['ann', 'zoe'] } }), '?wait=20');
    await send(app, 'events', { id: 'x', user: 'zoe', event: 'later', time: '2020-06-01T00:00:00Z' });
    await send(app, 'events', { id: 'y', user: 'ann', event: 'later', time: '2020-06-01T00:00:00Z' });
    expect(await valuesOf(id)).toEqual({ ann: 1, zoe: undefined });
  });

  it('replace what a process that died has left', async () => {
    await sendEvents('broken', 'ann', 'ann');
    const { id, cohort } = await ask(app, countOf('broken'), '?wait=20');
    const [run]: { id: string; attempt: number }[] = await app
      .get(DataSource)
      .query('SELECT runs.id, attempt FROM runs JOIN requests ON run_id = runs.id WHERE requests.id = $1', [id]);
    await stores.engine.engine.execute({
      sql: `INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons) VALUES ({run:String}, {attempt:UInt16}, 'half', [1], [''])`,
      params: { run: run?.id ?? '', attempt: run?.attempt ?? 0 },
    });
    expect(await valuesOf(id)).toMatchObject({ ann: 2 });
    expect(await rowsOf(id)).toBe(cohort.size);
  });

  it('are removed, and computed again, where storing them failed at its end', async () => {
    await sendEvents('unsure', 'ann');
    const { id, cohort } = await ask(app, countOf('unsure'), '?wait=20');
    const { evaluator, measure } = failingOnce();
    expect((await app.call('GET', `/requests/${id}/users`)).status).toBe(500);
    evaluator.measure = measure;
    expect(await rowsOf(id)).toBe(0);
    expect(await valuesOf(id)).toMatchObject({ ann: 1 });
    expect(await rowsOf(id)).toBe(cohort.size);
  });

  it('refuse a cursor that is none before anything is computed', async () => {
    await sendEvents('cursor', 'ann');
    const { id } = await ask(app, countOf('cursor'), '?wait=20');
    expect((await app.call('GET', `/requests/${id}/users?cursor=nonsense`)).status).toBe(400);
    expect(await rowsOf(id)).toBe(0);
  });

  it('cannot be had once a batch that the run has read is deleted, unless they were stored before', async () => {
    await sendEvents('undone', 'ann');
    const seq = await sendEvents('undone', 'cat', 'dan');
    const [before, after] = [
      await ask(app, countOf('undone', { cohort: { users: ['ann', 'cat'] } }), '?wait=20'),
      await ask(app, countOf('undone', { cohort: { users: ['cat', 'dan'] } }), '?wait=20'),
    ];
    const values = await valuesOf(before.id);
    expect((await app.call('DELETE', `/batches/${seq}`)).status).toBe(200);
    expect(await valuesOf(before.id)).toEqual(values);
    for (const query of ['', '?format=csv']) {
      const response = await app.call('GET', `/requests/${after.id}/users${query}`);
      expect([response.status, response.json()]).toMatchObject([410, { code: 'result_gone', moved: ['batches'] }]);
    }
    expect(await rowsOf(after.id)).toBe(0);
    const aggregates = await app.call('GET', `/requests/${after.id}`);
    expect(aggregates.json()).toMatchObject({
      status: 'succeeded',
      stale: true,
      moved: expect.arrayContaining(['batches']),
    });
  });
});
