import { DataSource } from 'typeorm';
import { ask, countOf, errorOf } from '../../support/requests.js';
import { allRuns } from '../../support/runs.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import type { TestResponse } from '../../support/call-http.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

describe('Idempotency-Key', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const cohort = (name: string, key: string, path = '/cohorts') =>
    app.call('POST', path, { name, static: { users: ['a'] } }, { 'idempotency-key': key });
  const reported = ({ status, text, headers }: TestResponse): object => {
    const { location, etag } = headers;
    return { status, text, location, etag };
  };

  it('gives the same call the same answer, and other calls their own', async () => {
    const first = await cohort('once', 'k1');
    const second = await cohort('once', 'k1');
    expect(first.status).toBe(201);
    expect(reported(second)).toEqual(reported(first));
    expect([first, second].map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true']);
    expect((await cohort('once', 'k2')).status).toBe(409);
    expect((await app.call('GET', '/cohorts')).json<{ data: object[] }>().data).toHaveLength(1);
  });

  it('refuses another body under the same key', async () => {
    await cohort('first', 'k3');
    const other = await cohort('second', 'k3');
    expect(other.status).toBe(422);
    expect(errorOf(other).code).toBe('idempotency_key_reused');
  });

  it('does the work once when twenty come at once', async () => {
    const body = countOf('twenty', { cache: 'refresh' });
    const before = (await allRuns(app)).length;
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => app.call('POST', '/requests?wait=20', body, { 'idempotency-key': 'k4' })),
    );
    const codes = new Set(responses.map(({ status }) => status));
    expect([...codes].every((status) => [200, 409].includes(status))).toBe(true);
    const refused = responses.filter(({ status }) => status === 409).map((response) => errorOf(response).code);
    expect(new Set(refused)).toEqual(new Set(['idempotency_key_in_use']));
    expect((await allRuns(app)).length).toBe(before + 1);
    const again = await app.call('POST', '/requests?wait=20', body, { 'idempotency-key': 'k4' });
    expect(reported(again)).toEqual(reported(responses.find(({ status }) => status === 200)!));
    expect((await ask(app, body, '?wait=20')).id).not.toBe(again.json<{ id: string }>().id);
  });

  it('keeps nothing of a call that was refused', async () => {
    const wrong = await app.call('POST', '/cohorts', { name: 'all' }, { 'idempotency-key': 'k5' });
    expect(wrong.status).toBe(422);
    expect((await cohort('right', 'k5')).status).toBe(201);
  });

  it('is forgotten after a day, and free again when its taker has died', async () => {
    const database = app.get(DataSource);
    await cohort('old', 'k6');
    await cohort('older', 'k7');
    await database.query(
      `UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key LIKE '% k6' OR key LIKE '% k7'`,
    );
    expect((await cohort('new', 'k6')).status).toBe(201);
    expect(await database.query(`SELECT key FROM idempotency_keys WHERE key LIKE '% k7'`)).toEqual([]);

    await database.query(`UPDATE idempotency_keys SET status = NULL WHERE key LIKE '% k6'`);
    expect(errorOf(await cohort('new', 'k6')).code).toBe('idempotency_key_in_use');
    await database.query(`UPDATE idempotency_keys SET created_at = now() - interval '6 minutes' WHERE key LIKE '% k6'`);
    expect(errorOf(await cohort('new', 'k6')).code).toBe('conflict');
  });

  it.each(['', 'two words', 'ä', 'x'.repeat(256)])('refuses %j', async (key) => {
    const response = await cohort('key', key);
    expect(response.status).toBe(400);
    expect(errorOf(response)).toMatchObject({ code: 'invalid_parameter', errors: [{ parameter: 'Idempotency-Key' }] });
  });

  it.each([
    ['properties', '/../../properties', { slug: 'once' }],
    ['named metrics', '/metrics', { name: 'once', metric: 'event_count', fixed: { event: 'visit' } }],
    ['presets', '/metrics/presets/wikimedia', undefined],
    ['the pack of a web site', '/metrics/presets/web', {}],
    ['the pack of trackables', '/metrics/presets/trackables', {}],
  ])('holds for %s', async (what, path, body) => {
    const send = (key: string) => app.call('POST', path, body, { 'idempotency-key': key });
    const first = await send(what.replaceAll(' ', '-'));
    const second = await send(what.replaceAll(' ', '-'));
    expect([first.status, second.headers['idempotency-replayed']]).toEqual([201, 'true']);
    expect(reported(second)).toEqual(reported(first));
    expect([200, 409]).toContain((await send(`${what.replaceAll(' ', '-')}-2`)).status);
  });

  it('holds for evaluations', async () => {
    const rule = { name: 'ruled', rule: { did: { event: 'visit', at_least: 1 } } };
    expect((await app.call('POST', '/cohorts', rule)).status).toBe(201);
    const evaluate = () =>
      app.call('POST', '/cohorts/ruled/evaluations?wait=10', undefined, { 'idempotency-key': 'evaluate' });
    const first = await evaluate();
    expect(first.status).toBe(201);
    expect(reported(await evaluate())).toEqual(reported(first));
    expect((await app.call('GET', '/cohorts/ruled/evaluations')).json<{ data: object[] }>().data).toHaveLength(1);
  });

  it('is of one property alone', async () => {
    await app.call('POST', '/../../properties', { slug: 'other' });
    expect((await cohort('here', 'k8')).status).toBe(201);
    const there = await cohort('here', 'k8', '/../other/cohorts');
    expect(there.status).toBe(201);
    expect(there.headers['idempotency-replayed']).toBeUndefined();
  });
});
