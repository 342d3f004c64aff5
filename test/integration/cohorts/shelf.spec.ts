import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import type { CohortUsageDto } from '../../../src/cohorts/cohort.dto.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { send } from '../../support/ingest.js';
import { answerOf, ask, errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import type { TestResponse } from '../../support/call-http.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

let stores: TestStores;
let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  other = await startTestApp(stores);
  await send(app, 'events', { user: 'ann', event: 'buy', time: '2020-05-01T00:00:00Z' });
});

afterAll(async () => {
  await app?.stop();
  await other?.stop();
  await stores?.stop();
});

const BUYS = { did: { event: 'buy' } };

async function make(name: string, content: object = { rule: BUYS }): Promise<CohortDto> {
  const response = await app.call('POST', '/cohorts', { name, ...content });
  if (response.status !== 201) throw new Error(response.text);
  return response.json();
}

const put = (name: string, content: object, headers: Record<string, string> = {}, on = app): Promise<TestResponse> =>
  on.call('PUT', `/cohorts/${encodeURIComponent(name)}`, { name, ...content }, headers);

async function names(query: string): Promise<string[]> {
  const list = await app.call('GET', `/cohorts?limit=1000&${query}`);
  expect(list.status).toBe(200);
  return list.json<{ data: CohortDto[] }>().data.map(({ name }) => name);
}

const usage = async (name: string): Promise<CohortUsageDto> =>
  (await app.call('GET', `/cohorts/${name}/used_by`)).json();

describe('a list of cohorts', () => {
  it('is narrowed by tag, kind and text', async () => {
    await make('Teetrinker', { rule: BUYS, tags: ['drinks', 'de'], description: 'Who bought TEA once' });
    await make('coffee', { static: { users: ['ann'] }, tags: ['drinks'] });
    await make('hot', { set: 'Teetrinker~coffee', description: '100% hot_ones' });
    expect(await names('tag=drinks')).toEqual(['Teetrinker', 'coffee']);
    expect(await names('tag=drink')).toEqual([]);
    expect(await names('kind=set')).toEqual(['hot']);
    expect(await names('kind=rule&tag=de')).toEqual(['Teetrinker']);
    expect(await names('text=tea')).toEqual(['Teetrinker']);
    expect(await names('text=DRINKS')).toEqual(['Teetrinker', 'coffee']);
    expect(await names('text=0%25%20h')).toEqual(['hot']);
    expect(await names('text=%25')).toEqual(['hot']);
  });

  it('leaves out what was put away, which answers as before', async () => {
    const { id } = await make('old');
    const archived = await app.call('POST', `/cohorts/${id}/archive`);
    expect(archived.json()).toMatchObject({ archived_at: expect.stringMatching(/Z$/), version: 1 });
    expect([await names('text=old'), await names('text=old&archived=true')]).toEqual([[], ['old']]);
    expect(await names('text=old&archived=any')).toEqual(['old']);
    expect((await ask(app, { ...REQUEST, cohort: 'old' }, '?wait=20')).cohort.size).toBe(1);
    const again = await app.call('POST', `/cohorts/${id}/archive`);
    expect(again.headers['etag']).toBe(archived.headers['etag']);
    expect((await app.call('POST', '/cohorts', { name: 'old', rule: BUYS })).status).toBe(409);
    const restored = await app.call('POST', `/cohorts/${id}/restore`);
    expect(restored.json()).toMatchObject({ archived_at: null });
    expect(await names('text=old')).toEqual(['old']);
  });

  it.each(['kind=list', 'archived=yes', 'tag=a&tag=b', `text=${'x'.repeat(201)}`, 'page=1'])(
    'refuses %s',
    async (query) => {
      expect((await app.call('GET', `/cohorts?${query}`)).status).toBe(400);
    },
  );
});

const REQUEST = { metric: 'event_count', window: { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' } };

describe('a cohort in use', () => {
  it('is removed only by force, and answers stay', async () => {
    const { id } = await make('used');
    await make('above', { set: { and: ['used', { users: ['ann'] }] } });
    const direct = await ask(app, { ...REQUEST, cohort: 'used', aggregators: ['sum'] }, '?wait=20');
    const indirect = await ask(app, { ...REQUEST, cohort: 'above' }, '?wait=20');
    const { cohorts, requests, requests_total } = await usage('used');
    expect([cohorts.map(({ name }) => name), requests_total]).toEqual([['above'], 2]);
    expect(requests.map((request) => request.id)).toEqual([indirect.id, direct.id]);

    const refused = await app.call('DELETE', `/cohorts/${id}`);
    expect([refused.status, errorOf(refused).code]).toEqual([409, 'cohort_in_use']);
    expect(errorOf(refused).detail).toContain('the cohorts "above" and 2 requests');
    expect((await app.call('DELETE', `/cohorts/${id}?force=yes`)).status).toBe(400);
    expect((await app.call('DELETE', `/cohorts/${id}?force=true`)).status).toBe(204);
    expect((await answerOf(app, direct.id)).aggregates).toEqual(direct.aggregates);
    const rows = await app.call('GET', `/requests/${direct.id}/users`);
    expect(rows.json<{ data: [] }>().data).toHaveLength(1);
    const broken = await app.call('POST', '/requests', { ...REQUEST, cohort: 'above' });
    expect([broken.status, errorOf(broken).code, errorOf(broken).detail]).toEqual([
      422,
      'unknown_cohort',
      `The cohort ${id} that "above" names has been deleted.`,
    ]);
  });

  it('is not in use by requests that were given up', async () => {
    await make('given up', { rule: { did: { event: 'never asked before' } } });
    await whileFrozen(stores.engine, async () => {
      const { id } = await ask(app, { ...REQUEST, cohort: 'given up' });
      expect(await usage('given%20up')).toMatchObject({ requests_total: 1, requests: [{ id }] });
      expect((await app.call('DELETE', `/requests/${id}`)).status).toBe(200);
    });
    expect(await usage('given%20up')).toMatchObject({ requests_total: 0, requests: [] });
    expect((await app.call('DELETE', '/cohorts/given%20up')).status).toBe(204);
  });

  it('is named by id: a new name breaks nothing', async () => {
    await make('before');
    await make('names it', { set: { and: ['before', { users: ['ann'] }] } });
    await app.call('PUT', '/cohorts/before', { name: 'after', rule: BUYS });
    expect((await ask(app, { ...REQUEST, cohort: 'names it' }, '?wait=20')).cohort.size).toBe(1);
    expect((await usage('after')).cohorts).toEqual([{ id: expect.stringMatching(/^coh_/), name: 'names it' }]);
  });

  it('cannot be made of itself: the path is told', async () => {
    for (const name of ['one', 'two', 'three']) await make(name);
    await put('one', { set: { or: ['two', 'three'] } });
    await put('two', { set: { except: ['three', { user: 'x' }] } });
    const refused = await put('three', { rule: BUYS, universe: 'one' });
    expect([refused.status, errorOf(refused).code]).toEqual([422, 'cohort_cycle']);
    expect(refused.json<{ path: string[] }>().path).toEqual(['three', 'one', 'two', 'three']);
    expect(errorOf(await put('three', { set: 'three~one' })).code).toBe('cohort_cycle');
    expect((await app.call('GET', '/cohorts/three')).json()).toMatchObject({ version: 1, kind: 'rule' });
  });

  it('is not made of itself by two at once, in two processes', async () => {
    for (const name of ['left', 'right']) await make(name);
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all([
        put('left', { set: { and: ['right', { user: `${round}` }] } }),
        put('right', { set: { and: ['left', { user: `${round}` }] } }, {}, other),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
      for (const name of ['left', 'right']) expect((await put(name, { rule: BUYS })).status).toBe(200);
    }
  });
});

describe('If-Match', () => {
  it('guards every change', async () => {
    await make('guarded');
    const { etag } = (await app.call('GET', '/cohorts/guarded')).headers;
    const match = { 'if-match': etag! };
    const changed = await put('guarded', { rule: BUYS, tags: ['x'] }, match);
    expect([changed.status, changed.headers['etag'] === etag]).toEqual([200, false]);
    const late = [
      await put('guarded', { rule: BUYS, tags: ['y'] }, match),
      await app.call('POST', '/cohorts/guarded/archive', undefined, match),
      await app.call('DELETE', '/cohorts/guarded', undefined, match),
    ];
    expect(late.map((response) => [response.status, errorOf(response).code])).toEqual(
      late.map(() => [412, 'precondition_failed']),
    );
    expect((await app.call('GET', '/cohorts/guarded')).json()).toMatchObject({ tags: ['x'], archived_at: null });
    expect((await put('guarded', { rule: BUYS }, { 'if-match': '*' })).status).toBe(200);
  });

  it('lets one of many win', async () => {
    await make('raced', { static: { users: ['0'] } });
    const match = { 'if-match': (await app.call('GET', '/cohorts/raced')).headers['etag']! };
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((i) => put('raced', { static: { users: [`${i}`] } }, match, i % 2 === 0 ? app : other)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    expect((await app.call('GET', '/cohorts/raced')).json()).toMatchObject({ version: 2 });
  });
});

describe('changes without If-Match', () => {
  it('are made one after another, in two processes: none is lost, and each is a version', async () => {
    await make('edited', { static: { users: ['0'] } });
    const turns = [1, 2, 3, 4, 5, 6];
    const answers = await Promise.all(
      turns.flatMap((i) => {
        const on = i % 2 === 0 ? app : other;
        return [
          put('edited', { static: { users: ['0', `put ${i}`] } }, {}, on),
          on.call('POST', '/cohorts/edited/members', { add: [`added ${i}`] }),
          on.call('POST', `/cohorts/edited/${i % 3 === 0 ? 'restore' : 'archive'}`),
        ];
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { version } = (await app.call('GET', '/cohorts/edited')).json<CohortDto>();
    expect(version).toBe(13);
    const lists: string[][] = [];
    for (let of = 1; of <= version; of += 1) {
      const page = await app.call('GET', `/cohorts/edited/members?version=${of}`);
      lists.push(page.json<{ data: { user: string }[] }>().data.map(({ user }) => user));
    }
    // A PUT begins anew, an added user comes to what there was.
    for (const [i, list] of lists.entries()) {
      const before = lists[i - 1] ?? [];
      const added = list.filter((user) => !before.includes(user));
      expect(i === 0 || added.length === 1).toBe(true);
      if (added[0]?.startsWith('added')) expect(list).toEqual([...before, ...added].toSorted());
      else if (i > 0) expect(list).toEqual(['0', ...added]);
    }
    const news = new Set(lists.flat());
    expect(turns.filter((i) => !news.has(`put ${i}`) || !news.has(`added ${i}`))).toEqual([]);
  });
});
