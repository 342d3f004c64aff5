import { DataSource } from 'typeorm';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import type { Grant } from '../../../src/core/access/grants.js';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { callHttp, type TestResponse } from '../../support/call-http.js';
import { insertKey } from '../../support/keys.js';
import { memberSetHash } from '../../support/member-set-hash.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { pathOf, routesOf, type Route } from './routes.js';
import { allBut, call, type Place } from './strangers.js';

// What callers without `people:read` get to see: every route is called with ids of things that are there, and no answer
// holds a user, nor a hash by which a list that is guessed could be told.

const USERS = ['person-ann', 'person-bob', 'person-eve'];
const YEAR = { window: { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' } };
const PAIR = { cohort: 'pair', metric: 'event_count', ...YEAR };
const RULE = { trait: 'country', eq: 'US' };

let stores: TestStores;
let app: TestApp;
let place: Place;
let routes: readonly Route[];
/** Keys without people: a viewer, and who has every other grant. */
let viewer: string;
let others: string;
/** Hashes into which users go. */
const hashes: string[] = USERS.map((user) => memberSetHash([user]).hash);

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  const database = app.get(DataSource);
  const [{ id: accountId }] = (await database.manager.find(AccountEntity)) as [AccountEntity];
  viewer = (await insertKey(database, { accountId, role: 'viewer' })).secret;
  others = (await insertKey(database, { accountId, grants: allBut('people:read') })).secret;
  place = await fill(accountId);
  routes = await routesOf(app.url);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

async function fill(accountId: string): Promise<Place> {
  const send = async (path: string, body?: object): Promise<{ id: string; hash: string }> => {
    const sent = await app.call('POST', path, body);
    if (sent.status >= 300) throw new Error(`${path}: ${sent.text}`);
    return sent.json();
  };
  await send(
    '/users',
    USERS.map((user) => ({ user, traits: { country: 'US', mail: `${user}@example.org` } })),
  );
  await send(
    '/events',
    USERS.map((user) => ({ id: user, user, event: 'visit', time: '2020-05-01T00:00:00Z', properties: { by: user } })),
  );
  const pair = await send('/cohorts', { name: 'pair', static: { users: USERS.slice(0, 2) } });
  await send(`/cohorts/${pair.id}/members`, { add: [USERS[2]], remove: [] });
  const rule = await send('/cohorts', { name: 'of-pair', set: { and: ['pair', { rule: RULE }] } });
  const evaluation = await send(`/cohorts/${rule.id}/evaluations?wait=30`);
  const request = await send('/requests?wait=30', PAIR);
  const inline = await send('/requests?wait=30', { ...PAIR, cohort: { users: [USERS[0]] } });
  const linked = await app.call('GET', '/run/user/person-bob/event_count?window=2020-01-01/2021-01-01&wait=30');
  const upload = await send(`/cohorts/${pair.id}/validate?wait=30`);
  const metric = await send('/metrics', { name: 'visits', metric: 'event_count' });
  hashes.push(pair.hash, rule.hash, evaluation.hash, request.hash, inline.hash, linked.json<AnswerDto>().hash);
  hashes.push(memberSetHash(USERS).hash);
  expect(new Set(hashes).size).toBeGreaterThan(8);
  const things = {
    cohort: pair.id,
    rule: rule.id,
    evaluation: evaluation.id,
    request: request.id,
    inline: inline.id,
    upload: upload.id,
    metric: metric.id,
  };
  return { accountId, propertyId: 'default', slug: 'default', owner: app.adminKey, keyId: '', things };
}

/** Users and hashes that an answer holds. */
function leaksIn({ text, headers }: TestResponse): string[] {
  const whole = text + JSON.stringify(headers);
  return [...(whole.match(/person-\w+/g) ?? []), ...hashes.filter((hash) => whole.includes(hash))];
}

const body = (key: string, path: string, sent: object): Promise<TestResponse> =>
  call(app, 'POST', `/v1/properties/default${path}`, key, sent);
const codeOf = (response: TestResponse): unknown[] => {
  const { code, missing_grant: missing } = response.json<{ code: string; missing_grant?: Grant }>();
  return [response.status, code, missing];
};

/** What is asked of a route beside nothing. */
const QUERIES: readonly (readonly [of: RegExp, queries: readonly string[]])[] = [
  [/\/run\//, ['?window=2020-01-01/2021-01-01']],
  [/\/requests$/, ['', '?include=answers']],
  [/\/trackables\/\w+\//, ['', '?by=user']],
];

describe('without people', () => {
  it('no GET of any route holds a user, or the hash of a list', async () => {
    const reading = routes.filter(({ method, path }) => method === 'GET' && !path.startsWith('/v1/account'));
    const found: object[] = [];
    let answered = 0;
    for (const key of [viewer, others]) {
      for (const route of reading) {
        const path = pathOf(route, 'default', place);
        const [, queries = ['']] = QUERIES.find(([of]) => of.test(path)) ?? [];
        for (const query of queries) {
          const response = await call(app, 'GET', path + query, key);
          if (response.status === 200) answered += 1;
          const leaks = leaksIn(response);
          if (leaks.length > 0) found.push({ path: path + query, status: response.status, leaks });
          const isPeople = route.grants.includes('people:read');
          if (isPeople) expect([path, response.status]).toEqual([path, 403]);
        }
      }
    }
    expect(found).toEqual([]);
    expect(answered).toBeGreaterThan(45);
    // The same calls show them to who may see them: the check can fail.
    const shown = await app.call('GET', '/cohorts');
    expect(leaksIn(shown)).not.toEqual([]);
  });

  it('a request with a list of users shows aggregates, and not whose', async () => {
    const path = `/v1/properties/default/requests/${place.things['inline']}`;
    for (const end of ['', '/aggregates', '/events', '/aggregates?format=csv']) {
      const response = await call(app, 'GET', path + end, viewer);
      expect([end, response.status, leaksIn(response)]).toEqual([end, 200, []]);
    }
    const { aggregates, cohort, hash, users, request } = (await call(app, 'GET', path, viewer)).json<AnswerDto>();
    expect(aggregates).toMatchObject({ count: { n: 1 } });
    expect([cohort.hash, cohort.size, hash, users, request.cohort]).toEqual([null, 1, null, null, { members: null }]);
  });

  it('`text` finds no request by a hash', async () => {
    const found = async (key: string, text: string): Promise<number> => {
      const path = `/v1/properties/default/requests?text=${text}`;
      return (await call(app, 'GET', path, key)).json<{ data: unknown[] }>().data.length;
    };
    for (const hash of hashes) expect(await found(viewer, hash)).toBe(0);
    expect(await found(app.adminKey, memberSetHash([USERS[0]!]).hash)).toBeGreaterThan(0);
    expect(await found(viewer, 'pair')).toBeGreaterThan(0);
  });

  it.each([
    ['/requests', { ...PAIR, cohort: { users: ['person-ann'] } }],
    ['/requests', { ...PAIR, cohort: { user: 'person-ann' } }],
    ['/requests', { ...PAIR, cohort: { set: { and: ['pair', { users: ['person-ann'] }] } } }],
    ['/requests', { ...PAIR, cohort: { rule: RULE, universe: { users: ['person-ann'] } } }],
    ['/requests/canonical', { ...PAIR, cohort: { users: ['person-ann'] } }],
    ['/cohorts', { name: 'one', static: { users: ['person-ann'] } }],
    ['/cohorts', { name: 'one', set: { and: ['pair', { users: ['person-ann'] }] } }],
    ['/cohorts/preview', { static: { users: ['person-ann'] } }],
    ['/cohorts/preview', { set: { and: ['pair', { user: 'person-ann' }] } }],
  ])('nobody names users: POST %s %j', async (path, sent) => {
    const response = await body(others, path, sent);
    expect(codeOf(response)).toEqual([403, 'forbidden', 'people:read']);
    expect(leaksIn(response)).toEqual([]);
  });

  it('a preview has a size and no sample, and writes hold no hash', async () => {
    const preview = await body(others, '/cohorts/preview', { rule: RULE });
    expect(preview.json()).toMatchObject({ size: 3, sample: null });
    const made = await body(others, '/cohorts', { name: 'of-pair-too', set: { and: ['pair', { rule: RULE }] } });
    const asked = await body(others, '/requests?wait=30', PAIR);
    const said = await body(others, '/requests/canonical', PAIR);
    for (const response of [preview, made, asked, said]) {
      expect([response.status < 300, leaksIn(response)]).toEqual([true, []]);
    }
  });

  it('the schema of a property has no examples', async () => {
    const path = '/v1/properties/default/schema';
    const traits = async (key: string) =>
      (await call(app, 'GET', path, key)).json<{ traits: { types: { examples: string[] }[] }[] }>().traits;
    expect((await traits(others)).flatMap(({ types }) => types.flatMap(({ examples }) => examples))).toEqual([]);
    expect(JSON.stringify(await traits(app.adminKey))).toContain('person-ann@example.org');
  });

  it('an answer to an Idempotency-Key of another caller is not given again', async () => {
    const headers = { 'idempotency-key': 'shared' };
    const path = '/v1/properties/default/requests';
    const send = (key: string) =>
      callHttp(app.url, 'POST', path, { headers: { ...headers, authorization: `Bearer ${key}` }, body: PAIR });
    expect(leaksIn(await send(app.adminKey))).not.toEqual([]);
    const again = await send(viewer);
    expect([again.status, again.headers['idempotency-replayed'], leaksIn(again)]).toEqual([200, undefined, []]);
  });
});

describe('a viewer', () => {
  it('is answered by what is stored, and has nothing computed', async () => {
    const stored = await body(viewer, '/requests', PAIR);
    expect(stored.json()).toMatchObject({ status: 'succeeded', cached: true, aggregates: { count: { n: 3 } } });
    const link = '/v1/properties/default/run/cohort/pair/event_count?window=2020-01-01/2021-01-01';
    expect((await call(app, 'GET', link, viewer)).json()).toMatchObject({ cached: true });
    const fresh = { ...PAIR, window: { kind: 'fixed', from: '2019-01-01', to: '2021-01-01' } };
    expect(codeOf(await body(viewer, '/requests', fresh))).toEqual([403, 'forbidden', 'requests:write']);
    expect(codeOf(await body(viewer, '/requests', { ...fresh, cache: 'stale_ok' }))).toEqual([
      403,
      'forbidden',
      'requests:write',
    ]);
    expect(codeOf(await body(viewer, '/requests', { ...PAIR, cache: 'refresh' }))).toEqual([
      403,
      'forbidden',
      'requests:write',
    ]);
    const only = await body(viewer, '/requests', { ...fresh, cache: 'only' });
    expect([...codeOf(only), only.json<{ hash: null }>().hash]).toEqual([404, 'result_not_cached', undefined, null]);
    const unasked = await call(app, 'GET', link.replace('2020-01-01/', '2019-01-01/'), viewer);
    expect(codeOf(unasked)).toEqual([403, 'forbidden', 'requests:write']);
  });

  it('sees an answer that has gone stale as it is', async () => {
    await app.call('POST', '/events', [{ user: 'person-ann', event: 'visit', time: '2020-06-01T00:00:00Z' }]);
    const stale = await body(viewer, '/requests', PAIR);
    expect(stale.json()).toMatchObject({ cached: true, stale: true, refresh: null });
  });
});
