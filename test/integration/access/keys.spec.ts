import { DataSource } from 'typeorm';
import { ApiKeyEntity, ApiKeySecretEntity } from '../../../src/accounts/api-key.entity.js';
import type { KeyDto, KeyWithSecretDto } from '../../../src/accounts/key.dto.js';
import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';

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

function call(method: Method, path: string, body?: object, key = app.adminKey, url = app.url): Promise<TestResponse> {
  return callHttp(url, method, `/v1${path}`, { headers: { authorization: `Bearer ${key}` }, body });
}

async function made(body: object, key?: string): Promise<KeyWithSecretDto> {
  const created = await call('POST', '/account/keys', { name: 'made', ...body }, key);
  if (created.status !== 201) throw new Error(created.text);
  return created.json();
}

const shown = async (id: string): Promise<KeyDto> => (await call('GET', `/account/keys/${id}`)).json();
const statusOf = async (secret: string, url = app.url): Promise<number> =>
  (await call('GET', '/properties', undefined, secret, url)).status;
const codeOf = (response: TestResponse): [number, string] => [response.status, response.json<{ code: string }>().code];

describe('a key', () => {
  it('is made with a secret that is told once and stored nowhere', async () => {
    const created = await call('POST', '/account/keys', { name: 'dashboard', role: 'viewer', properties: ['default'] });
    const key = created.json<KeyWithSecretDto>();
    expect([created.status, created.headers['cache-control'], created.headers['location']]).toEqual([
      201,
      'no-store',
      `/v1/account/keys/${key.id}`,
    ]);
    expect(key.secret).toMatch(/^muster_sk_[0-9A-Za-z]{49}$/);
    const { secret, ...rest } = key;
    expect(await shown(key.id)).toEqual(rest);
    expect(rest).toMatchObject({
      name: 'dashboard',
      kind: 'secret',
      state: 'active',
      role: 'viewer',
      grants: null,
      properties: [expect.stringMatching(/^prop_/)],
      secrets: [{ hint: secret.slice(-4), ends_at: null }],
      expires_at: null,
      last_used_at: null,
      created_by: expect.stringMatching(/^key_/),
    });
    const { manager } = app.get(DataSource);
    const stored = JSON.stringify([await manager.find(ApiKeyEntity), await manager.find(ApiKeySecretEntity)]);
    expect(stored).not.toContain(secret.slice(10));
  });

  it('is public with a property and origins, and opens nothing', async () => {
    const origins = ['https://example.org', '*.example.org'];
    const key = await made({ kind: 'public', property: 'default', origins });
    expect(key.secret).toMatch(/^muster_pk_/);
    expect(key).toMatchObject({ kind: 'public', role: null, grants: null, origins });
    const sent = await call('POST', '/properties/default/events', [], key.secret);
    expect(codeOf(sent)).toEqual([403, 'forbidden']);
  });

  it('is refused with the place that is wrong', async () => {
    const unknown = await call('POST', '/account/keys', { name: 'a', role: 'viewer', properties: ['nowhere'] });
    expect(unknown.json()).toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/properties/0' }] });
    const body = { name: 'a', kind: 'public', property: 'nowhere', origins: ['https://a.org'] };
    const nowhere = await call('POST', '/account/keys', body);
    expect(nowhere.json()).toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/property' }] });
  });

  it('tells its last use to the minute', async () => {
    const { id, secret } = await made({ role: 'viewer' });
    const before = Date.now();
    await statusOf(secret);
    await until(async () => (await shown(id)).last_used_at !== null, 5000);
    const used = Date.parse((await shown(id)).last_used_at!);
    expect([used % 60_000, Math.abs(used - before) < 120_000]).toEqual([0, true]);
  });

  it('is listed by its state, page by page', async () => {
    const revoked = await made({ role: 'viewer' });
    await call('DELETE', `/account/keys/${revoked.id}`);
    const list = async (query: string): Promise<KeyDto[]> =>
      (await call('GET', `/account/keys?${query}`)).json<{ data: KeyDto[] }>().data;
    expect((await list('state=revoked')).map(({ id }) => id)).toEqual([revoked.id]);
    expect((await list('state=active')).map(({ id }) => id)).not.toContain(revoked.id);
    expect((await list('limit=1')).map(({ name }) => name)).toEqual(['admin']);
    expect(JSON.stringify(await list(''))).not.toContain('muster_');
  });
});

describe('the end of a key', () => {
  it('is at once in every process', async () => {
    const { id, secret } = await made({ role: 'viewer' });
    expect([await statusOf(secret), await statusOf(secret, other.url)]).toEqual([200, 200]);
    expect((await call('DELETE', `/account/keys/${id}`)).status).toBe(204);
    expect([await statusOf(secret), await statusOf(secret, other.url)]).toEqual([401, 401]);
    expect((await call('DELETE', `/account/keys/${id}`)).status).toBe(204);
    expect((await shown(id)).state).toBe('revoked');
    expect(codeOf(await call('PATCH', `/account/keys/${id}`, { name: 'again' }))).toEqual([409, 'conflict']);
    expect(codeOf(await call('POST', `/account/keys/${id}/rotate`))).toEqual([409, 'conflict']);
  });

  it('comes with its expiry, which may be moved', async () => {
    const { id, secret } = await made({ role: 'viewer', expires_at: '2100-01-01T00:00:00Z' });
    expect(await statusOf(secret)).toBe(200);
    await app.get(DataSource).manager.update(ApiKeyEntity, { id }, { expiresAt: new Date(Date.now() - 1000) });
    expect([await statusOf(secret), (await shown(id)).state]).toEqual([401, 'expired']);
    expect((await call('PATCH', `/account/keys/${id}`, { expires_at: null })).status).toBe(200);
    expect(await statusOf(secret)).toBe(200);
  });

  it('of a rotated secret comes when the overlap is over', async () => {
    const { id, secret: first } = await made({ role: 'viewer' });
    const second = (await call('POST', `/account/keys/${id}/rotate`, { overlap: 'PT1H' })).json<KeyWithSecretDto>();
    expect([await statusOf(first), await statusOf(second.secret)]).toEqual([200, 200]);
    expect(second.secrets).toMatchObject([{ ends_at: null }, { ends_at: expect.any(String) }]);
    const third = (await call('POST', `/account/keys/${id}/rotate`, { overlap: 'PT0S' })).json<KeyWithSecretDto>();
    expect(await Promise.all([first, second.secret, third.secret].map((secret) => statusOf(secret)))).toEqual([
      401, 401, 200,
    ]);
    expect((await shown(id)).secrets).toHaveLength(1);
  });

  it('may come to the key of the first start, as to any other', async () => {
    const owner = await made({ role: 'owner' });
    const [first] = (await call('GET', '/account/keys?limit=1')).json<{ data: KeyDto[] }>().data;
    const rotated = await call('POST', `/account/keys/${first!.id}/rotate`, undefined, owner.secret);
    expect(rotated.status).toBe(200);
    expect((await call('PATCH', `/account/keys/${first!.id}`, { name: 'first' }, owner.secret)).json()).toMatchObject({
      name: 'first',
      role: 'owner',
      created_by: null,
    });
  });
});

describe('a change of a key', () => {
  it('holds from the next call on', async () => {
    const { id, secret } = await made({ role: 'collector' });
    const cohorts = async (): Promise<number> =>
      (await call('GET', '/properties/default/cohorts', undefined, secret)).status;
    expect(await cohorts()).toBe(403);
    await call('PATCH', `/account/keys/${id}`, { role: 'viewer' });
    expect(await cohorts()).toBe(200);
    await call('POST', '/properties', { slug: 'elsewhere' });
    await call('PATCH', `/account/keys/${id}`, { properties: ['elsewhere'] });
    expect(await cohorts()).toBe(404);
    const listed = (await call('GET', '/properties', undefined, secret)).json<{ data: { slug: string }[] }>();
    expect(listed.data.map(({ slug }) => slug)).toEqual(['elsewhere']);
  });
});

describe('nobody gives, changes or takes over more than he has', () => {
  it.each([
    ['an admin, an owner', { role: 'admin' }, { role: 'owner' }, undefined],
    ['a maker of keys, a reader of people', { grants: ['keys:write'] }, { grants: ['people:read'] }, 'people:read'],
    [
      'a maker of keys, an admin of one property',
      { grants: ['keys:write'] },
      { role: 'admin', properties: ['default'] },
      'events:read',
    ],
  ])('%s', async (_, weak, strong, missing) => {
    const { secret } = await made(weak);
    const stronger = await made(strong);
    const path = `/account/keys/${stronger.id}`;
    const refused = [
      await call('POST', '/account/keys', { name: 'a', ...strong }, secret),
      await call('PATCH', path, { name: 'mine' }, secret),
      await call('POST', `${path}/rotate`, {}, secret),
      await call('DELETE', path, undefined, secret),
    ];
    for (const response of refused) expect(response.json()).toMatchObject({ status: 403, code: 'forbidden' });
    if (missing !== undefined) expect(refused[0]!.json()).toMatchObject({ missing_grant: missing });
    expect(await statusOf(stronger.secret)).toBeLessThan(404);
    const own = await made({ grants: ['keys:write'] }, secret);
    const raised = await call('PATCH', `/account/keys/${own.id}`, { role: 'owner' }, secret);
    expect(codeOf(raised)).toEqual([403, 'forbidden']);
  });
});
