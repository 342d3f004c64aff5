import { parse } from 'csv-parse/sync';
import type { UserRow } from '../../../src/results/user-row.dto.js';
import { send } from '../../support/ingest.js';
import { ask, countOf, ended, errorOf } from '../../support/requests.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import type { TestResponse } from '../../support/call-http.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

interface UsersPage {
  readonly data: readonly UserRow[];
  readonly next_cursor: string | null;
}

describe('per-user values', () => {
  let stores: TestStores;
  let app: TestApp;
  let threshold: string;

  const users = (id: string, query = '', headers = {}): Promise<TestResponse> =>
    app.call('GET', `/requests/${id}/users${query}`, undefined, headers);

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    const names = ['b', 'a', 'ä', 'Z', 'say "hi", all', 'two\nlines', '=1+1', ' '];
    await send(app, 'users', ...names.map((user, i) => ({ user, registered_at: `2020-01-0${i + 1}T00:00:00Z` })));
    await send(app, 'users', { user: 'unborn' });
    await send(
      app,
      'events',
      ...names.slice(0, 4).map((user, i) => ({ user, event: 'visit', time: `2020-01-0${i + 1}T12:00:0${i}.5Z` })),
    );
    const cohort = { users: [...names, 'unborn', 'nobody'] };
    threshold = (await ask(app, { cohort, metric: 'threshold', params: { event: 'visit' } }, '?wait=20')).id;
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('come as JSON in the order of the bytes of the ids, with a value or a reason for each column', async () => {
    const response = await users(threshold);
    const { data, next_cursor } = response.json<UsersPage>();
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(next_cursor).toBeNull();
    expect(data.map(({ user }) => user)).toEqual([
      ' ',
      '=1+1',
      'Z',
      'a',
      'b',
      'nobody',
      'say "hi", all',
      'two\nlines',
      'unborn',
      'ä',
    ]);
    expect(data.find(({ user }) => user === 'a')).toEqual({
      user: 'a',
      values: { reached: true, time_to: 43_201.5, censored: false, so_far: true },
      undefined: {},
    });
    expect(data.find(({ user }) => user === '=1+1')).toEqual({
      user: '=1+1',
      values: { reached: false, censored: false, so_far: false },
      undefined: { time_to: 'never' },
    });
    const missing = (reason: string) => ({ reached: reason, time_to: reason, censored: reason, so_far: reason });
    expect(data.find(({ user }) => user === 'nobody')).toEqual({
      user: 'nobody',
      values: {},
      undefined: missing('unknown_user'),
    });
    expect(data.find(({ user }) => user === 'unborn')).toEqual({
      user: 'unborn',
      values: {},
      undefined: missing('no_birth'),
    });
  });

  it('are the same in pages, as NDJSON and as CSV', async () => {
    const { data } = (await users(threshold)).json<UsersPage>();
    const paged: UserRow[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: UsersPage = (await users(threshold, `?limit=3${cursor && `&cursor=${cursor}`}`)).json();
      expect(page.data.length).toBeLessThanOrEqual(3);
      paged.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(data);

    const ndjson = await users(threshold, '', { accept: 'application/x-ndjson' });
    expect(ndjson.headers['content-type']).toBe('application/x-ndjson');
    expect(
      ndjson.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(data);

    const csv = await users(threshold, '?format=csv');
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.text.slice(0, csv.text.indexOf('\r\n'))).toBe(
      'user,reached,time_to,censored,so_far,reached.reason,time_to.reason,censored.reason,so_far.reason',
    );
    const rows = parse(csv.text, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];
    expect(rows.map(fromCsv)).toEqual(data);
  });

  it('go by Accept', async () => {
    expect(
      (await users(threshold, '', { accept: 'text/csv;q=0.1, application/json' })).headers['content-type'],
    ).toMatch(/^application\/json/);
    expect((await users(threshold, '', { accept: 'text/csv' })).headers['content-type']).toMatch(/^text\/csv/);
    const refused = await users(threshold, '', { accept: 'application/pdf' });
    expect(refused.status).toBe(406);
    const detail = expect.stringContaining('text/csv, application/vnd.apache.parquet');
    expect(errorOf(refused)).toMatchObject({ code: 'not_acceptable', detail });
  });

  it.each([
    '?format=xml',
    '?limit=0',
    '?limit=10001',
    '?cursor=%00',
    '?cursor=abc',
    '?format=csv&limit=1',
    '?format=ndjson&cursor=x',
    '?format=parquet&cursor=x',
    '?format=json&escape=none',
    '?format=csv&escape=html',
  ])('refuses %s', async (query) => {
    const response = await users(threshold, query);
    expect(response.status).toBe(400);
    expect(errorOf(response).code).toBe('invalid_parameter');
  });

  it('are there once the request has succeeded', async () => {
    const api = await startTestApp(stores, { role: 'api' });
    await app.stop();
    app = api;
    const { id } = await ask(app, countOf('not yet'));
    const early = await users(id);
    expect(early.status).toBe(409);
    expect(errorOf(early)).toMatchObject({ code: 'not_finished', detail: expect.stringContaining('queued') });
    const other = await ask(app, countOf('never'));
    await app.call('DELETE', `/requests/${other.id}`);
    const never = await users(other.id);
    expect(never.status).toBe(409);
    expect(errorOf(never)).toMatchObject({ code: 'no_result', detail: expect.stringContaining('cancelled') });
    const worker = await startTestApp(stores, { role: 'worker' });
    await ended(app, id);
    expect((await users(id)).status).toBe(200);
    await worker.stop();
  });

  describe('of many users', () => {
    const USERS = 60_000;
    let big: string;
    let worker: TestApp;

    beforeAll(async () => {
      worker = await startTestApp(stores, { role: 'worker' });
      await seedEvents(app, { events: USERS, users: USERS, from: '2022-01-01', days: 10 });
      const window = { kind: 'fixed', from: '2022-01-01', to: '2022-02-01' };
      big = (await ask(app, { ...countOf('many'), window }, '?wait=30')).id;
    });

    afterAll(() => worker?.stop());

    it('are all in the stream, each once', async () => {
      const lines = (await users(big, '?format=ndjson')).text.trimEnd().split('\n');
      const seen = new Set(lines.map((line) => (JSON.parse(line) as UserRow).user));
      expect(lines.length).toBe(seen.size);
      expect(seen.size).toBeGreaterThanOrEqual(USERS);
    });
  });
});

function fromCsv(row: Record<string, string>): UserRow {
  const names = ['reached', 'time_to', 'censored', 'so_far'];
  const read = (name: string, text: string) => (name === 'time_to' ? Number(text) : text === 'true');
  const present = names.filter((name) => row[`${name}.reason`] === '');
  const absent = names.filter((name) => row[`${name}.reason`] !== '');
  return {
    user: row['user']!.replace(/^'(?='*[=+@-])/, ''),
    values: Object.fromEntries(present.map((name) => [name, read(name, row[name]!)])),
    undefined: Object.fromEntries(absent.map((name) => [name, row[`${name}.reason`]!])) as UserRow['undefined'],
  };
}
