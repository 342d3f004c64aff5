import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { hashSecret } from '../../../src/access/hash-secret.js';
import { InvitationEntity, PersonEntity } from '../../../src/accounts/members/member.entity.js';
import type { InvitationWithTokenDto, MemberDto } from '../../../src/accounts/members/member.dto.js';
import type { CurrentSessionDto } from '../../../src/accounts/sessions/session.dto.js';
import { SessionEntity } from '../../../src/accounts/sessions/session.entity.js';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
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

describe('the first owner', () => {
  it('is invited by a token in a file, for an hour and once', async () => {
    const file = join(stores.dataDir, 'owner-invitation');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const token = readFileSync(file, 'utf8').trim();
    const [{ expiresAt }] = (await app.get(DataSource).manager.find(InvitationEntity)) as [InvitationEntity];
    expect(Math.abs(expiresAt.getTime() - Date.now() - 3_600_000)).toBeLessThan(300_000);
    const body = { token, email: 'Owner@Example.org', password: PASSWORD };
    const accepted = await call('POST', '/invitations/accept', {}, body);
    expect(accepted.json()).toMatchObject({ person: { email: 'owner@example.org' }, accounts: [{ role: 'owner' }] });
    expect(codeOf(await call('POST', '/invitations/accept', {}, { ...body, email: 'b@example.org' }))).toEqual([
      404,
      'not_found',
    ]);
  });
});

describe('an invitation', () => {
  it('makes the address that it names a member, and signs it in', async () => {
    const email = 'ann@example.org';
    const invited = await call('POST', '/account/invitations', byKey(), {
      email: 'Ann@Example.org',
      role: 'viewer',
      properties: [{ property: 'default', role: 'analyst' }],
    });
    const invitation = invited.json<InvitationWithTokenDto>();
    expect([invited.status, invited.headers['cache-control'], invitation.email, invitation.state]).toEqual([
      201,
      'no-store',
      email,
      'open',
    ]);
    expect(Date.parse(invitation.expires_at) - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    const stranger = { token: invitation.token, email: 'eve@example.org', password: PASSWORD };
    expect(codeOf(await call('POST', '/invitations/accept', {}, stranger))).toEqual([404, 'not_found']);
    const weak = { token: invitation.token, email, password: 'password1234' };
    expect(codeOf(await call('POST', '/invitations/accept', {}, weak))).toEqual([422, 'invalid_field']);
    const accepted = await call('POST', '/invitations/accept', {}, { ...weak, password: PASSWORD, name: 'Ann' });
    expect(accepted.json()).toMatchObject({ person: { name: 'Ann', email }, accounts: [{ role: 'viewer' }] });
    const listed = (await call('GET', '/account/invitations?limit=1', byKey())).json<{ data: object[] }>().data;
    expect(listed).toMatchObject([{ id: invitation.id, state: 'accepted' }]);
    expect(JSON.stringify(listed)).not.toContain(invitation.token);
    // A viewer of the account, and an analyst in the property.
    const preview = await call(
      'POST',
      '/properties/default/cohorts/preview',
      { ...cookieOf(accepted), ...SAME_SITE },
      { all: true },
    );
    expect(preview.status).not.toBe(403);
  });

  it('can be taken back, and is over after its time', async () => {
    const invite = async (email: string) =>
      (await call('POST', '/account/invitations', byKey(), { email, role: 'viewer' })).json<InvitationWithTokenDto>();
    const [taken, late] = [await invite('taken@example.org'), await invite('late@example.org')];
    expect((await call('DELETE', `/account/invitations/${taken.id}`, byKey())).status).toBe(204);
    const over = { expiresAt: new Date(Date.now() - 1000) };
    await app.get(DataSource).manager.update(InvitationEntity, { id: late.id }, over);
    for (const { token, email } of [taken, late]) {
      const refused = await call('POST', '/invitations/accept', {}, { token, email: email!, password: PASSWORD });
      expect(codeOf(refused)).toEqual([404, 'not_found']);
    }
  });

  it('goes with the member who has given it', async () => {
    const admin = await member({ role: 'admin' });
    const email = 'second-address@example.org';
    const sent = { ...admin.cookie, ...SAME_SITE };
    const invited = await call('POST', '/account/invitations', sent, { email, role: 'admin' });
    const { token } = invited.json<InvitationWithTokenDto>();
    expect((await call('DELETE', `/account/members/${admin.id}`, byKey())).status).toBe(204);
    const accepted = await call('POST', '/invitations/accept', {}, { token, email, password: PASSWORD });
    expect(codeOf(accepted)).toEqual([404, 'not_found']);
  });

  it('of a person of before asks for his password', async () => {
    const { email } = await member({ role: 'viewer' });
    const database = app.get(DataSource);
    await database.manager.insert(AccountEntity, { id: 'acc_second', name: 'Second' });
    const token = 'a'.repeat(43);
    const expiresAt = new Date(Date.now() + 10_000);
    const row = {
      id: 'inv_second',
      accountId: 'acc_second',
      email,
      role: 'admin' as const,
      tokenHash: hashSecret(token),
    };
    await database.manager.insert(InvitationEntity, { ...row, expiresAt });
    const wrong = await call('POST', '/invitations/accept', {}, { token, email, password: 'another password of hers' });
    expect(codeOf(wrong)).toEqual([401, 'unauthenticated']);
    const accepted = await call('POST', '/invitations/accept', {}, { token, email, password: PASSWORD });
    const session = accepted.json<CurrentSessionDto>();
    expect([session.account, session.accounts.map(({ role }) => role)]).toEqual(['acc_second', ['viewer', 'admin']]);
    const headers = { ...cookieOf(accepted), ...SAME_SITE };
    expect((await call('POST', '/properties', headers, { slug: 'in-second' })).status).toBe(201);
    const chosen = await call('PUT', '/session', headers, { account: session.accounts[0]!.account });
    expect(chosen.json()).toMatchObject({ account: session.accounts[0]!.account });
    expect(codeOf(await call('POST', '/properties', headers, { slug: 'in-first' }))).toEqual([403, 'forbidden']);
    expect(codeOf(await call('PUT', '/session', headers, { account: 'acc_nobody' }))).toEqual([404, 'not_found']);
  });

  it('gives no more than who invites has', async () => {
    const { cookie } = await member({ role: 'admin' });
    const sent = { ...cookie, ...SAME_SITE };
    const invited = await call('POST', '/account/invitations', sent, { email: 'a@example.org', role: 'owner' });
    expect(codeOf(invited)).toEqual([403, 'forbidden']);
    expect((await call('POST', '/account/invitations', sent, { email: 'a@example.org', role: 'admin' })).status).toBe(
      201,
    );
  });
});

describe('signing in', () => {
  it('sets a cookie that no page can read', async () => {
    const { email } = await member({ role: 'viewer' });
    const answer = await signIn(email.toUpperCase());
    expect(answer.status).toBe(200);
    const set = String(answer.headers['set-cookie']);
    expect(set).toMatch(/^muster_session=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
    const stored = JSON.stringify(await app.get(DataSource).manager.find(SessionEntity));
    expect(stored).not.toContain(cookieOf(answer)['cookie']!.split('=')[1]);
    const persons = await app.get(DataSource).manager.find(PersonEntity);
    expect(persons.every(({ passwordHash }) => passwordHash?.startsWith('$argon2id$v=19$m=19456,t=2,p=1$'))).toBe(true);
  });

  it('makes a new session each time, whatever cookie is sent', async () => {
    const { email, cookie } = await member({ role: 'viewer' });
    const fixed = { cookie: `muster_session=${'f'.repeat(43)}` };
    const [first, second] = [await signIn(email, PASSWORD, cookie), await signIn(email, PASSWORD, fixed)];
    expect(new Set([cookie, cookieOf(first), cookieOf(second)].map((one) => one['cookie'])).size).toBe(3);
    expect((await call('GET', '/session', fixed)).status).toBe(401);
    expect((await call('GET', '/session', cookieOf(second))).status).toBe(200);
  });

  it('ends the session whose cookie it replaces, and none where it fails', async () => {
    const { email, cookie } = await member({ role: 'viewer' });
    expect((await signIn(email, 'not the password', cookie)).status).toBe(401);
    expect((await call('GET', '/session', cookie)).status).toBe(200);
    const next = await signIn(email, PASSWORD, cookie);
    expect((await call('GET', '/session', cookie)).status).toBe(401);
    expect((await call('GET', '/session', cookieOf(next))).status).toBe(200);
  });

  it('tells a wrong address from a wrong password by nothing', async () => {
    const { email } = await member({ role: 'viewer' });
    const [password, address] = [await signIn(email, 'not the password'), await signIn('nobody@example.org')];
    const without = ({ text }: TestResponse): string => text.replace(/urn:muster:request:[\w-]+/, '');
    expect(codeOf(password)).toEqual([401, 'unauthenticated']);
    expect(without(password)).toBe(without(address));
  });

  it('is refused after ten failures of an address from a network, in every process', async () => {
    const { email } = await member({ role: 'viewer' });
    const fail = (n: number) =>
      call('POST', '/session', {}, { email, password: `wrong ${n}` }, n % 2 === 0 ? app.url : other.url);
    for (let n = 0; n < 10; n += 1) expect((await fail(n)).status).toBe(401);
    const more = await Promise.all([10, 11, 12, 13].map(fail));
    expect(more.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
    const refused = await signIn(email);
    expect(codeOf(refused)).toEqual([429, 'too_many_sign_ins']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await app.get(DataSource).query('DELETE FROM sign_in_failures');
    expect((await signIn(email)).status).toBe(200);
  });

  it('by a password that is being changed begins no session that outlives the change', async () => {
    const { email, cookie } = await member({ role: 'viewer' });
    const headers = { ...cookie, ...SAME_SITE };
    const change = (name: string): Promise<TestResponse> =>
      call('PUT', '/session/password', headers, { old: PASSWORD, new: `${name} lamps hum at dusk` });
    const [changes, signedIn] = await Promise.all([
      Promise.all([change('green'), change('amber')]),
      Promise.all(Array.from({ length: 4 }, () => signIn(email))),
    ]);
    expect(changes.map(({ status }) => status).toSorted()).toEqual([204, 401]);
    for (const one of signedIn.filter(({ status }) => status === 200)) {
      expect((await call('GET', '/session', cookieOf(one))).status).toBe(401);
    }
  });

  it('cannot be begun by another site', async () => {
    const { email } = await member({ role: 'viewer' });
    for (const site of ['cross-site', 'same-site']) {
      expect(codeOf(await signIn(email, PASSWORD, { 'sec-fetch-site': site }))).toEqual([403, 'csrf']);
    }
  });
});

describe('the last owner', () => {
  it('stays one', async () => {
    const members = (await call('GET', '/account/members?limit=1000', byKey())).json<{ data: MemberDto[] }>().data;
    const [last, ...rest] = members.filter(({ role }) => role === 'owner');
    for (const { id } of rest) expect((await call('DELETE', `/account/members/${id}`, byKey())).status).toBe(204);
    expect(codeOf(await call('DELETE', `/account/members/${last!.id}`, byKey()))).toEqual([409, 'conflict']);
    expect(codeOf(await call('PATCH', `/account/members/${last!.id}`, byKey(), { role: 'admin' }))).toEqual([
      409,
      'conflict',
    ]);
  });

  it('is unmade by no admin', async () => {
    const [owner, admin] = [await member({ role: 'owner' }), await member({ role: 'admin' })];
    const sent = { ...admin.cookie, ...SAME_SITE };
    expect(codeOf(await call('DELETE', `/account/members/${owner.id}`, sent))).toEqual([403, 'forbidden']);
    expect(codeOf(await call('PATCH', `/account/members/${admin.id}`, sent, { role: 'owner' }))).toEqual([
      403,
      'forbidden',
    ]);
  });
});
