import { DataSource } from 'typeorm';
import { send } from '../../support/ingest.js';
import { ask, countOf, ended, errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import type { TestResponse } from '../../support/call-http.js';
import { until } from '../../support/until.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

interface List {
  readonly data: readonly {
    readonly id: string;
    readonly href: string;
    readonly status: string;
    readonly answer_bytes: number | null;
    readonly answer?: object | null;
  }[];
  readonly answers?: object;
  readonly next_cursor: string | null;
}

describe('the list of requests', () => {
  let stores: TestStores;
  let app: TestApp;
  const ids: Record<string, string> = {};

  const list = async (query: string): Promise<List> => {
    const response = await app.call('GET', `/requests${query}`);
    if (response.status !== 200) throw new Error(response.text);
    return response.json();
  };
  const idsOf = async (query: string): Promise<string[]> => (await list(query)).data.map(({ id }) => id);

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(app, 'events', { user: 'a', event: 'visit', time: '2020-05-01T00:00:00Z' });
    await app.call('POST', '/cohorts', { name: 'one', static: { users: ['a'] } });
    const reached = { cohort: { all: true }, metric: 'threshold', birth: { kind: 'first_event' } };
    ids['all'] = (await ask(app, countOf('x'), '?wait=20')).id;
    ids['named'] = (await ask(app, countOf('x', { cohort: 'one' }), '?wait=20')).id;
    ids['threshold'] = (await ask(app, reached, '?wait=20')).id;
    await app.stop();
    // Nobody works any more: what is asked now stays queued.
    app = await startTestApp(stores, { role: 'api' });
    ids['queued'] = (await ask(app, countOf('queued'))).id;
    ids['cancelled'] = (await ask(app, countOf('cancelled'))).id;
    await app.call('DELETE', `/requests/${ids['cancelled']}`);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('has all of them, the newest first, each by what its row says', async () => {
    const { data, next_cursor } = await list('');
    expect(data.map(({ id }) => id)).toEqual([
      ids['cancelled'],
      ids['queued'],
      ids['threshold'],
      ids['named'],
      ids['all'],
    ]);
    expect(next_cursor).toBeNull();
    for (const { id, href, status, answer_bytes, ...summary } of data) {
      const reported = (await app.call('GET', `/requests/${id}`)).json<Record<string, unknown>>();
      expect(href).toMatch(new RegExp(`/requests/${id}$`));
      expect([status, answer_bytes !== null]).toEqual([reported['status'], reported['status'] === 'succeeded']);
      expect(summary).toMatchObject(
        Object.fromEntries(
          ['hash', 'as_of', 'data_version', 'valid_until', 'error', 'named_metric'].map((key) => [key, reported[key]]),
        ),
      );
      expect(summary).not.toHaveProperty('aggregates');
    }
    expect(data[3]).toMatchObject({
      metric: 'event_count',
      cohort: { name: 'one', version: 1 },
      finished_at: expect.any(String),
    });
  });

  it('includes answers where they are asked for, each as GET shows it', async () => {
    const { data, answers } = await list('?include=answers');
    for (const { id, answer } of data) expect((await app.call('GET', `/requests/${id}`)).json()).toEqual(answer);
    expect(answers).toMatchObject({ left_out: 0 });
  });

  it('comes in pages that together are the whole', async () => {
    const pages: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: List = await list(`?limit=2${cursor && `&cursor=${cursor}`}`);
      pages.push(page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(await idsOf(''));
  });

  it('comes in the same pages while more requests are made and others end', async () => {
    const before = await idsOf('');
    const first = await list('?limit=2');
    const late = (await ask(app, countOf('late'))).id;
    const second = await list(`?limit=2&cursor=${first.next_cursor}`);
    await app.call('DELETE', `/requests/${late}`);
    const third = await list(`?limit=2&cursor=${second.next_cursor}`);
    expect([first, second, third].flatMap(({ data }) => data.map(({ id }) => id))).toEqual(before);
    expect(third.next_cursor).toBeNull();
    expect(await idsOf('')).toEqual([late, ...before]);
    await app.get(DataSource).query('DELETE FROM requests WHERE id = $1', [late]);
  });

  it('links to the next page', async () => {
    const response = await app.call('GET', '/requests?limit=2&metric=event_count');
    const { next_cursor } = response.json<List>();
    expect(response.headers['link']).toBe(
      `</v1/properties/default/requests?limit=2&metric=event_count&cursor=${next_cursor}>; rel="next"`,
    );
  });

  it('filters by cohort, metric and status', async () => {
    const cohort = (await app.call('GET', `/requests/${ids['named']}`)).json<{ cohort: { id: string } }>().cohort.id;
    expect(await idsOf('?cohort=one')).toEqual([ids['named']]);
    expect(await idsOf(`?cohort=${cohort}`)).toEqual([ids['named']]);
    expect(await idsOf('?cohort=none')).toEqual([]);
    expect(await idsOf('?metric=threshold')).toEqual([ids['threshold']]);
    expect(await idsOf('?metric=survival')).toEqual([]);
    expect(await idsOf('?status=succeeded')).toEqual([ids['threshold'], ids['named'], ids['all']]);
    expect(await idsOf('?status=queued')).toEqual([ids['queued']]);
    expect(await idsOf('?status=cancelled')).toEqual([ids['cancelled']]);
    expect(await idsOf('?status=failed')).toEqual([]);
    expect(await idsOf('?metric=event_count&status=succeeded&cohort=one')).toEqual([ids['named']]);
  });

  it('filters by text, caller and time', async () => {
    const { hash } = (await app.call('GET', `/requests/${ids['queued']}`)).json<{ hash: string }>();
    expect(await idsOf('?text=QUEUED')).toEqual([ids['queued']]);
    expect(await idsOf(`?text=${hash.slice(0, 12)}`)).toEqual([ids['queued']]);
    expect(await idsOf('?text=first_event')).toEqual([ids['threshold']]);
    expect(await idsOf('?text=%25')).toEqual([]);
    expect(await idsOf('?caller=me')).toEqual(await idsOf(''));
    for (const kind of ['key', 'per']) expect(await idsOf(`?caller=${kind}_${'0'.repeat(26)}`)).toEqual([]);

    const now = encodeURIComponent(new Date().toISOString());
    expect(await idsOf(`?created_from=${now}`)).toEqual([]);
    expect(await idsOf(`?created_from=2020-01-01&created_to=${now}`)).toEqual(await idsOf(''));
    expect(await idsOf('?created_to=2020-01-01')).toEqual([]);
  });

  it.each([
    '?status=done',
    '?metric=Pageviews',
    '?limit=0',
    '?limit=1001',
    '?cursor=x',
    '?text=',
    '?caller=you',
    '?created_from=soon',
    '?created_to=2026-02-30',
    '?sort=x',
    '?include=all',
  ])('refuses %s', async (query) => {
    const response = await app.call('GET', `/requests${query}`);
    expect(response.status).toBe(400);
    expect(errorOf(response)).toMatchObject({
      code: 'invalid_parameter',
      errors: [{ parameter: query.slice(1).split('=')[0] }],
    });
  });

  describe('where rows were stored by another version', () => {
    const sql = (text: string, ...values: unknown[]) => app.get(DataSource).query(text, values);
    const GONE = [410, 'stored_form_unreadable'];
    const codeOf = (response: TestResponse) => [response.status, errorOf(response).code];

    it('tells those that cannot be read as such, 410 alone, and all others as ever', async () => {
      const before = (await list('?include=answers')).data;
      await sql('UPDATE runs SET form = 99 WHERE id = (SELECT run_id FROM requests WHERE id = $1)', ids['named']);
      await sql(
        `UPDATE runs SET result = '[]' WHERE id = (SELECT run_id FROM requests WHERE id = $1)`,
        ids['threshold'],
      );
      const { data } = await list('?include=answers');
      for (const [i, item] of data.entries()) {
        const isUnreadable = [ids['named'], ids['threshold']].includes(item.id);
        if (isUnreadable)
          expect(item).toMatchObject({ id: before[i]?.id, answer: { error: { code: 'stored_form_unreadable' } } });
        else expect(item).toEqual(before[i]);
        if (!isUnreadable) continue;
        for (const path of ['', '/users', '/aggregates', '/events', '?wait=1'])
          expect(codeOf(await app.call('GET', `/requests/${item.id}${path}`))).toEqual(GONE);
      }
      const again = await ask(app, countOf('x', { cohort: 'one' }));
      expect(again).toMatchObject({ status: 'queued', cached: false });
      const only = await app.call('POST', '/requests', countOf('x', { cohort: 'one', cache: 'only' }));
      expect(codeOf(only)).toEqual([404, 'result_not_cached']);
    });

    it.each([
      ['cohorts', 'cohort_versions', { name: 'other', rule: { did: { event: 'visit' } } }],
      ['metrics', 'named_metric_versions', { name: 'other', metric: 'event_count', fixed: { event: 'visit' } }],
    ])('spoils no list of %s, and a PUT puts it right', async (path, table, body) => {
      await app.call('POST', `/${path}`, body);
      await sql(`UPDATE ${table} SET form = 99`);
      const listed = await app.call('GET', `/${path}`);
      expect([listed.status, listed.json<{ data: { name: string }[] }>().data.map(({ name }) => name)]).toEqual([
        200,
        expect.arrayContaining(['other']),
      ]);
      const requested =
        path === 'cohorts' ? countOf('x', { cohort: 'other' }) : countOf('x', { metric: 'other', params: {} });
      expect(codeOf(await app.call('GET', `/${path}/other`))).toEqual(GONE);
      expect(codeOf(await app.call('POST', '/requests', requested))).toEqual(GONE);
      const changed = { ...body, description: 'written anew' };
      expect((await app.call('PUT', `/${path}/other`, changed)).status).toBe(200);
      expect((await app.call('GET', `/${path}/other`)).status).toBe(200);
      expect((await app.call('POST', '/requests', requested)).status).toBe(202);
    });

    it('measures what was queued in an old form as it would be asked today, and ends what it cannot read', async () => {
      const fresh = await ask(app, countOf('waited'));
      const lost = await ask(app, countOf('lost'));
      await sql(
        `UPDATE runs SET form = 1, hash = 'of_old', canonical = (canonical::jsonb - 'series' - 'breakdown')::json
         WHERE id = (SELECT run_id FROM requests WHERE id = $1)`,
        fresh.id,
      );
      await sql('UPDATE runs SET form = 99 WHERE id = (SELECT run_id FROM requests WHERE id = $1)', lost.id);
      const worker = await startTestApp(stores, { role: 'worker' });
      try {
        const { status, hash, request, aggregates } = await ended(app, fresh.id);
        expect({ status, hash, request }).toEqual({ status: 'succeeded', hash: fresh.hash, request: fresh.request });
        expect(aggregates).toMatchObject({ count: { n: 1, mean: 1 } });
        const stateOf = (id: string) =>
          sql('SELECT state, error FROM runs WHERE id = (SELECT run_id FROM requests WHERE id = $1)', id);
        await until(async () => (await stateOf(lost.id))[0].state === 'failed');
        expect(await stateOf(lost.id)).toMatchObject([{ error: { code: 'stored_form_unreadable', retryable: false } }]);
      } finally {
        await worker.stop();
      }
    });
  });
});
