import { DataSource } from 'typeorm';
import type { AuditEntryDto } from '../../../src/accounts/audit/audit.dto.js';
import type { IdentityLinkDto, IdentityListDto, ProviderDto } from '../../../src/accounts/providers/provider.dto.js';
import type { CurrentSessionDto } from '../../../src/accounts/sessions/session.dto.js';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import { IdentityEntity } from '../../../src/accounts/providers/provider.entity.js';
import { MemberEntity, PersonEntity } from '../../../src/accounts/members/member.entity.js';
import type { InvitationWithTokenDto, MemberDto } from '../../../src/accounts/members/member.dto.js';
import type { Method, TestResponse } from '../../support/call-http.js';
import { TestProvider } from '../../support/openid-provider.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { TestBrowser } from '../../support/test-browser.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { atReturn, byKey, setUp, signInBy, stranger } from './provider-world.js';
import { callAt, codeOf, cookieOf, newMember, PASSWORD, SAME_SITE, type Headers } from './signed-in.js';

let stores: TestStores;
let app: TestApp;
let provider: TestProvider;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores, { privateNetworks: ['127.0.0.0/8'] });
  provider = await TestProvider.start();
});

afterAll(async () => {
  await provider?.stop();
  await app?.stop();
  await stores?.stop();
});

beforeEach(async () => {
  provider.lies = null;
  await app.get(DataSource).query('DELETE FROM provider_sign_ins');
});

const call = (method: Method, path: string, headers: Headers, body?: object): Promise<TestResponse> =>
  callAt(app.url, method, path, headers, body);
const session = async (browser: TestBrowser): Promise<CurrentSessionDto> =>
  (await call('GET', '/session', browser.cookies(app.url))).json();
const invite = (email: string, role = 'viewer') => call('POST', '/account/invitations', byKey(app), { email, role });

describe('a provider', () => {
  it('is set up without its secret being told or stored in the clear', async () => {
    const dto = await setUp(app, provider, { client_secret: 'never told again' });
    expect(dto.redirect_uri).toBe(`${app.url}/v1/providers/${dto.id}/callback`);
    const got = await call('GET', `/account/providers/${dto.id}`, byKey(app));
    expect(got.json()).toEqual(dto);
    const rows = await app.get(DataSource).query('SELECT sealed FROM stored_secrets WHERE owner_id = $1', [dto.id]);
    expect(JSON.stringify([dto, rows])).not.toContain('never told again');
    expect(rows).toHaveLength(1);
    expect((await call('DELETE', `/account/providers/${dto.id}`, byKey(app))).status).toBe(204);
    expect(await app.get(DataSource).query('SELECT * FROM stored_secrets WHERE owner_id = $1', [dto.id])).toEqual([]);
    const { data } = (await call('GET', '/account/audit?action=provider.create&limit=1', byKey(app))).json<{
      data: AuditEntryDto[];
    }>();
    expect(data).toMatchObject([{ thing: dto.id, status: 201 }]);
  });

  it('that speaks for a domain is set up by owners alone, and gives nobody more than they have', async () => {
    const { cookie } = await newMember(app, { role: 'admin' });
    const headers = { ...cookie, ...SAME_SITE };
    const body = { name: 'a', issuer: provider.issuer, client_id: 'a' };
    const create = (more: object) => call('POST', '/account/providers', headers, { ...body, ...more });
    expect(codeOf(await create({ domains: ['example.org'] }))).toEqual([403, 'forbidden']);
    const made = (await create({})).json<ProviderDto>();
    const change = { domains: ['example.org'], sign_up: 'domain', role: 'owner' };
    expect(codeOf(await call('PATCH', `/account/providers/${made.id}`, headers, change))).toEqual([403, 'forbidden']);
    const byOwner = await call('PATCH', `/account/providers/${made.id}`, byKey(app), change);
    expect(byOwner.json()).toMatchObject(change);
    expect(codeOf(await call('PATCH', `/account/providers/${made.id}`, headers, { name: 'b' }))).toEqual([
      403,
      'forbidden',
    ]);
  });

  it('that gets another issuer needs another secret: the stored one is sent to nobody new', async () => {
    const { id } = await setUp(app, provider);
    const issuer = 'https://elsewhere.example.org';
    const refused = await call('PATCH', `/account/providers/${id}`, byKey(app), { issuer });
    expect(codeOf(refused)).toEqual([422, 'invalid_field']);
    const taken = await call('PATCH', `/account/providers/${id}`, byKey(app), { issuer, client_secret: 'another' });
    expect(taken.json()).toMatchObject({ issuer });
  });
});

describe('signing in', () => {
  it('by an invitation makes a member without a password, and signs him in again later', async () => {
    const dto = await setUp(app, provider, { domains: ['example.org'], sign_up: 'invitation' });
    const ann = stranger();
    await invite(ann.email, 'analyst');
    const { browser, answer } = await signInBy(provider, dto, ann, '?return_to=/v1/session');
    expect([answer.status, answer.headers['location']]).toEqual([303, '/v1/session']);
    expect(String(answer.headers['set-cookie'])).toMatch(
      /muster_session=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    );
    const first = await session(browser);
    expect(first).toMatchObject({ person: { email: ann.email, name: ann.name }, accounts: [{ role: 'analyst' }] });
    const again = await signInBy(provider, dto, { ...ann, email: 'moved@example.org' });
    expect((await session(again.browser)).person).toEqual(first.person);
    expect((await session(again.browser)).id).not.toBe(first.id);
    const { data } = (await call('GET', `/account/audit?action=session.create&limit=1`, byKey(app))).json<{
      data: AuditEntryDto[];
    }>();
    expect(data).toMatchObject([{ actor: first.person.id, status: 303 }]);
    const byPassword = { email: ann.email, password: 'a password that he has not' };
    expect(codeOf(await call('POST', '/session', {}, byPassword))).toEqual([401, 'unauthenticated']);
  });

  it('by an invitation is refused where the provider is not for the domain: an admin could say any address', async () => {
    const dto = await setUp(app, provider, { domains: ['elsewhere.net'], sign_up: 'invitation' });
    const ann = stranger();
    const { token } = (await invite(ann.email, 'owner')).json<InvitationWithTokenDto>();
    expect(codeOf((await signInBy(provider, dto, ann)).answer)).toEqual([403, 'forbidden']);
    const byLink = { token, email: ann.email, password: PASSWORD };
    expect((await call('POST', '/invitations/accept', {}, byLink)).status).toBe(200);
  });

  it('is not begun by another site for who is signed in', async () => {
    const { id } = await setUp(app, provider);
    const { cookie } = await newMember(app, { role: 'viewer' });
    const begin = (headers: Headers) => call('GET', `/providers/${id}/sign-in`, headers);
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    expect(codeOf(await begin({ ...cookie, ...crossSite }))).toEqual([403, 'csrf']);
    expect((await begin({ ...cookie, ...SAME_SITE })).status).toBe(303);
    expect((await begin(crossSite)).status).toBe(303);
    expect((await begin({ cookie: `muster_session=${'f'.repeat(43)}`, ...crossSite })).status).toBe(303);
  });

  it('is refused to strangers where sign-up is closed, and where nobody has invited them', async () => {
    for (const sign_up of ['closed', 'invitation']) {
      const dto = await setUp(app, provider, { domains: ['example.org'], sign_up });
      const { answer, browser } = await signInBy(provider, dto, stranger());
      expect(codeOf(answer)).toEqual([403, 'forbidden']);
      expect(browser.cookies(app.url)['cookie'] ?? '').not.toContain('muster_session');
    }
    const closed = await setUp(app, provider);
    const invited = stranger();
    await invite(invited.email);
    expect(codeOf((await signInBy(provider, closed, invited)).answer)).toEqual([403, 'forbidden']);
  });

  it('by domain takes verified addresses of the domain alone', async () => {
    const rule = { domains: ['example.org'], sign_up: 'domain', role: 'viewer' };
    const dto = await setUp(app, provider, rule);
    const { browser } = await signInBy(provider, dto, stranger());
    expect((await session(browser)).accounts).toMatchObject([{ role: 'viewer' }]);
    const others = [
      { ...stranger(), email_verified: false },
      { ...stranger(), email_verified: 'true' as never },
      stranger('sub.example.org'),
      stranger('example.org.evil.net'),
      { ...stranger(), email: `"a@example.org"@evil.net` },
    ];
    for (const other of others) {
      expect(codeOf((await signInBy(provider, dto, other)).answer)).toEqual([403, 'forbidden']);
    }
  });

  it('does not bring a member back who was removed', async () => {
    const dto = await setUp(app, provider, { domains: ['example.org'], sign_up: 'domain', role: 'viewer' });
    const ann = stranger();
    const { browser } = await signInBy(provider, dto, ann);
    const { id: personId } = (await session(browser)).person;
    const { data } = (await call('GET', '/account/members?limit=1000', byKey(app))).json<{ data: MemberDto[] }>();
    const member = data.find(({ person }) => person === personId);
    await call('DELETE', `/account/members/${member!.id}`, byKey(app));
    expect((await call('GET', '/session', browser.cookies(app.url))).status).toBe(401);
    expect(codeOf((await signInBy(provider, dto, ann)).answer)).toEqual([403, 'forbidden']);
    await invite(ann.email, 'analyst');
    expect((await session((await signInBy(provider, dto, ann)).browser)).accounts).toMatchObject([{ role: 'analyst' }]);
  });
});

describe('a person of before', () => {
  it('is taken for the same by an authoritative provider alone, and only where the address is verified', async () => {
    const { email } = await newMember(app, { role: 'viewer' });
    const plain = await setUp(app, provider, { domains: ['elsewhere.net'], sign_up: 'invitation' });
    await invite(email);
    const claims = { ...stranger(), email };
    expect(codeOf((await signInBy(provider, plain, claims)).answer)).toEqual([403, 'forbidden']);
    const domains = ['example.org'];
    const ours = await setUp(app, provider, { domains });
    const unverified = { ...claims, email_verified: false };
    expect(codeOf((await signInBy(provider, ours, unverified)).answer)).toEqual([403, 'forbidden']);
    expect((await session((await signInBy(provider, ours, claims)).browser)).person.email).toBe(email);
  });

  it('keeps nothing that he signed in by before: whoever accepted the invitation may have been somebody else', async () => {
    const { email, cookie } = await newMember(app, { role: 'admin' });
    const { manager } = app.get(DataSource);
    const { id: personId } = await manager.findOneByOrFail(PersonEntity, { email });
    const dto = await setUp(app, provider, { domains: ['example.org'] });
    const { accountId } = await manager.findOneByOrFail(MemberEntity, { personId });
    const planted = { id: 'idn_planted', accountId, issuer: 'https://login.evil.net', subject: 'eve', personId };
    await manager.insert(IdentityEntity, planted);
    const { browser } = await signInBy(provider, dto, { ...stranger(), email });
    expect((await session(browser)).person.id).toBe(personId);
    expect((await call('GET', '/session', cookie)).status).toBe(401);
    expect(codeOf(await call('POST', '/session', {}, { email, password: PASSWORD }))).toEqual([401, 'unauthenticated']);
    const list = (await call('GET', '/session/identities', browser.cookies(app.url))).json<IdentityListDto>().data;
    expect(list.map(({ issuer }) => issuer)).toEqual([provider.issuer]);
  });

  it('of another account is left alone', async () => {
    const database = app.get(DataSource);
    const email = 'elsewhere@example.org';
    const person = { id: 'per_elsewhere', email, name: 'E', passwordHash: 'x' };
    await database.manager.insert(PersonEntity, person);
    const dto = await setUp(app, provider, { domains: ['example.org'], sign_up: 'domain', role: 'viewer' });
    expect(codeOf((await signInBy(provider, dto, { ...stranger(), email })).answer)).toEqual([403, 'forbidden']);
  });

  it('has by a provider what he has in its account, and nothing of his others', async () => {
    const { email } = await newMember(app, { role: 'viewer' });
    const { manager } = app.get(DataSource);
    const { id: personId } = await manager.findOneByOrFail(PersonEntity, { email });
    const dto = await setUp(app, provider, { domains: ['example.org'] });
    const claims = { ...stranger(), email };
    await signInBy(provider, dto, claims);
    await manager.upsert(AccountEntity, { id: 'acc_other', name: 'Other' }, ['id']);
    await manager.insert(MemberEntity, { id: 'mem_other', accountId: 'acc_other', personId, role: 'owner' });
    // He would lose the password of his other account, by the word of this one.
    expect(codeOf((await signInBy(provider, dto, { ...stranger(), email })).answer)).toEqual([403, 'forbidden']);
    const { browser } = await signInBy(provider, dto, claims);
    const headers = { ...browser.cookies(app.url), ...SAME_SITE };
    expect((await session(browser)).accounts).toHaveLength(1);
    expect(codeOf(await call('PUT', '/session', headers, { account: 'acc_other' }))).toEqual([404, 'not_found']);
  });

  it('links a provider to himself while he is signed in, and unlinks it', async () => {
    const dto = await setUp(app, provider);
    const { email, cookie } = await newMember(app, { role: 'viewer' });
    const headers = { ...cookie, ...SAME_SITE };
    const body = { provider: dto.id, return_to: '/docs' };
    const begun = await call('POST', '/session/identities', headers, body);
    const elsewhere = { ...stranger('elsewhere.net'), email_verified: false };
    provider.login = elsewhere;
    const browser = new TestBrowser();
    browser.keep(app.url, begun);
    const back = await browser.goUntil(begun.json<IdentityLinkDto>().url, dto.redirect_uri);
    // Without the session of who has begun it nothing is linked; the state is used up.
    expect(codeOf(await browser.get(back))).toEqual([403, 'forbidden']);
    const second = await call('POST', '/session/identities', headers, body);
    browser.keep(app.url, second);
    browser.keep(app.url, { ...second, headers: { 'set-cookie': `${cookie['cookie']}; Path=/` } });
    const linked = await browser.get(await browser.goUntil(second.json<IdentityLinkDto>().url, dto.redirect_uri));
    expect([linked.status, linked.headers['location']]).toEqual([303, '/docs']);
    const list = (await call('GET', '/session/identities', cookie)).json<IdentityListDto>().data;
    expect(list).toMatchObject([{ issuer: provider.issuer, email: elsewhere.email }]);
    expect((await session((await signInBy(provider, dto, elsewhere)).browser)).person.email).toBe(email);
    expect((await call('DELETE', `/session/identities/${list[0]!.id}`, headers)).status).toBe(204);
    expect(codeOf((await signInBy(provider, dto, elsewhere)).answer)).toEqual([403, 'forbidden']);
  });
});

describe('a sign-in that comes back', () => {
  const twice = async (back: string, browser: TestBrowser): Promise<TestResponse> => {
    const cookies = browser.cookies(app.url);
    await browser.get(back);
    return callAt(app.url, 'GET', back.slice(`${app.url}/v1`.length), cookies);
  };

  it('is taken once, and in the browser that has begun it', async () => {
    const dto = await setUp(app, provider, { domains: ['example.org'], sign_up: 'domain', role: 'viewer' });
    const { browser, back } = await atReturn(provider, dto, stranger());
    expect(codeOf(await new TestBrowser().get(back))).toEqual([400, 'sign_in_failed']);
    const other = await atReturn(provider, dto, stranger());
    expect(codeOf(await other.browser.get(back))).toEqual([400, 'sign_in_failed']);
    const again = await twice(back, browser);
    // By Muster, not by the provider, which takes no code twice either.
    expect([...codeOf(again), again.text.includes('came back already')]).toEqual([400, 'sign_in_failed', true]);
  });

  it('ends after ten minutes', async () => {
    const dto = await setUp(app, provider, { domains: ['example.org'], sign_up: 'domain', role: 'viewer' });
    const { browser, back } = await atReturn(provider, dto, stranger());
    await app.get(DataSource).query(`UPDATE provider_sign_ins SET created_at = now() - interval '601 seconds'`);
    expect(codeOf(await browser.get(back))).toEqual([400, 'sign_in_failed']);
  });

  it('gives a new session, whatever cookie was planted', async () => {
    const dto = await setUp(app, provider, { domains: ['example.org'], sign_up: 'domain', role: 'viewer' });
    const { browser, back } = await atReturn(provider, dto, stranger());
    const planted = `muster_session=${'f'.repeat(43)}`;
    const cookies = { cookie: `${browser.cookies(app.url)['cookie']}; ${planted}` };
    const answer = await callAt(app.url, 'GET', back.slice(`${app.url}/v1`.length), cookies);
    expect(cookieOf(answer)['cookie']).not.toBe(planted);
    expect((await call('GET', '/session', { cookie: planted })).status).toBe(401);
  });
});
