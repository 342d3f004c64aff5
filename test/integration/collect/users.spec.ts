import { DataSource } from 'typeorm';
import { callHttp } from '../../support/call-http.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { event, makeSite, PHONE, type Site } from './collect-world.js';

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

describe('what a public key does to users', () => {
  const user = async (site: Site, id: string): Promise<unknown> => (await site.call('GET', `/users/${id}`)).json();
  const backend = async (site: Site, upsert: object): Promise<void> => {
    expect((await site.call('POST', '/users', [upsert])).status).toBe(200);
  };

  it('registers who is not registered, and changes no trait that a secret key has set', async () => {
    const site = await makeSite(app, 'stranger');
    await backend(site, { user: 'u-1', registered_at: '2020-01-01T00:00:00Z', traits: { plan: 'pro', seats: 3 } });
    const traits = { plan: null, seats: 99, theme: 'dark' };
    await site.taken([
      event('$login', { user: 'u-1', registered_at: '2001-01-01T00:00:00Z', traits }, 50),
      event('$signup', { user: 'u-1' }, 40),
      event('$update', { user: 'u-1', traits: { plan: 'free' } }, 30),
      event('$login', { user: 'u-2', registered_at: '2001-01-01T00:00:00Z', traits: { plan: 'free' } }, 20),
      event('$signup', { user: 'u-2' }, 10),
    ]);
    const own = { plan: 'pro', seats: 3, theme: 'dark' };
    expect(await user(site, 'u-1')).toMatchObject({ registered_at: '2020-01-01T00:00:00.000Z', traits: own });
    const known = { registered_at: '2001-01-01T00:00:00.000Z', traits: { plan: 'free' } };
    expect(await user(site, 'u-2')).toMatchObject(known);
    // What it has set it changes again, until a secret key has set it, and from when that key takes it away.
    await site.taken([event('$update', { user: 'u-2', traits: { plan: 'basic' } })]);
    expect(await user(site, 'u-2')).toMatchObject({ traits: { plan: 'basic' } });
    await backend(site, { user: 'u-2', traits: { plan: 'basic' } });
    await site.taken([event('$update', { user: 'u-2', traits: { plan: 'free' } })]);
    expect(await user(site, 'u-2')).toMatchObject({ traits: { plan: 'basic' } });
    await backend(site, { user: 'u-2', traits: { plan: null } });
    await site.taken([event('$update', { user: 'u-2', traits: { plan: 'free' } })]);
    expect(await user(site, 'u-2')).toMatchObject({ traits: { plan: 'free' } });
  });

  it('is bounded by the settings, and the picture does nothing of it', async () => {
    const site = await makeSite(app, 'allowed');
    await site.configure({ allowed_traits: ['plan'] });
    await site.taken([event('$signup', { user: 'u-1', traits: { plan: 'pro', admin: true } })]);
    expect(await user(site, 'u-1')).toMatchObject({ traits: { plan: 'pro' } });
    const query = new URLSearchParams({ key: site.key, event: '$signup', user: 'u-3' });
    const picture = await callHttp(app.url, 'GET', `/v1/collect.gif?${query}`, { headers: { 'user-agent': PHONE } });
    expect([picture.status, picture.json<{ code: string }>().code]).toEqual([400, 'invalid_parameter']);
    expect((await site.call('GET', '/users/u-3')).status).toBe(404);
  });

  it('is not done again by what is sent again, nor by what comes after a later event', async () => {
    const site = await makeSite(app, 'resent');
    const older = [event('$update', { user: 'u-1', traits: { plan: 'free' } }, 2000)];
    const newer = [event('$update', { user: 'u-1', traits: { plan: 'pro' } }, 1000)];
    const late = [event('$update', { user: 'u-1', traits: { plan: 'late', seats: 2 } }, 3000)];
    await site.taken(older);
    await site.taken(newer);
    const upserts = (): Promise<unknown> =>
      app.get(DataSource).query(`SELECT seq FROM batches WHERE property_id = $1 AND kind = 'users'`, [site.id]);
    const before = await upserts();
    expect(before).toHaveLength(2);
    for (const again of [older, newer]) expect(await site.taken(again)).toMatchObject({ duplicates: 1 });
    expect(await user(site, 'u-1')).toMatchObject({ traits: { plan: 'pro' } });
    // Nothing that answers have been worked out from has moved.
    expect(await upserts()).toEqual(before);
    await site.taken(late);
    expect(await user(site, 'u-1')).toMatchObject({ traits: { plan: 'pro', seats: 2 } });
  });
});
