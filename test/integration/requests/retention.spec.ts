import { DataSource } from 'typeorm';
import { RunReads } from '../../../src/requests/run/run-retention.js';
import { takeLockIfFree } from '../../../src/stores/postgres/advisory-locks.js';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import { send } from '../../support/ingest.js';
import { ask, countOf, errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { callHttp } from '../../support/call-http.js';

const DAY_MS = 86_400_000;

/** Days are told to the sweep: nobody waits for them. */
describe('housekeeping', () => {
  let stores: TestStores;
  let app: TestApp;

  const sql = <T>(text: string, ...values: unknown[]): Promise<T[]> => app.get(DataSource).query(text, values);
  const engineCount = async (from: string): Promise<number> =>
    (await stores.engine.engine.rows<{ n: number }>({ sql: `SELECT count() AS n FROM ${from}`, params: {} })).rows[0]
      ?.n ?? -1;
  /** What a sweep removes that many days from now. */
  const sweptIn = async (days: number): Promise<Record<string, number>> => {
    const swept = await app.get(Housekeeping).sweep(new Date(Date.now() + days * DAY_MS));
    expect(swept?.failed).toEqual([]);
    return Object.fromEntries(Object.entries(swept?.removed ?? {}).filter(([, count]) => count > 0));
  };
  const codeOf = async (path: string): Promise<unknown> => {
    const response = await app.call('GET', path);
    return [response.status, response.status < 300 ? null : errorOf(response).code];
  };

  /** Rows are stored when somebody reads them first. */
  async function storeRows(id: string): Promise<void> {
    expect(await codeOf(`/requests/${id}/users`)).toEqual([200, null]);
  }

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(
      app,
      'events',
      ...['a', 'b', 'c'].map((user) => ({ user, event: 'visit', time: '2020-05-01T00:00:00Z' })),
    );
  });

  beforeEach(async () => {
    await sweptIn(1000);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('removes a result that nobody reads, then its request; one that is read stays', async () => {
    const left = await ask(app, countOf('left'), '?wait=20');
    const read = await ask(app, countOf('read'), '?wait=20');
    for (const { id } of [left, read]) await storeRows(id);
    expect(await sweptIn(29)).toEqual({});
    await app.call('GET', `/requests/${read.id}`);
    await app.get(RunReads).flush();
    const later = `UPDATE runs SET read_at = read_at + interval '20 days' WHERE id = (SELECT run_id FROM requests WHERE id = $1)`;
    await sql(later, read.id);
    expect(await sweptIn(31)).toEqual({ results: 1, user_rows: 3 });
    for (const path of ['', '/users', '/aggregates', '/users?format=csv'])
      expect([path, await codeOf(`/requests/${left.id}${path}`)]).toEqual([path, [410, 'result_gone']]);
    const gone = (await app.call('GET', `/requests/${left.id}`)).json<{ hash: string }>();
    expect(gone.hash).toBe(left.hash);
    expect(await codeOf('/requests')).toEqual([200, null]);
    expect(await codeOf(`/requests/${read.id}/users`)).toEqual([200, null]);
    expect(await ask(app, countOf('read'))).toMatchObject({ id: read.id, cached: true });
    expect((await app.call('POST', '/requests', countOf('left', { cache: 'only' }))).status).toBe(404);
    const again = await ask(app, countOf('left'), '?wait=20');
    expect(again).toMatchObject({ cached: false, status: 'succeeded' });
    await storeRows(again.id);
    expect(await sweptIn(91)).toEqual({ runs: 2, results: 2, user_rows: 6 });
    expect(await codeOf(`/requests/${left.id}`)).toEqual([404, 'not_found']);
    expect(await codeOf(`/requests/${read.id}`)).toEqual([410, 'result_gone']);
    expect((await app.call('DELETE', `/requests/${read.id}`)).status).toBe(204);
  });

  it('removes the rows of attempts that came to nothing, and leaves those of a result', async () => {
    const { id } = await ask(app, countOf('kept'), '?wait=20');
    const [run] = await sql<{ run_id: string }>('SELECT run_id FROM requests WHERE id = $1', id);
    const runId = run?.run_id ?? '';
    const write = (of: string, attempt: number): Promise<unknown> =>
      stores.engine.engine.execute({
        sql: `INSERT INTO run_values (run_id, attempt, user_id) SELECT '${of}', ${attempt}, toString(number) FROM numbers(10)`,
        params: {},
      });
    await write(runId, 7);
    await write(`${runId.slice(0, 20)}000000000`, 1);
    await write('run_00000000000000000000000001', 1);
    const before = await engineCount('run_values');
    expect(await sweptIn(1)).toEqual({ user_rows: 30 });
    expect(await engineCount('run_values')).toBe(before - 30);
    expect((await app.call('GET', `/requests/${id}/users`)).json<{ data: unknown[] }>().data).toHaveLength(3);
  });

  it('leaves what is queued or running, however old', async () => {
    const { id } = await ask(app, countOf('old'), '?wait=20');
    await sql(
      `UPDATE runs SET state = 'queued', finished_at = NULL WHERE id = (SELECT run_id FROM requests WHERE id = $1)`,
      id,
    );
    const before = await engineCount('run_values');
    expect(await sweptIn(1000)).toEqual({});
    expect(await engineCount('run_values')).toBe(before);
    await sql(`UPDATE runs SET state = 'failed', finished_at = now() WHERE state = 'queued'`);
  });

  it('removes superseded versions, evaluations but the last, and lists that nobody uses', async () => {
    const put = (name: string, body: object) => app.call('PUT', `/cohorts/${name}`, { name, ...body });
    await app.call('POST', '/cohorts', { name: 'list', static: { users: ['a'] } });
    await put('list', { static: { users: ['a', 'b'] } });
    await app.call('POST', '/cohorts', { name: 'rule', rule: { did: { event: 'visit' } } });
    for (let i = 0; i < 3; i += 1) {
      await app.call('POST', '/cohorts/rule/evaluations?wait=20');
      await send(app, 'events', { user: `later${i}`, event: 'visit', time: '2020-05-01T00:00:00Z' });
    }
    await storeRows((await ask(app, countOf('inline', { cohort: { users: ['a', 'c'] } }), '?wait=20')).id);
    await ask(app, countOf('unread', { cohort: { users: ['b', 'c'] } }), '?wait=20');
    expect(await engineCount('member_sets')).toBe(1 + 2 + 2 + 2 + 3 + 4 + 5);
    expect(await sweptIn(29)).toEqual({});
    expect(await sweptIn(31)).toMatchObject({ member_lists: 1 });
    // The list of a run whose rows nobody has read is needed as long as its result.
    expect(await sweptIn(91)).toMatchObject({ member_lists: 1, evaluations: 2 });
    expect(await sweptIn(366)).toMatchObject({ cohort_versions: 1, member_lists: 1 });
    expect(await engineCount('member_sets')).toBe(2 + 5);
    for (const name of ['list', 'rule']) {
      const members = await app.call('GET', `/cohorts/${name}/members`);
      expect([name, members.status]).toEqual([name, 200]);
    }
    expect(await ask(app, countOf('again', { cohort: { users: ['a', 'c'] } }), '?wait=20')).toMatchObject({
      cohort: { size: 2 },
    });
    expect(await ask(app, countOf('again', { cohort: 'list' }), '?wait=20')).toMatchObject({ cohort: { size: 2 } });
  });

  it('removes keys whose time is over', async () => {
    await app.call('POST', '/requests', countOf('keyed'), { 'idempotency-key': 'one' });
    expect(await sweptIn(0.9)).toEqual({});
    expect(await sweptIn(1.1)).toMatchObject({ idempotency_keys: 1 });
  });

  it('is told by what is stored, of each property of the account alone', async () => {
    await storeRows((await ask(app, countOf('stored'), '?wait=20')).id);
    const auth = { authorization: `Bearer ${app.adminKey}` };
    const of = async (): Promise<{
      properties: { slug: string; kinds: { kind: string; rows: number; bytes: number }[] }[];
    }> => (await callHttp(app.url, 'GET', '/v1/storage', { headers: auth })).json();
    const { properties } = await of();
    expect(properties.map(({ slug }) => slug)).toEqual(['default']);
    const kinds = new Map(properties[0]?.kinds.map((kind) => [kind.kind, kind]));
    const users = await engineCount('run_values');
    expect(kinds.get('user_values')).toMatchObject({ rows: users, bytes: expect.any(Number) });
    expect(kinds.get('user_values')?.bytes).toBeGreaterThan(0);
    expect(kinds.get('events')?.rows).toBe(await engineCount('events'));
    expect(kinds.get('results')).toMatchObject({ rows: 1 });
    expect((await callHttp(app.url, 'GET', '/v1/storage')).status).toBe(401);
  });

  it('is not kept from its work by migrations, nor by the sweepers of jobs and uploads', async () => {
    await app.get(DataSource).transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [0x6d757374]);
      for (const kind of ['runs', 'uploads']) expect(await takeLockIfFree(manager, 'sweep', kind)).toBe(true);
      expect(await app.get(Housekeeping).sweep(new Date())).not.toBeNull();
    });
  });

  it('is done by one process at a time, and told at /metrics', async () => {
    const other = await startTestApp(stores);
    const both = await Promise.all([app, other].map((one) => one.get(Housekeeping).sweep(new Date())));
    await other.stop();
    expect(both.filter((swept) => swept !== null).length).toBeGreaterThan(0);
    const { text } = await callHttp(app.url, 'GET', '/metrics');
    expect(text).toMatch(/muster_housekeeping_removed_total\{kind="results"\} [1-9]/);
    expect(text).toMatch(/muster_housekeeping_sweeps_total\{outcome="whole"\} [1-9]/);
  });
});
