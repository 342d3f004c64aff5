import { generateKeyPairSync } from 'node:crypto';
import { SignJWT, type JWTPayload } from 'jose';
import { DataSource } from 'typeorm';
import type { AuditEntryDto } from '../../../src/accounts/audit/audit.dto.js';
import type { TokenIssuerDto } from '../../../src/accounts/tokens/token-issuer.dto.js';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import type { TestResponse } from '../../support/call-http.js';
import { insertKey } from '../../support/keys.js';
import { TestProvider } from '../../support/openid-provider.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { byKey, SECRET, setUp } from './provider-world.js';
import { callAt, codeOf, newMember, SAME_SITE } from './signed-in.js';

// JWTs in place of keys.

let stores: TestStores;
let app: TestApp;
let provider: TestProvider;
let issuer: TokenIssuerDto;
let accountId: string;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores, { privateNetworks: ['127.0.0.0/8'] });
  provider = await TestProvider.start();
  [{ id: accountId }] = (await app.get(DataSource).manager.find(AccountEntity)) as [AccountEntity];
  issuer = (await create()).json();
});

afterAll(async () => {
  await provider?.stop();
  await app?.stop();
  await stores?.stop();
});

const roles = [
  { value: 'readers', role: 'viewer' },
  { value: 'writers', role: 'analyst' },
];

const create = (more: object = {}, headers = byKey(app)) =>
  callAt(app.url, 'POST', '/account/token-issuers', headers, {
    name: 'Test',
    issuer: provider.issuer,
    jwks_uri: `${provider.issuer}/jwks`,
    claim: 'groups',
    roles,
    ...more,
  });

const change = (id: string, body: object) => callAt(app.url, 'PATCH', `/account/token-issuers/${id}`, byKey(app), body);

const nowS = (): number => Math.floor(Date.now() / 1000);
const right = (): JWTPayload => ({
  iss: provider.issuer,
  aud: accountId,
  sub: 'build-1',
  exp: nowS() + 60,
  groups: ['readers', 'others'],
});
const cohorts = (token: string) =>
  callAt(app.url, 'GET', '/properties/default/cohorts', { authorization: `Bearer ${token}` });
const statusOf = async (claims: JWTPayload): Promise<[number, string?]> => {
  const answer = await cohorts(await provider.sign(claims));
  return answer.status === 200 ? [200] : codeOf(answer);
};

const REFUSED = [401, 'unauthenticated'];

it('gives the role that its claim has, in its account, and is in the audit log by its subject', async () => {
  expect(issuer).toMatchObject({ audience: accountId, algorithms: ['RS256', 'ES256', 'EdDSA'] });
  expect(await statusOf(right())).toEqual([200]);
  const token = await provider.sign({ ...right(), groups: 'writers' });
  const headers = { authorization: `Bearer ${token}` };
  const made = await callAt(app.url, 'POST', '/properties/default/cohorts', headers, {
    name: 'a',
    static: { users: ['ann'] },
  });
  expect(made.status).toBe(201);
  const { id } = made.json<{ id: string }>();
  expect((await callAt(app.url, 'DELETE', `/properties/default/cohorts/${id}`, headers)).status).toBe(204);
  const log = await callAt(app.url, 'GET', '/account/audit?action=cohort.delete', byKey(app));
  expect(log.json<{ data: AuditEntryDto[] }>().data).toMatchObject([{ actor: `${issuer.id}/build-1` }]);
  expect(codeOf(await callAt(app.url, 'POST', '/properties', headers, { slug: 'b' }))).toEqual([403, 'forbidden']);
  expect(codeOf(await callAt(app.url, 'GET', '/session', headers))).toEqual([403, 'forbidden']);
});

it.each<[string, () => JWTPayload]>([
  ['without an end', () => ({ ...right(), exp: undefined })],
  ['that has ended', () => ({ ...right(), exp: nowS() - 60 })],
  ['that holds from later on', () => ({ ...right(), nbf: nowS() + 60 })],
  ['for another audience', () => ({ ...right(), aud: 'another' })],
  ['for no audience', () => ({ ...right(), aud: undefined })],
  ['of another issuer', () => ({ ...right(), iss: 'https://login.evil.net' })],
  ['without a subject', () => ({ ...right(), sub: undefined })],
  ['with a subject that is no text of a line', () => ({ ...right(), sub: 'a\nb' })],
  ['without a role', () => ({ ...right(), groups: ['others'] })],
  ['without the claim', () => ({ ...right(), groups: undefined })],
])('a token %s is refused', async (_, claims) => {
  expect(await statusOf(claims())).toEqual(REFUSED);
});

it('may be of a clock that is half a minute off', async () => {
  expect(await statusOf({ ...right(), exp: nowS() - 20, nbf: nowS() + 20 })).toEqual([200]);
});

it('is refused unless it is signed by a key of the issuer, by an algorithm of its list', async () => {
  const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const unsigned = `${encoded({ alg: 'none' })}.${encoded(right())}.`;
  const stripped = `${encoded({ alg: 'none' })}.${encoded(right())}.AAAA`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const forged = await new SignJWT(right()).setProtectedHeader({ alg: 'RS256', kid: '1' }).sign(privateKey);
  // The public key of the issuer as the secret of an HMAC.
  const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: object[] };
  const secret = Buffer.from(JSON.stringify(keys[0]));
  const confused = await new SignJWT(right()).setProtectedHeader({ alg: 'HS256', kid: '1' }).sign(secret);
  for (const token of [unsigned, stripped, forged, confused]) expect(codeOf(await cohorts(token))).toEqual(REFUSED);
  const narrow = (await create({ audience: 'narrow', algorithms: ['EdDSA'] })).json<TokenIssuerDto>();
  expect(await statusOf({ ...right(), aud: 'narrow' })).toEqual(REFUSED);
  await callAt(app.url, 'DELETE', `/account/token-issuers/${narrow.id}`, byKey(app));
});

it('is for access: no token of another type, and no ID token', async () => {
  const typed = async (typ: string) => (await cohorts(await provider.sign(right(), { typ }))).status;
  expect(await Promise.all(['JWT', 'at+jwt', 'application/at+JWT'].map(typed))).toEqual([200, 200, 200]);
  expect(await Promise.all(['logout+jwt', 'dpop+jwt', ''].map(typed))).toEqual([401, 401, 401]);
  for (const claim of ['nonce', 'at_hash', 'c_hash'])
    expect(await statusOf({ ...right(), [claim]: 'x' })).toEqual(REFUSED);
});

it('is not for the client of a provider of sign-in at the same issuer', async () => {
  const field = (answer: TestResponse) => [
    answer.status,
    answer.json<{ errors: [{ pointer: string }] }>().errors[0].pointer,
  ];
  const dto = await setUp(app, provider);
  expect(field(await create({ audience: dto.client_id }))).toEqual([422, '/audience']);
  expect(field(await change(issuer.id, { audience: dto.client_id }))).toEqual([422, '/audience']);
  const other = (await create({ audience: 'calls' })).json<TokenIssuerDto>();
  const body = { name: 'Test', issuer: provider.issuer, client_id: 'calls', client_secret: SECRET };
  const send = (method: 'POST' | 'PATCH', path: string, wanted: object) =>
    callAt(app.url, method, path, byKey(app), wanted);
  expect(field(await send('POST', '/account/providers', body))).toEqual([422, '/client_id']);
  expect(field(await send('PATCH', `/account/providers/${dto.id}`, { client_id: 'calls' }))).toEqual([
    422,
    '/client_id',
  ]);
  const elsewhere = { ...body, issuer: 'https://elsewhere.example.org' };
  expect((await send('POST', '/account/providers', elsewhere)).status).toBe(201);
  expect((await callAt(app.url, 'DELETE', `/account/token-issuers/${other.id}`, byKey(app))).status).toBe(204);
});

it('is of one account: nobody else takes its issuer and audience, nor one that names two', async () => {
  const manager = app.get(DataSource).manager;
  await manager.upsert(AccountEntity, { id: 'acc_second', name: 'Second' }, ['id']);
  const { secret } = await insertKey(app.get(DataSource), { accountId: 'acc_second' });
  const theirs = { authorization: `Bearer ${secret}` };
  expect(codeOf(await create({ audience: accountId }, theirs))).toEqual([409, 'conflict']);
  const second = (await create({}, theirs)).json<TokenIssuerDto>();
  expect(second.audience).toBe('acc_second');
  expect(await statusOf({ ...right(), aud: [accountId, 'acc_second'] })).toEqual(REFUSED);
  const taken = await callAt(app.url, 'PATCH', `/account/token-issuers/${second.id}`, theirs, { audience: accountId });
  expect(codeOf(taken)).toEqual([409, 'conflict']);
});

it('gives nobody more than who has set its issuer up has', async () => {
  const { cookie } = await newMember(app, { role: 'admin' });
  const headers = { ...cookie, ...SAME_SITE };
  const owners = { audience: 'owners', roles: [{ value: 'a', role: 'owner' }] };
  expect(codeOf(await create(owners, headers))).toEqual([403, 'forbidden']);
  const { secret } = await insertKey(app.get(DataSource), { accountId, role: null, grants: ['account:write'] });
  const few = { authorization: `Bearer ${secret}` };
  expect(codeOf(await create({ audience: 'few' }, few))).toEqual([403, 'forbidden']);
  const change = await callAt(app.url, 'PATCH', `/account/token-issuers/${issuer.id}`, few, { name: 'mine' });
  expect(codeOf(change)).toEqual([403, 'forbidden']);
});

it('reads the keys once, and for unknown ones not more than once in half a minute', async () => {
  const ownJwks = (
    await create({ audience: 'counted', jwks_uri: `${provider.issuer}/jwks?counted` })
  ).json<TokenIssuerDto>();
  const asked = (): number => provider.asked.filter((path) => path === '/jwks?counted').length;
  const claims = { ...right(), aud: ownJwks.audience };
  for (let n = 0; n < 5; n += 1) expect(await statusOf(claims)).toEqual([200]);
  expect(asked()).toBe(1);
  for (let n = 0; n < 5; n += 1) {
    expect(codeOf(await cohorts(await provider.sign(claims, { kid: `unknown-${n}` })))).toEqual(REFUSED);
  }
  expect(asked()).toBeLessThanOrEqual(2);
});

it('takes a new key of the issuer when the old ones are half a minute old', async () => {
  const made = (
    await create({ audience: 'rotated', jwks_uri: `${provider.issuer}/jwks?rotated` })
  ).json<TokenIssuerDto>();
  const claims = { ...right(), aud: made.audience };
  expect(await statusOf(claims)).toEqual([200]);
  await provider.rotate();
  const { now } = Date;
  try {
    Date.now = () => now() + 31_000;
    expect(await statusOf({ ...claims, exp: nowS() + 120 })).toEqual([200]);
  } finally {
    Date.now = now;
  }
});

it('is refused at once when its issuer is removed, and tells when its keys cannot be read', async () => {
  const away = (await create({ audience: 'away', jwks_uri: 'http://127.0.0.1:1/jwks' })).json<TokenIssuerDto>();
  expect(await statusOf({ ...right(), aud: 'away' })).toEqual([503, 'provider_unavailable']);
  expect((await callAt(app.url, 'DELETE', `/account/token-issuers/${away.id}`, byKey(app))).status).toBe(204);
  expect(await statusOf({ ...right(), aud: 'away' })).toEqual(REFUSED);
  const inside = (
    await create({ audience: 'inside', jwks_uri: 'https://169.254.169.254/jwks' })
  ).json<TokenIssuerDto>();
  const refused = await cohorts(await provider.sign({ ...right(), aud: inside.audience }));
  expect([...codeOf(refused), refused.text.includes('private network')]).toEqual([503, 'provider_unavailable', true]);
});
