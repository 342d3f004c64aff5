import { DataSource } from 'typeorm';
import { VisitorKeys } from '../../../src/collect/visitor-keys.js';
import type { PropertyEntity } from '../../../src/properties/property.entity.js';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import { callHttp } from '../../support/call-http.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { CHROME, event, makeSite, ORIGIN, type CollectAnswer, type Site } from './collect-world.js';

let stores: TestStores;
let app: TestApp;
/** Another process, which remembers nothing of the first. */
let other: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  other = await startTestApp(stores);
});

afterAll(async () => {
  await other?.stop();
  await app?.stop();
  await stores?.stop();
});

/** Sends by one of the processes, by a clock that is found off by so much when it comes. */
async function send(at: TestApp, site: Site, events: readonly object[], offMs: number, more: object = {}) {
  const body = JSON.stringify({ key: site.key, sent_at: new Date(Date.now() - offMs).toISOString(), events, ...more });
  const headers = { 'content-type': 'text/plain', origin: ORIGIN, 'user-agent': CHROME };
  const answer = await callHttp(at.url, 'POST', '/v1/collect', { headers, body });
  if (answer.status !== 202) throw new Error(answer.text);
  return answer.json<CollectAnswer>();
}

const OTHER_CLOCK_MS = 3_600_000;

describe('what is sent again', () => {
  it.each([
    ['a clock that is right, and a first attempt that takes long', 6_200, 300],
    ['a clock that is right, and a second attempt that takes long', 300, 6_200],
    ['a clock that is off by about as much as it may be', 5_010, 4_990],
    ['the same the other way round', 4_900, 5_100],
    ['a clock that is an hour behind', OTHER_CLOCK_MS + 100, OTHER_CLOCK_MS + 9_000],
    ['a clock that is ahead', -60_000, -52_000],
  ])('counts once, by any process: %s', async (_, first, second) => {
    const site = await makeSite(app, `again-${first}`.replace('--', '-m'));
    const who = { user: null, time: new Date(Date.now() - 60_000 - first).toISOString() };
    const events = [event('known', who), event('hidden', { ...who, visitor: null, session: null })];
    expect(await send(app, site, events, first)).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(await send(app, site, events, second)).toMatchObject({ accepted: 0, duplicates: 2 });
    expect(await send(other, site, events, second)).toMatchObject({ accepted: 0, duplicates: 2 });
    expect(await send(other, site, events, first)).toMatchObject({ accepted: 0, duplicates: 2 });
    expect(await site.events()).toHaveLength(2);
  });

  it('moves no other clock of the same sender', async () => {
    const site = await makeSite(app, 'two-clocks');
    const now = Date.now();
    const off = event('off', { time: new Date(now - OTHER_CLOCK_MS).toISOString() });
    // The same hour by both clocks.
    const right = event('right', { time: new Date(now - OTHER_CLOCK_MS).toISOString() });
    await send(app, site, [off], OTHER_CLOCK_MS);
    await send(app, site, [right], 0);
    const times = new Map((await site.events()).map(({ event: name, time }) => [name, Date.parse(time)]));
    expect(times.get('right')).toBe(now - OTHER_CLOCK_MS);
    expect(Math.abs((times.get('off') ?? NaN) - now)).toBeLessThan(30_000);
  });
});

describe('who is not to be known again', () => {
  const OFF_MS = 73_412;

  it.each([
    ['by the settings', { visitor_ids: 'daily' }, {}],
    ['as he has not agreed', {}, { context: { consent: false } }],
  ])('%s, is not by the error of his clock', async (name, settings, more) => {
    const site = await makeSite(app, `hidden-${name.length}`);
    await site.configure(settings);
    const time = new Date(Date.now() - OFF_MS - 1000).toISOString();
    await send(app, site, [event('$page', { time })], OFF_MS, more);
    const [stored] = await site.events();
    expect(Math.abs(Date.parse(stored?.time ?? '') - Date.parse(time) - OFF_MS)).toBeLessThan(30_000);
    expect(stored?.properties).not.toHaveProperty('$clock_shift');

    const database = app.get(DataSource);
    const clocks = async (): Promise<number> => {
      const rows: object[] = await database.query(
        "SELECT FROM collect_notes WHERE property_id = $1 AND kind = 'clock'",
        [site.id],
      );
      return rows.length;
    };
    expect(await clocks()).toBe(1);
    // Without the key of the day, nobody finds the note again.
    await database.query('DELETE FROM day_keys WHERE property = $1', [site.id]);
    await send(other, site, [event('$page', { time })], OFF_MS, more);
    expect(await clocks()).toBe(2);
  });

  it('is told apart by his installation in an application, for a day', async () => {
    const site = await makeSite(app, 'installations');
    await site.configure({ visitor_ids: 'daily' });
    const more = { context: { application: { name: 'Editor' } } };
    const events = ['i-1', 'i-2', 'i-1'].map((visitor, at) => event(`e${at}`, { visitor }, 10 - at));
    expect(await send(app, site, events, 0, more)).toMatchObject({ accepted: 3 });
    const users = (await site.events()).map(({ user }) => user);
    expect(users[0]).toBe(users[2]);
    expect(users[0]).not.toBe(users[1]);
    expect(users.filter((user) => user.startsWith('i-'))).toEqual([]);
    const nobody = await send(app, site, [event('e', { visitor: null })], 0, more);
    expect(nobody.errors).toMatchObject([{ code: 'missing_field', pointer: '/visitor' }]);
  });
});

it('the key of a day is put back where the database has lost it', async () => {
  const { id } = await makeSite(app, 'lost-key');
  const property = { id, timeZone: 'UTC' } as PropertyEntity;
  const database = app.get(DataSource);
  const process = (): VisitorKeys => new VisitorKeys(database, app.get(Housekeeping));
  const [first, now] = [process(), Date.now()];
  const key = (await first.at(property, [now], now)).get(now);
  expect(key).toHaveLength(32);
  await database.query('DELETE FROM day_keys WHERE property = $1', [id]);
  expect((await first.at(property, [now], now + 60_000)).get(now)).toEqual(key);
  expect((await process().at(property, [now], now)).get(now)).toEqual(key);
});

it('registered_at is what the site has stored, however wrong the clock of the page', async () => {
  const site = await makeSite(app, 'registered');
  const time = new Date(Date.now() - OTHER_CLOCK_MS).toISOString();
  const registered = '2020-01-01T00:00:00.000Z';
  await send(
    app,
    site,
    [event('$signup', { user: 'u-1', time, registered_at: registered }), event('$signup', { user: 'u-2', time })],
    OTHER_CLOCK_MS,
  );
  const user = async (name: string) => (await site.call('GET', `/users/${name}`)).json<{ registered_at: string }>();
  expect((await user('u-1')).registered_at).toBe(registered);
  expect(Math.abs(Date.parse((await user('u-2')).registered_at) - Date.now())).toBeLessThan(60_000);
});
