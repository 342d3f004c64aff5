import { jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import { ActiveUsersComputationEntity } from '../../../src/usage/active/active-users-computation.entity.js';
import { ActiveUsersSchedule } from '../../../src/usage/active/active-users-schedule.js';
import type { ActiveUsersDto } from '../../../src/usage/active/active-users.dto.js';
import { callHttp } from '../../support/call-http.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { gaugesOf, makeProperty, type TestProperty } from './usage-app.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEADLINE_MS = 30_000;

let stores: TestStores;
let app: TestApp;
/** Another process, which serves and does not work. */
let other: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  other = await startTestApp(stores, { role: 'api' });
  // What every account begins with.
  await computed();
});

afterAll(async () => {
  await other?.stop();
  await app?.stop();
  await stores?.stop();
});

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const look = (): Promise<number> => app.get(ActiveUsersSchedule).look();

/** Queues what is due, and waits until it is computed. Returns how much that was. */
async function computed(): Promise<number> {
  const queued = await look();
  await until(async () => (await open()) === 0, DEADLINE_MS);
  return queued;
}

const open = (): Promise<number> =>
  app.get(DataSource).manager.countBy(ActiveUsersComputationEntity, [{ state: 'queued' }, { state: 'running' }]);

const rowsOf = ({ id }: TestProperty): Promise<ActiveUsersComputationEntity[]> =>
  app.get(DataSource).manager.find(ActiveUsersComputationEntity, {
    where: { propertyId: id },
    order: { number: 'ASC' },
  });

/** As if the last computation had been queued so much earlier. */
async function age({ id }: TestProperty, ms: number): Promise<void> {
  const sql = `UPDATE active_users_computations SET created_at = created_at - make_interval(secs => $2::float8 / 1000)
    WHERE property_id = $1 AND number = (SELECT max(number) FROM active_users_computations WHERE property_id = $1)`;
  await app.get(DataSource).query(sql, [id, ms]);
}

const newest = async ({ call }: TestProperty): Promise<ActiveUsersDto> => (await call('GET', '/active-users')).json();

describe('active users that are due', () => {
  it('are gauges in every process once they are computed, and absent before', async () => {
    const shop = await makeProperty(app, 'shop');
    await shop.call('PUT', '/active-users/settings', {
      windows: ['PT12H', 'P30D'],
      presence: { from: 'login', to: 'logout' },
    });
    await shop.send(
      'events',
      { user: 'a', event: 'login', time: ago(HOUR_MS) },
      { user: 'b', event: 'view', time: ago(2 * DAY_MS) },
    );
    expect(await gaugesOf(app, 'shop')).toEqual({});
    // Nobody has to wait for the figures themselves.
    expect(await newest(shop)).toMatchObject({ connected: 1, known_users: 2 });
    expect(await gaugesOf(app, 'shop')).toEqual({});

    expect(await computed()).toBe(1);
    const gauges = await gaugesOf(app, 'shop');
    const [row] = await rowsOf(shop);
    expect(gauges).toEqual({
      'muster_active_users shop 12h': 1,
      'muster_active_users shop 30d': 2,
      'muster_connected_users shop': 1,
      'muster_active_users_computed_timestamp_seconds shop': row!.finishedAt!.getTime() / 1000,
    });
    expect(await gaugesOf(other, 'shop')).toEqual(gauges);

    await shop.send('events', { user: 'c', event: 'view', time: ago(HOUR_MS) });
    const stored = await newest(shop);
    expect(stored).toMatchObject({
      as_of: row!.startedAt!.toISOString(),
      computed_at: row!.finishedAt!.toISOString(),
      data_version: 1,
      known_users: 2,
    });
    expect(await gaugesOf(other, 'shop')).toEqual(gauges);
  });

  it('have no gauge of sessions where there are none, and 0 where nobody was active', async () => {
    await makeProperty(app, 'empty');
    await computed();
    const { 'muster_active_users_computed_timestamp_seconds empty': at, ...gauges } = await gaugesOf(other, 'empty');
    expect(at).toBeGreaterThan(0);
    expect(gauges).toEqual({
      'muster_active_users empty 1d': 0,
      'muster_active_users empty 7d': 0,
      'muster_active_users empty 30d': 0,
    });
  });

  it('are queued by one of two processes that look at once', async () => {
    const second = await startTestApp(stores);
    try {
      await computed();
      const properties = await Promise.all(['one', 'two', 'three'].map((slug) => makeProperty(app, slug)));
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([look(), second.get(ActiveUsersSchedule).look(), look()]);
      }
      await until(async () => (await open()) === 0, DEADLINE_MS);
      for (const property of properties) {
        expect((await rowsOf(property)).map(({ state, attempt }) => [state, attempt])).toEqual([['succeeded', 1]]);
      }
    } finally {
      await second.stop();
    }
  });

  it('are due again after `every`, and a twelfth of it later at the latest', async () => {
    const property = await makeProperty(app, 'again');
    await property.call('PUT', '/active-users/settings', { every: 'PT2H' });
    expect(await computed()).toBe(1);
    expect(await look()).toBe(0);
    // As if this process had started long before.
    const late = jest.spyOn(performance, 'now').mockReturnValue(100 * DAY_MS);
    try {
      await age(property, 2 * HOUR_MS - 60_000);
      expect(await look()).toBe(0);
      await age(property, (2 * HOUR_MS) / 12 + 60_000);
      expect(await look()).toBe(1);
    } finally {
      late.mockRestore();
    }
    await until(async () => (await open()) === 0, DEADLINE_MS);
    expect(await rowsOf(property)).toHaveLength(2);
  });

  it('are computed anew by a process that starts, and by other settings at once', async () => {
    const property = await makeProperty(app, 'restarted');
    await computed();
    const second = await startTestApp(stores);
    try {
      expect(await second.get(ActiveUsersSchedule).look()).toBeGreaterThan(0);
      await until(async () => (await open()) === 0, DEADLINE_MS);
      expect(await rowsOf(property)).toHaveLength(2);
      expect(await second.get(ActiveUsersSchedule).look()).toBe(0);
      expect(await look()).toBe(0);
    } finally {
      await second.stop();
    }
    await property.call('PUT', '/active-users/settings', { windows: ['P2D'] });
    // Figures by other settings are not the newest any more.
    expect(await gaugesOf(other, 'restarted')).toEqual({});
    expect(await computed()).toBe(1);
    expect(await gaugesOf(other, 'restarted')).toMatchObject({ 'muster_active_users restarted 2d': 0 });
  });

  it('bear a clock that jumps', async () => {
    const property = await makeProperty(app, 'clock');
    await property.send('events', { user: 'a', event: 'view', time: ago(HOUR_MS) });
    // The process is a year ahead, and the database, by whose clock all is done, is not.
    const ahead = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 365 * DAY_MS);
    try {
      expect(await computed()).toBe(1);
      expect(await look()).toBe(0);
    } finally {
      ahead.mockRestore();
    }
    const [row] = await rowsOf(property);
    expect(Math.abs(row!.asOf!.getTime() - Date.now())).toBeLessThan(60_000);
    expect(row!.figures!.windows[0]).toEqual({ window: 'P1D', users: 1, new: 1 });
    // The database's clock was a day ahead and is set back: nothing waits for it to come there again.
    await age(property, -DAY_MS);
    expect(await computed()).toBe(1);
    expect(await look()).toBe(0);
    const [, later] = await rowsOf(property);
    expect(later!.createdAt.getTime()).toBeLessThan(row!.createdAt.getTime() + DAY_MS);
    expect((await newest(property)).computed_at).toBe(later!.finishedAt!.toISOString());
  });

  it('are kept and listed, and go with their time but for the newest, and with the property', async () => {
    const property = await makeProperty(app, 'past');
    for (let i = 0; i < 3; i += 1) {
      await computed();
      await property.call('PUT', '/active-users/settings', { windows: [`P${i + 1}D`] });
    }
    await computed();
    const list = async (): Promise<string[]> => {
      const page = (await property.call('GET', '/active-users/computed?limit=3')).json<{
        data: ActiveUsersDto[];
        next_cursor: string;
      }>();
      const next = await property.call('GET', `/active-users/computed?cursor=${page.next_cursor}`);
      return [...page.data, ...next.json<{ data: ActiveUsersDto[] }>().data].map(({ windows }) =>
        windows.map(({ window }) => window).join(' '),
      );
    };
    expect(await list()).toEqual(['P3D', 'P2D', 'P1D', 'P1D P7D P30D']);
    const housekeeping = app.get(Housekeeping);
    expect((await housekeeping.sweep(new Date(Date.now() + 399 * DAY_MS)))?.removed['active_users']).toBe(0);
    expect((await housekeeping.sweep(new Date(Date.now() + 401 * DAY_MS)))?.removed['active_users']).toBeGreaterThan(2);
    expect((await rowsOf(property)).map(({ figures }) => figures?.windows[0]?.window)).toEqual(['P3D']);

    expect(Object.keys(await gaugesOf(other, 'past'))).toContain('muster_active_users past 3d');
    const headers = { authorization: `Bearer ${app.adminKey}` };
    expect((await callHttp(app.url, 'DELETE', '/v1/properties/past', { headers })).status).toBe(202);
    expect(await gaugesOf(other, 'past')).toEqual({});
    await until(async () => (await rowsOf(property)).length === 0, DEADLINE_MS);
    expect(await computed()).toBe(0);
  });

  it('are looked for by themselves, in processes that work', async () => {
    const property = await makeProperty(app, 'timer');
    const serves = await startTestApp(stores, { role: 'api', activeUsersEveryMs: 20 });
    const works = await startTestApp(stores, { role: 'worker', activeUsersEveryMs: 1000 });
    try {
      await until(async () => (await rowsOf(property))[0]?.state === 'succeeded', DEADLINE_MS);
      expect(Object.keys(await gaugesOf(works, 'timer'))).toContain('muster_active_users timer 1d');
    } finally {
      await works.stop();
      await serves.stop();
    }
  });
});
