import { MusterClient } from '../../../packages/client/src/index.js';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import type { ActiveUsersDto, ActiveUsersHistoryDto } from '../../../src/usage/active/active-users.dto.js';
import { DataSource } from 'typeorm';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import { insertKey } from '../../support/keys.js';
import { errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { makeProperty, type TestProperty } from './usage-app.js';

const SETTINGS = '/active-users/settings';
const SERVER = {
  activity: { event: ['login', 'logout'] },
  presence: { from: 'login', to: 'logout', session: 'resource' },
  exclude: { trait: 'disabled', eq: true },
};

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

/** As the log of a server has it. */
const log = (user: string, event: string, time: string, resource = 'phone') => ({
  user,
  event,
  time,
  properties: { resource },
});

describe('settings of active users', () => {
  it('are the defaults until they are replaced, whole and in canonical form', async () => {
    const { call } = await makeProperty(app, 'settings');
    const defaults = {
      activity: { event: null, where: null },
      windows: ['P1D', 'P7D', 'P30D'],
      presence: null,
      exclude: null,
      every: 'PT1H',
      version: 0,
    };
    expect((await call('GET', SETTINGS)).json()).toEqual(defaults);
    const body = {
      activity: { event: ['logout', 'login'], where: { property: 'bot', ne: true } },
      windows: ['P4W', 'PT24H', 'P1D'],
      presence: { from: 'login', to: 'logout', session: 'resource' },
      exclude: { trait: 'disabled', eq: true },
      every: 'PT90M',
    };
    const canonical = {
      activity: { event: ['login', 'logout'], where: { property: 'bot', ne: true } },
      windows: ['P1D', 'P28D'],
      presence: { from: ['login'], to: ['logout'], session: 'resource', max: 'P7D' },
      exclude: { trait: 'disabled', eq: true },
      every: 'PT1H30M',
    };
    expect((await call('PUT', SETTINGS, body)).json()).toEqual({ ...canonical, version: 1 });
    expect((await call('PUT', SETTINGS, canonical)).json()).toEqual({ ...canonical, version: 1 });
    expect((await call('GET', SETTINGS)).json()).toEqual({ ...canonical, version: 1 });
    expect((await call('PUT', SETTINGS, {})).json()).toEqual({ ...defaults, version: 2 });
  });

  it('are read with usage:read and changed with property:write', async () => {
    const { call } = await makeProperty(app, 'grants');
    const database = app.get(DataSource);
    const { id: accountId } = await database.manager.findOneByOrFail(AccountEntity, {});
    const statuses = async (grants: readonly ('usage:read' | 'usage:write' | 'property:write')[]) => {
      const { secret } = await insertKey(database, { accountId, grants: [...grants] });
      const headers = { authorization: `Bearer ${secret}` };
      return [
        (await call('GET', SETTINGS, undefined, headers)).status,
        (await call('GET', '/active-users', undefined, headers)).status,
        (await call('GET', '/active-users/computed', undefined, headers)).status,
        (await call('PUT', SETTINGS, {}, headers)).status,
      ];
    };
    expect(await statuses(['usage:read'])).toEqual([200, 200, 200, 403]);
    expect(await statuses(['usage:write'])).toEqual([200, 200, 200, 403]);
    expect(await statuses(['property:write'])).toEqual([403, 403, 403, 200]);
  });
});

/**
 * Noon of 1 November 2026. Ann is connected. Ben left a day ago to the millisecond, Cat a millisecond later. Dan has
 * only registered. Eve left thirty days ago. Fay's login is five days old, and she has not left. Gus was there today and
 * is disabled. Hal never said goodbye, four weeks ago. Ida comes a millisecond too late. Joe left on his phone and not on
 * his laptop.
 */
const NOON = '2026-11-01T12:00:00.000Z';
const LOG = [
  log('ann', 'login', '2026-11-01T10:00:00Z'),
  log('ben', 'login', '2026-10-31T08:00:00Z'),
  log('ben', 'logout', '2026-10-31T12:00:00.000Z'),
  log('cat', 'login', '2026-10-31T10:00:00Z'),
  log('cat', 'logout', '2026-10-31T12:00:00.001Z'),
  log('dan', 'registered', '2026-11-01T09:00:00Z'),
  log('eve', 'login', '2026-10-01T12:00:00Z'),
  log('eve', 'logout', '2026-10-02T12:00:00.000Z'),
  log('fay', 'login', '2026-10-27T09:00:00Z'),
  log('gus', 'login', '2026-11-01T08:00:00Z'),
  log('gus', 'logout', '2026-11-01T09:00:00Z'),
  log('hal', 'login', '2026-10-04T00:00:00Z'),
  log('ida', 'login', '2026-11-01T12:00:00.001Z'),
  log('joe', 'login', '2026-10-30T18:00:00Z', 'laptop'),
  log('joe', 'login', '2026-11-01T09:00:00Z'),
  log('joe', 'logout', '2026-11-01T11:00:00Z'),
];
/** Worked out by hand. */
const AT_NOON = {
  connected: 3,
  ended_by_max: 1,
  windows: [
    { window: 'P1D', users: 4, new: 1 },
    { window: 'P7D', users: 5, new: 5 },
    { window: 'P30D', users: 6, new: 6 },
  ],
  known_users: 8,
  excluded_users: 1,
};

describe('active users of a small server', () => {
  let server: TestProperty;

  beforeAll(async () => {
    server = await makeProperty(app, 'server');
    await server.send('events', ...LOG);
    await server.send(
      'users',
      { user: 'gus', traits: { disabled: true } },
      { user: 'ann', traits: { disabled: false } },
    );
    await server.call('PUT', SETTINGS, SERVER);
  });

  const at = async (instant: string): Promise<ActiveUsersDto> =>
    (await server.call('GET', `/active-users?at=${instant}`)).json();

  it('are those of a day, a week and a month, worked out by hand', async () => {
    const answer = await at(NOON);
    expect(answer).toEqual({ ...AT_NOON, as_of: NOON, data_version: 2, computed_at: expect.any(String) });
    const later = await at('2026-11-01T12:00:00.001Z');
    expect(later.connected).toBe(4);
    expect(later.windows.map(({ users }) => users)).toEqual([4, 6, 7]);
    const earlier = await at('2026-11-01T11:59:59.999Z');
    expect(earlier.windows.map(({ users }) => users)).toEqual([5, 5, 7]);
  });

  it('are nobody before anything has happened', async () => {
    const answer = await at('2020-01-01');
    expect(answer).toMatchObject({ as_of: '2020-01-01T00:00:00.000Z', connected: 0, ended_by_max: 0 });
    expect(answer.windows.map((window) => [window.users, window.new])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it('are those whom rolling_active counts', async () => {
    const users = [...new Set(LOG.map(({ user }) => user))];
    const params = { event: ['login', 'logout'], n: 1, exclude: { trait: 'disabled', eq: true } };
    const proportion = async (u: string, kind: string): Promise<unknown> => {
      const answer = await server.call('POST', '/requests?wait=20', {
        cohort: { users },
        metric: 'rolling_active',
        params: { ...params, u, kind },
        ...(kind === 'new' && { birth: { kind: 'first_event', event: ['login', 'logout'] } }),
        // Half-open: the millisecond of NOON is in it, and the one a window before is not.
        as_of: '2026-11-01T12:00:00.001Z',
      });
      return answer.json<AnswerDto>().aggregates?.['active']?.['proportion'];
    };
    await server.call('PUT', SETTINGS, { ...SERVER, presence: null });
    const { windows } = await at(NOON);
    await server.call('PUT', SETTINGS, SERVER);
    for (const { window, users: active, new: fresh } of windows) {
      expect(await proportion(window, 'active')).toMatchObject({ positives: active });
      expect(await proportion(window, 'new')).toMatchObject({ positives: fresh });
    }
  });

  it('have a history with a point for the end of each day', async () => {
    const history = (
      await server.call('GET', '/active-users?from=2026-10-31&to=2026-11-03')
    ).json<ActiveUsersHistoryDto>();
    expect(history).toMatchObject({ interval: 'day', time_zone: 'UTC', data_version: 2 });
    expect(history.data.map(({ label, as_of }) => [label, as_of])).toEqual([
      ['2026-10-31', '2026-11-01T00:00:00.000Z'],
      ['2026-11-01', '2026-11-02T00:00:00.000Z'],
      ['2026-11-02', '2026-11-03T00:00:00.000Z'],
    ]);
    for (const { from, to, label, complete, ...figures } of history.data) {
      const { data_version: _, computed_at: __, ...single } = await at(figures.as_of);
      expect([complete, from < to, label, figures]).toEqual([true, true, label, single]);
    }
  });

  it('are a table too', async () => {
    const csv = await server.call('GET', '/active-users?from=2026-10-31&to=2026-11-02&format=csv');
    expect(csv.text.split('\r\n')).toEqual([
      'from,to,label,as_of,complete,P1D.users,P1D.new,P7D.users,P7D.new,P30D.users,P30D.new,connected,ended_by_max,known_users,excluded_users',
      '2026-10-31T00:00:00.000Z,2026-11-01T00:00:00.000Z,2026-10-31,2026-11-01T00:00:00.000Z,true,4,2,4,4,6,5,2,1,7,1',
      '2026-11-01T00:00:00.000Z,2026-11-02T00:00:00.000Z,2026-11-01,2026-11-02T00:00:00.000Z,true,4,2,6,6,7,7,4,1,9,1',
      '',
    ]);
    const single = await server.call('GET', `/active-users?at=${NOON}`, undefined, { accept: 'text/csv' });
    expect(single.text.split('\r\n')[1]).toBe(`${NOON},2,4,1,5,5,6,6,3,1,8,1`);
    const lines = await server.call('GET', '/active-users?from=2026-10-31&to=2026-11-02&format=ndjson');
    const points = lines.text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const { data } = (
      await server.call('GET', '/active-users?from=2026-10-31&to=2026-11-02')
    ).json<ActiveUsersHistoryDto>();
    expect(points).toEqual(data);
    for (const format of ['parquet', 'arrow']) {
      const file = await server.call('GET', `/active-users?from=2026-10-31&format=${format}`);
      expect([file.status, file.bytes.length > 100]).toEqual([200, true]);
    }
  });

  it('come from the client', async () => {
    const client = new MusterClient({ url: app.url, apiKey: app.adminKey }).property('server');
    expect(await client.activeUsers({ at: NOON })).toMatchObject(AT_NOON);
    expect(await client.activeUsers()).toMatchObject({ known_users: 9 });
    const { data } = await client.activeUsersHistory({ from: '2026-10-01', to: '2026-11-01', interval: 'week' });
    expect(data.map(({ label }) => label)).toEqual(['2026-W40', '2026-W41', '2026-W42', '2026-W43', '2026-W44']);
  });

  it('have a last point that is not over, as of now', async () => {
    const from = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const { data } = (
      await server.call('GET', `/active-users?from=${from}&to=2100-01-01&interval=week`)
    ).json<ActiveUsersHistoryDto>();
    const last = data.at(-1)!;
    expect(last.complete).toBe(false);
    expect(Math.abs(Date.parse(last.as_of) - Date.now())).toBeLessThan(60_000);
    expect(Date.parse(last.to)).toBeGreaterThan(Date.now());
  });

  it.each([
    ['at=2100-01-01', 400, 'at'],
    ['at=yesterday', 400, 'at'],
    ['at=2026-01-01&interval=day', 400, 'interval'],
    ['to=2026-01-01', 400, 'from'],
    ['from=2100-01-01', 400, 'from'],
    ['from=2026-02-01&to=2026-02-01', 400, 'to'],
    ['from=2026-02-01&interval=fortnight', 400, 'interval'],
    ['from=2026-02-01&interval=PT0S', 400, 'interval'],
    ['from=2026-02-01&to=2026-03-01&interval=PT1S', 422, 'interval'],
    ['from=2026-02-01&delimiter=tab', 400, 'delimiter'],
    ['since=2026-02-01', 400, 'since'],
  ])('refuse %s with %i', async (query, status, parameter) => {
    const answer = await server.call('GET', `/active-users?${query}`);
    expect([answer.status, errorOf(answer).errors?.[0]?.parameter]).toEqual([status, parameter]);
  });
});
