import { DataSource } from 'typeorm';
import type { CurrentSessionDto, SessionDto } from '../../../src/accounts/sessions/session.dto.js';
import { SessionEntity } from '../../../src/accounts/sessions/session.entity.js';
import type { Method, TestResponse } from '../../support/call-http.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { callAt, codeOf, cookieOf, newMember, PASSWORD, SAME_SITE, type Headers } from './signed-in.js';

let stores: TestStores;
let app: TestApp;
/** Another process on the same stores. */
let other: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  other = await startTestApp(stores, { role: 'api' });
});

afterAll(async () => {
  await Promise.all([app?.stop(), other?.stop()]);
  await stores?.stop();
});

const call = (method: Method, path: string, headers: Headers, body?: object, url = app.url): Promise<TestResponse> =>
  callAt(url, method, path, headers, body);
const byKey = (): Headers => ({ authorization: `Bearer ${app.adminKey}` });
const member = (granted: object) => newMember(app, granted);
const signIn = (email: string, password = PASSWORD, headers: Headers = {}): Promise<TestResponse> =>
  call('POST', '/session', headers, { email, password });

describe('a session', () => {
  it('changes something only for its own site', async () => {
    const { cookie } = await member({ role: 'owner' });
    const create = (more: Headers, slug: string) => call('POST', '/properties', { ...cookie, ...more }, { slug });
    expect(codeOf(await create({}, 'csrf-1'))).toEqual([403, 'csrf']);
    expect(codeOf(await create({ 'sec-fetch-site': 'cross-site' }, 'csrf-2'))).toEqual([403, 'csrf']);
    expect(codeOf(await create({ 'x-csrf-token': 'guessed' }, 'csrf-3'))).toEqual([403, 'csrf']);
    expect((await create(SAME_SITE, 'csrf-4')).status).toBe(201);
    const { csrf_token: token } = (await call('GET', '/session', cookie)).json<CurrentSessionDto>();
    expect((await create({ 'x-csrf-token': token }, 'csrf-5')).status).toBe(201);
    const slugs = (await call('GET', '/properties?limit=1000', cookie)).text;
    expect([1, 2, 3].filter((n) => slugs.includes(`csrf-${n}`))).toEqual([]);
  });

  it('is nothing beside a key, and the other way round', async () => {
    const { cookie } = await member({ role: 'viewer' });
    const both = await call('POST', '/properties', { ...cookie, ...byKey() }, { slug: 'by-key' });
    expect(both.status).toBe(201);
    const wrong = await call('GET', '/properties', { ...cookie, authorization: 'Bearer nonsense' });
    expect(wrong.status).toBe(401);
    expect(codeOf(await call('GET', '/session', byKey()))).toEqual([403, 'forbidden']);
  });

  it('ends at once in every process: signed out, removed, demoted', async () => {
    const status = async (cookie: Headers): Promise<number[]> =>
      Promise.all(
        [app.url, other.url].map(async (url) => (await call('GET', '/account/keys', cookie, undefined, url)).status),
      );
    const [out, demoted, removed] = [
      await member({ role: 'admin' }),
      await member({ role: 'admin' }),
      await member({ role: 'admin' }),
    ];
    for (const { cookie } of [out, demoted, removed]) expect(await status(cookie)).toEqual([200, 200]);
    const ended = await call('DELETE', '/session', { ...out.cookie, ...SAME_SITE });
    expect([ended.status, String(ended.headers['set-cookie'])]).toEqual([
      204,
      expect.stringContaining('Expires=Thu, 01 Jan 1970'),
    ]);
    expect(await status(out.cookie)).toEqual([401, 401]);
    await call('PATCH', `/account/members/${demoted.id}`, byKey(), { role: 'viewer' });
    expect(await status(demoted.cookie)).toEqual([403, 403]);
    expect((await call('DELETE', `/account/members/${removed.id}`, byKey())).status).toBe(204);
    expect(await status(removed.cookie)).toEqual([401, 401]);
  });

  it('is over after twelve hours without a call, and after 30 days', async () => {
    const { cookie } = await member({ role: 'viewer' });
    const { id, ends_at: endsAt } = (await call('GET', '/session', cookie)).json<CurrentSessionDto>();
    expect(Math.abs(Date.parse(endsAt) - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000);
    const { manager } = app.get(DataSource);
    const idle = (hours: number) =>
      manager.update(SessionEntity, { id }, { lastSeenAt: new Date(Date.now() - hours * 3_600_000) });
    await idle(11.9);
    expect((await call('GET', '/session', cookie)).status).toBe(200);
    await idle(12.1);
    expect((await call('GET', '/session', cookie)).status).toBe(401);
    await manager.update(SessionEntity, { id }, { lastSeenAt: new Date(), endsAt: new Date(Date.now() - 1000) });
    expect((await call('GET', '/session', cookie)).status).toBe(401);
  });

  it('links and unlinks no identity when the sign-in is long ago', async () => {
    const { email, cookie } = await member({ role: 'viewer' });
    const { id } = (await call('GET', '/session', cookie)).json<CurrentSessionDto>();
    const createdAt = new Date(Date.now() - 16 * 60_000);
    await app.get(DataSource).manager.update(SessionEntity, { id }, { createdAt });
    const link = (by: Headers) =>
      call('POST', '/session/identities', { ...by, ...SAME_SITE }, { provider: 'idp_none' });
    const unlink = (by: Headers) => call('DELETE', '/session/identities/idn_none', { ...by, ...SAME_SITE });
    for (const way of [link, unlink]) expect(codeOf(await way(cookie))).toEqual([403, 'sign_in_again']);
    const again = cookieOf(await signIn(email));
    for (const way of [link, unlink]) expect(codeOf(await way(again))).toEqual([404, 'not_found']);
  });

  it('is listed with the others of the person, and ended one by one or all', async () => {
    const { email, cookie } = await member({ role: 'viewer' });
    const [second, third] = [cookieOf(await signIn(email)), cookieOf(await signIn(email))];
    const list = async (): Promise<SessionDto[]> =>
      (await call('GET', '/sessions', cookie)).json<{ data: SessionDto[] }>().data;
    const sessions = await list();
    expect(sessions.map(({ current }) => current)).toEqual([false, false, true]);
    expect(sessions[0]).toMatchObject({ network: '127.0.0.0/24' });
    expect((await call('DELETE', `/sessions/${sessions[0]!.id}`, { ...cookie, ...SAME_SITE })).status).toBe(204);
    expect((await call('GET', '/session', third)).status).toBe(401);
    expect((await call('GET', '/session', second)).status).toBe(200);
    const stranger = await member({ role: 'owner' });
    const theirs = await call('DELETE', `/sessions/${sessions[1]!.id}`, { ...stranger.cookie, ...SAME_SITE });
    expect(codeOf(theirs)).toEqual([404, 'not_found']);
    await call('DELETE', '/sessions', { ...cookie, ...SAME_SITE });
    expect([(await call('GET', '/session', second)).status, (await list()).length]).toEqual([401, 1]);
  });

  it('goes on when its password is changed, and all others end', async () => {
    const { email, cookie } = await member({ role: 'viewer' });
    const second = cookieOf(await signIn(email));
    const headers = { ...cookie, ...SAME_SITE };
    const change = (old: string, fresh: string) => call('PUT', '/session/password', headers, { old, new: fresh });
    expect(codeOf(await change('not the old one', 'seven green boats in line'))).toEqual([401, 'unauthenticated']);
    expect(codeOf(await change(PASSWORD, 'short'))).toEqual([422, 'invalid_field']);
    expect((await change(PASSWORD, 'seven green boats in line')).status).toBe(204);
    expect([(await call('GET', '/session', cookie)).status, (await call('GET', '/session', second)).status]).toEqual([
      200, 401,
    ]);
    expect([(await signIn(email)).status, (await signIn(email, 'seven green boats in line')).status]).toEqual([
      401, 200,
    ]);
  });
});
