import { DataSource } from 'typeorm';
import { randomUUID } from 'node:crypto';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import type { TestResponse } from '../../support/call-http.js';
import { callHttp } from '../../support/call-http.js';
import { insertKey } from '../../support/keys.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { REFUSED_BATCHES, REFUSED_SETTINGS } from '../../support/usage/refused-bodies.js';
import { parquetRows } from '../../support/exported-tables.js';

const DAY_MS = 86_400_000;

interface Answer {
  readonly data: readonly { readonly label: string; readonly counts: readonly Record<string, unknown>[] }[];
  readonly next_cursor: string | null;
}

/** By HTTP, as the contract says; each case in a property of its own. */
describe('usage counters', () => {
  let stores: TestStores;
  let app: TestApp;
  let made = 0;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const admin = (): Record<string, string> => ({ authorization: `Bearer ${app.adminKey}` });
  const at = (slug: string, path = ''): string => `/v1/properties/${slug}/usage${path}`;
  const post = (slug: string, body: unknown): Promise<TestResponse> =>
    callHttp(app.url, 'POST', at(slug), { headers: admin(), body });
  const get = (slug: string, path = ''): Promise<TestResponse> =>
    callHttp(app.url, 'GET', at(slug, path), { headers: admin() });
  const sql = <T>(text: string, ...values: unknown[]): Promise<T[]> => app.get(DataSource).query(text, values);

  async function property(timeZone = 'UTC'): Promise<string> {
    const slug = `usage-${(made += 1)}`;
    const body = { slug, time_zone: timeZone };
    expect((await callHttp(app.url, 'POST', '/v1/properties', { headers: admin(), body })).status).toBe(201);
    return slug;
  }

  async function counts(slug: string, query = ''): Promise<unknown[]> {
    const { data } = (await get(slug, query)).json<Answer>();
    return data.flatMap(({ counts: own }) => own);
  }

  it('counts a batch once by its id, by event and category, and nothing of 0', async () => {
    const slug = await property();
    const body = {
      batch: randomUUID(),
      counts: [
        { event: '/about', category: 'page', count: 3 },
        { event: '/about', category: 'page', count: 2 },
        { event: '/about', category: 'threats', count: 1 },
        { event: '', category: 'page', count: 4 },
        { event: '/never', category: 'page', count: 0 },
      ],
      seen: [
        { category: 'visitor', ip: '203.0.113.7' },
        { category: 'visitor', ip: '203.0.113.99:80' },
        { category: 'user', id: '42' },
      ],
      marks: [{ event: 'v2.1', category: 'timeline', at: '2025-01-01T00:00:00Z' }],
    };
    const first = await post(slug, body);
    expect([first.status, first.json()]).toEqual([
      200,
      { batch: body.batch, duplicate: false, counts: 4, seen: 2, marks: 1 },
    ]);
    const again = await Promise.all([post(slug, body), post(slug, body)]);
    for (const { status, text } of again)
      expect([status, JSON.parse(text)]).toEqual([
        200,
        { batch: body.batch, duplicate: true, counts: 0, seen: 0, marks: 0 },
      ]);
    expect(await counts(slug)).toEqual([
      { event: '/about', category: 'page', count: 5 },
      { event: '#', category: 'page', count: 4 },
      { event: 'user', category: 'seen', count: 1 },
      { event: 'visitor', category: 'seen', count: 1 },
      { event: '/about', category: 'threats', count: 1 },
    ]);
    const { data: marks } = (await get(slug, '/marks')).json<{ data: Record<string, string>[] }>();
    expect(marks.map(({ event, category }) => [event, category])).toEqual([
      ['goLive', 'timeline'],
      ['v2.1', 'timeline'],
    ]);
    const [paged] = (await get(slug, '/marks?limit=1')).json<{ data: object[] }>().data;
    expect(paged).toEqual(marks[0]);
  });

  it('counts the same batch once when it comes many times at once', async () => {
    const slug = await property();
    const body = { batch: 'same', counts: [{ event: 'x', category: 'page', count: 1 }] };
    const verdicts = await Promise.all(Array.from({ length: 12 }, () => post(slug, body)));
    expect(verdicts.filter((one) => !one.json<{ duplicate: boolean }>().duplicate)).toHaveLength(1);
    expect(await counts(slug)).toEqual([{ event: 'x', category: 'page', count: 1 }]);
  });

  it('adds up batches that come at once, with the same events in another order', async () => {
    const slug = await property();
    const events = Array.from({ length: 40 }, (_, i) => ({ event: `e${i}`, category: 'page', count: 1 }));
    const seen = Array.from({ length: 40 }, (_, i) => ({ category: 'user', id: `u${i}` }));
    const bodies = Array.from({ length: 20 }, (_, i) => ({
      batch: `b${i}`,
      counts: i % 2 === 0 ? events : events.toReversed(),
      seen: i % 2 === 0 ? seen : seen.toReversed(),
    }));
    const statuses = await Promise.all(bodies.map(async (body) => (await post(slug, body)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const found = (await counts(slug)) as { count: number }[];
    expect(found.map(({ count }) => count).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: 40 }, () => 20),
      40,
    ]);
  });

  it.each(REFUSED_BATCHES)('refuses %s, names the field, and counts nothing', async (_, body, code, pointer) => {
    const response = await post('default', body);
    const problem = response.json<{ code: string; errors: { pointer: string }[] }>();
    expect([problem.code, problem.errors[0]?.pointer]).toEqual([code, pointer]);
    expect(response.text).not.toContain('secret-host');
    expect(await counts('default')).toEqual([]);
  });

  it('refuses a list that is too long, and one item of two that are wrong each', async () => {
    const counted = Array.from({ length: 5_001 }, () => ({ event: 'x', category: 'p', count: 1 }));
    expect((await post('default', { batch: 'b', counts: counted })).json()).toMatchObject({
      code: 'limit_exceeded',
      limit: 'usage_items',
    });
    const most = {
      batch: 'most',
      counts: counted.slice(1),
      seen: counted.slice(1).map((_, i) => ({ category: 'v', id: String(i) })),
    };
    expect((await post(await property(), most)).json()).toMatchObject({ counts: 5_000, seen: 5_000 });
    const wrong = [{ event: 'x', category: 'p', count: -1 }, { event: 'x', category: 'p', count: 1 }, { event: 'x' }];
    const { errors } = (await post('default', { batch: 'b', counts: wrong })).json<{ errors: { pointer: string }[] }>();
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/counts/0/count', '/counts/2/category']);
  });

  it('refuses what has been rolled up, with the first open instant', async () => {
    const slug = await property('Europe/Berlin');
    const response = await post(slug, {
      batch: 'old',
      counts: [
        { event: 'x', category: 'p', count: 1 },
        { event: 'x', category: 'p', count: 1, at: '2020-01-01T12:00:00Z' },
      ],
      seen: [{ category: 'v', id: '1', at: '2020-01-01T12:00:00Z' }],
    });
    const problem = response.json<Record<string, string> & { errors: { pointer: string }[] }>();
    expect([response.status, problem['code']]).toEqual([409, 'period_closed']);
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['/counts/1/at', '/seen/0/at']);
    const { first_open, first_open_seen } = (await get(slug, '/settings')).json<Record<string, string>>();
    expect([problem['first_open'], problem['first_open_seen']]).toEqual([first_open, first_open_seen]);
    expect(await counts(slug)).toEqual([]);
    const open = { batch: 'old', counts: [{ event: 'x', category: 'p', count: 1, at: first_open }] };
    expect((await post(slug, open)).status).toBe(200);
    expect(await counts(slug)).toEqual([{ event: 'x', category: 'p', count: 1 }]);
  });

  it('needs usage:write to send and usage:read to read; a collector sends', async () => {
    const slug = await property();
    const [{ account_id: accountId } = { account_id: '' }] = await sql<{ account_id: string }>(
      'SELECT account_id FROM properties WHERE slug = $1',
      slug,
    );
    const body = { batch: 'b', counts: [{ event: 'x', category: 'p', count: 1 }] };
    const call = async (role: 'collector' | 'viewer', method: 'GET' | 'POST' | 'PUT', path = ''): Promise<number> => {
      const { secret } = await insertKey(app.get(DataSource), { accountId, role });
      const headers = { authorization: `Bearer ${secret}` };
      return (await callHttp(app.url, method, at(slug, path), { headers, ...(method !== 'GET' && { body }) })).status;
    };
    expect(
      await Promise.all([call('collector', 'POST'), call('collector', 'GET'), call('collector', 'PUT', '/settings')]),
    ).toEqual([200, 200, 403]);
    expect(
      await Promise.all([call('viewer', 'POST'), call('viewer', 'GET'), call('viewer', 'PUT', '/settings')]),
    ).toEqual([403, 200, 403]);
  });

  it('pages periods, filters them, and exports all as CSV, NDJSON and Parquet', async () => {
    const slug = await property();
    const headers = admin();
    await callHttp(app.url, 'PUT', at(slug, '/settings'), { headers, body: { base: 'PT1H', base_days: 3 } });
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    for (const ago of [0, 1, 2, 30]) {
      const own = {
        event: `/${ago}`,
        category: 'page',
        count: ago + 1,
        at: new Date(hour - ago * 3_600_000).toISOString(),
      };
      expect((await post(slug, { batch: `b${ago}`, counts: [own, { ...own, event: '=1+1', count: 1 }] })).status).toBe(
        200,
      );
    }
    const labels: string[] = [];
    for (let cursor = ''; ;) {
      const page = (await get(slug, `?interval=base&limit=3${cursor && `&cursor=${cursor}`}`)).json<Answer>();
      expect(page.data.length).toBeLessThanOrEqual(3);
      labels.push(...page.data.map(({ label }) => label));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(labels).toEqual([0, 1, 2, 30].map((ago) => new Date(hour - ago * 3_600_000).toISOString().slice(0, 16)));
    const from = new Date(hour - 2 * 3_600_000).toISOString();
    const to = new Date(hour).toISOString();
    expect(await counts(slug, `?interval=base&from=${from}&to=${to}&minimum=2`)).toEqual([
      { event: '/1', category: 'page', count: 2 },
      { event: '/2', category: 'page', count: 3 },
    ]);
    expect(await counts(slug, '?interval=base&category=user')).toEqual([]);
    const csv = (await get(slug, '?interval=base&format=csv')).text.split('\r\n');
    expect(csv).toHaveLength(1 + 8 + 1);
    expect(csv[0]).toBe('from,to,label,category,event,count,days');
    expect(csv[2]).toMatch(/,page,'=1\+1,1,$/);
    const parquet = await get(slug, '?interval=base&format=parquet');
    const rows = await parquetRows(parquet.bytes);
    const lines = (await get(slug, '?interval=base&format=ndjson')).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; count: number });
    expect(rows.map(({ event, count }) => [event, count])).toEqual(lines.map(({ event, count }) => [event, count]));
    expect(lines).toHaveLength(8);
  });

  it.each([
    'interval=week',
    'minimum=-1',
    'minimum=1.5',
    'from=yesterday',
    'from=2026-01-02&to=2026-01-01',
    'cursor=x',
    'limit=0',
    ...['8e15', '-8e15', '1e300', 'now'].map((ms) => `/marks?cursor=${btoa(JSON.stringify([ms, 'timeline', 'v1']))}`),
  ])('refuses %s', async (query) => {
    const response = await get('default', query.startsWith('/') ? query : `?${query}`);
    expect([response.status, response.json<{ code: string }>().code]).toEqual([400, 'invalid_parameter']);
  });

  it('tells beforehand what lowered settings delete, and deletes it at the next roll-up, really', async () => {
    const slug = await property();
    await post(slug, { batch: 'b', counts: [{ event: '/secret-page', category: 'page', count: 7 }] });
    await sql(
      `UPDATE usage_counts SET level = 'month', day = '2024-02-01' WHERE property_id = (SELECT id FROM properties WHERE slug = $1)`,
      slug,
    );
    const headers = admin();
    const put = (query: string): Promise<TestResponse> =>
      callHttp(app.url, 'PUT', at(slug, `/settings${query}`), { headers, body: { months: 1, event_months: 1 } });
    const before = (await get(slug, '/settings')).json<object>();
    const preview = (await put('?preview=true')).json<{ next_roll_up: object }>();
    expect(preview).toMatchObject({ months: 1, next_roll_up: { events_to_totals: 1, deleted: 1, deleted_counts: 7 } });
    expect((await get(slug, '/settings')).json()).toEqual(before);
    expect((await put('')).json()).toEqual(preview);
    expect(await counts(slug, '?interval=year')).toEqual([{ event: '/secret-page', category: 'page', count: 7 }]);
    await app.get(Housekeeping).sweep(new Date(Date.now() + 2 * DAY_MS));
    expect(await counts(slug, '?interval=year')).toEqual([]);
    expect(await sql('SELECT 1 FROM usage_counts WHERE event = $1', '/secret-page')).toEqual([]);
  });

  it.each(REFUSED_SETTINGS)('refuses the settings %j', async (body, pointer) => {
    const response = await callHttp(app.url, 'PUT', at('default', '/settings'), { headers: admin(), body });
    expect(response.json<{ errors: { pointer: string }[] }>().errors[0]?.pointer).toBe(pointer);
  });

  it('is in the storage of its property, and deleted with it', async () => {
    const slug = await property();
    await post(slug, {
      batch: 'b',
      counts: [{ event: 'x', category: 'p', count: 1 }],
      seen: [{ category: 'v', id: '1' }],
      marks: [{ event: 'm', category: 'c' }],
    });
    const storage = (await callHttp(app.url, 'GET', '/v1/storage', { headers: admin() })).text;
    expect(storage).toMatch(/"usage_counts"/);
    const [{ id } = { id: '' }] = await sql<{ id: string }>('SELECT id FROM properties WHERE slug = $1', slug);
    const deleted = await callHttp(app.url, 'DELETE', `/v1/properties/${slug}?force=true`, { headers: admin() });
    expect(deleted.status).toBe(202);
    const { id: deletion } = deleted.json<{ id: string }>();
    const end = await callHttp(app.url, 'GET', `/v1/property-deletions/${deletion}?wait=30`, { headers: admin() });
    expect(end.json()).toMatchObject({ status: 'succeeded' });
    for (const table of ['counters', 'counts', 'seen', 'batches', 'marks'])
      expect([table, await sql(`SELECT 1 FROM usage_${table} WHERE property_id = $1`, id)]).toEqual([table, []]);
    await app.get(Housekeeping).sweep(new Date());
    expect(await sql('SELECT 1 FROM day_keys WHERE property = $1', id)).toEqual([]);
  });
});
