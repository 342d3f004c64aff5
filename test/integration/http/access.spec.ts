import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import { ApiKeyEntity, ApiKeySecretEntity } from '../../../src/accounts/api-key.entity.js';
import { hashSecret } from '../../../src/access/hash-secret.js';
import { newApiKey } from '../../../src/access/key-format.js';
import { METRIC_IDS } from '../../../src/core/metric/catalogue.js';
import { createProperty } from '../../../src/properties/create-property.js';
import { IngestCounterEntity } from '../../../src/properties/ledger/ingest-counter.entity.js';
import { PropertyEntity } from '../../../src/properties/property.entity.js';
import { startHttpApp, type HttpApp } from './http-app.js';
import { insertKey } from '../../support/keys.js';
import { callHttp } from '../../support/call-http.js';

let http: HttpApp;

beforeAll(async () => {
  http = await startHttpApp();
});

afterAll(() => http.stop());

describe('first start', () => {
  it('has made one account, its default property and a key of which only the hash is stored', async () => {
    const { manager } = http.database;
    const [keys, secrets] = await Promise.all([manager.find(ApiKeyEntity), manager.find(ApiKeySecretEntity)]);
    expect(keys).toMatchObject([{ role: 'owner', kind: 'secret', grants: null, properties: null, expiresAt: null }]);
    const stored = { keyId: keys[0]!.id, keyHash: hashSecret(http.key), hint: http.key.slice(-4), endsAt: null };
    expect(secrets).toMatchObject([stored]);
    expect(JSON.stringify([keys, secrets])).not.toContain(http.key);
    const [property] = await manager.find(PropertyEntity);
    expect(property?.slug).toBe('default');
    expect(await manager.existsBy(IngestCounterEntity, { propertyId: property!.id })).toBe(true);
  });

  it('keeps the key for its owner alone', () => {
    const file = join(http.dataDir, 'admin-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(`${http.key}\n`);
  });

  it('makes nothing twice, however many start at once', async () => {
    await empty();
    const firsts = await Promise.all([1, 2, 3].map(() => http.accounts.ensureFirst()));
    expect(firsts.map(({ created }) => created).sort()).toEqual([false, false, true]);
    expect(await counts()).toEqual([1, 1, 1]);
    expect(firsts.filter(({ key }) => key !== null)).toHaveLength(1);
  });

  it('takes the key of a start that died before it was done', async () => {
    await empty();
    const first = await http.accounts.ensureFirst();
    expect([first.created, first.key]).toEqual([true, http.key]);
  });

  it('makes no new key where the file is gone', async () => {
    const file = join(http.dataDir, 'admin-key');
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    const again = await http.accounts.ensureFirst();
    expect(again).toMatchObject({ created: false, key: null, keyFile: file, keyFileExists: false });
    expect((await counts())[2]).toBe(1);
    writeFileSync(file, text, { mode: 0o600 });
  });

  async function empty(): Promise<void> {
    await http.database.query('TRUNCATE accounts, api_keys, api_key_secrets, properties, ingest_counters');
  }

  async function counts(): Promise<number[]> {
    const { manager } = http.database;
    return Promise.all([AccountEntity, PropertyEntity, ApiKeyEntity].map((entity) => manager.count(entity)));
  }
});

describe('authentication', () => {
  it.each([
    ['no header', null],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['no key', 'Bearer '],
    ['a text that cannot be a key', 'Bearer nonsense'],
    ['a mistyped key', () => `Bearer ${http.key.slice(0, -1)}${http.key.endsWith('a') ? 'b' : 'a'}`],
    ['an unknown key', () => `Bearer ${newApiKey()}`],
  ])('refuses %s', async (_, given) => {
    const authorization = typeof given === 'function' ? given() : given;
    const { status, body, headers } = await http.call('GET', '/v1/properties', undefined, authorization);
    expect([status, body['code']]).toEqual([401, 'unauthenticated']);
    expect(headers['www-authenticate']).toMatch(/^Bearer/);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it.each(['/v1/properties', '/%761/properties', '/v1/nothing', '/v1'])('comes before the body on %s', async (path) => {
    for (const body of ['{', '['.repeat(100_000), ' '.repeat(2_000_000)]) {
      expect((await http.call('POST', path, body, null)).status).toBe(401);
    }
  });

  it('takes the scheme in any case', async () => {
    expect((await http.call('GET', '/v1/properties', undefined, `bearer ${http.key}`)).status).toBe(200);
  });

  it('closes a route that declares no grant, to an owner too', async () => {
    const { status, body } = await http.call('GET', '/v1/undeclared');
    expect([status, body['code']]).toEqual([403, 'forbidden']);
  });

  it('ends at once with the key', async () => {
    const [account] = await http.database.manager.find(AccountEntity);
    const { id, secret } = await insertKey(http.database, { accountId: account!.id });
    expect((await http.call('GET', '/v1/properties', undefined, `Bearer ${secret}`)).status).toBe(200);
    await http.database.manager.update(ApiKeyEntity, { id }, { revokedAt: new Date() });
    expect((await http.call('GET', '/v1/properties', undefined, `Bearer ${secret}`)).status).toBe(401);
  });

  it.each(['/livez', '/readyz', '/openapi.json', '/docs'])('is not needed for %s', async (path) => {
    const { status } = await callHttp(http.url, 'GET', path);
    expect(status).toBe(200);
  });
});

describe('properties', () => {
  it('are created, shown by id and slug, and listed', async () => {
    const requested = { slug: 'shop', name: 'Web shop', time_zone: 'europe/berlin', week_start: 'sunday' };
    const created = await http.call('POST', '/v1/properties', requested);
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      ...requested,
      version: 1,
      archived_at: null,
      time_zone: 'Europe/Berlin',
      id: expect.stringMatching(/^prop_[0-9a-z]{26}$/),
      created_at: expect.stringMatching(/Z$/),
      data_version: 0,
    });
    expect(created.headers['location']).toBe(`/v1/properties/${String(created.body['id'])}`);
    for (const name of ['shop', created.body['id']]) {
      expect((await http.call('GET', `/v1/properties/${String(name)}`)).body).toEqual(created.body);
    }
    const list = await http.call<{ data: { slug: string }[] }>('GET', '/v1/properties');
    expect(list.body.data.map(({ slug }) => slug)).toEqual(['default', 'shop']);
  });

  it('have defaults', async () => {
    const { body } = await http.call('POST', '/v1/properties', { slug: 'plain' });
    expect(body).toMatchObject({ name: 'plain', time_zone: 'UTC', week_start: 'monday' });
  });

  it('are listed page by page, each once', async () => {
    const seen: string[] = [];
    let url: string | undefined = '/v1/properties?limit=1';
    while (url !== undefined) {
      const page: { body: { data: { slug: string }[] }; headers: Record<string, unknown> } = await http.call(
        'GET',
        url,
      );
      seen.push(...page.body.data.map(({ slug }) => slug));
      url = /<(.*)>/.exec(String(page.headers['link'] ?? ''))?.[1];
    }
    expect(seen).toEqual(['default', 'shop', 'plain']);
  });

  it('have slugs of their own, even when asked for at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => http.call('POST', '/v1/properties', { slug: 'twice' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'conflict',
      errors: [{ pointer: '/slug' }],
    });
  });

  it.each([
    [{}, '/slug'],
    [{ slug: 'Shop' }, '/slug'],
    [{ slug: '-a' }, '/slug'],
    [{ slug: 'prop_01jd0a1b2c3d4e5f6g7h8j9k0m' }, '/slug'],
    [{ slug: 'x'.repeat(64) }, '/slug'],
    [{ slug: 'ok', name: '' }, '/name'],
    [{ slug: 'ok', name: 5 }, '/name'],
    [{ slug: 'ok', time_zone: 'Mars/Olympus' }, '/time_zone'],
    [{ slug: 'ok', time_zone: 5 }, '/time_zone'],
    [{ slug: 'ok', week_start: 'Monday' }, '/week_start'],
  ])('are refused as %j', async (requested, pointer) => {
    const { status, body } = await http.call<{ code: string; errors: object[] }>('POST', '/v1/properties', requested);
    expect([status, body.code]).toEqual([422, 'invalid_field']);
    expect(body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  it('of another account are as unknown as those that do not exist', async () => {
    const other = await http.database.transaction((manager) =>
      createProperty(manager, 'acc_other', { slug: 'elsewhere', name: 'Elsewhere' }),
    );
    const withoutInstance = async (name: string) => {
      const { status, body } = await http.call('GET', `/v1/properties/${name}/cohorts`);
      return { status, body: { ...body, instance: '' } };
    };
    const unknown = await withoutInstance('nowhere');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await withoutInstance(other.id)).toEqual(unknown);
    expect(await withoutInstance('elsewhere')).toEqual(unknown);
    const { body } = await http.call<{ data: { id: string }[] }>('GET', '/v1/properties');
    expect(body.data.map(({ id }) => id)).not.toContain(other.id);
  });

  it('are not found by NUL or by a path that is cut short', async () => {
    expect((await http.call('GET', '/v1/properties/%00')).status).toBe(404);
    expect((await http.call('GET', '/v1/properties//cohorts')).status).toBe(404);
  });
});

describe('metrics', () => {
  it('are listed and shown with parameters as JSON Schema', async () => {
    const { body } = await http.call<{ data: { id: string }[] }>('GET', '/v1/metrics');
    expect(body.data.map(({ id }) => id)).toEqual([...METRIC_IDS]);
    const one = await http.call<Record<string, unknown>>('GET', '/v1/metrics/value_sum');
    expect(one.body).toEqual(body.data[1]);
    expect(one.body['parameters']).toMatchObject({
      type: 'object',
      required: ['value'],
      additionalProperties: false,
      properties: { value: { type: 'string' }, where: { default: null } },
    });
  });

  it('are 404 where there is none', async () => {
    const { status, body } = await http.call('GET', '/v1/metrics/toString');
    expect([status, body['code']]).toEqual([404, 'not_found']);
  });
});
