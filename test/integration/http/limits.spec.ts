import { VARIABLES } from '../../../src/platform/config/settings.js';
import type { Config } from '../../../src/platform/config/config.js';
import { errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';

const NO_RATES: Config['rates'] = {
  keyRequests: 0,
  accountRequests: 0,
  keyItems: 0,
  accountItems: 0,
  networkRequests: 0,
};

let stores: TestStores;
const apps: TestApp[] = [];

beforeAll(async () => (stores = await startTestStores()));
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});
afterAll(() => stores?.stop());

async function start(rates: Partial<Config['rates']>): Promise<TestApp> {
  const app = await startTestApp(stores, { rates: { ...NO_RATES, ...rates } });
  apps.push(app);
  return app;
}

const event = (id: number) => ({ id: String(id), user: 'u', event: 'visit', time: '2026-01-01T00:00:00Z' });

describe('requests a second', () => {
  it('are told by every answer, and refused beyond the limit of the key', async () => {
    const app = await start({ keyRequests: 20, accountRequests: 1000 });
    const first = await app.call('GET', '');
    expect(first.headers['ratelimit-policy']).toBe('"requests_of_key";q=20;w=1, "requests_of_account";q=1000;w=1');
    expect(first.headers['ratelimit']).toMatch(/^"requests_of_key";r=\d+;t=1, "requests_of_account";r=\d+;t=1$/);
    // As many as it takes: a slow machine sends fewer in a second.
    const answers = [first];
    while (!answers.some(({ status }) => status === 429)) {
      answers.push(...(await Promise.all(Array.from({ length: 60 }, () => app.call('GET', '')))));
    }
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.headers['ratelimit']).toMatch(/^"requests_of_key";r=0;t=1$/);
    expect(refused.json()).toMatchObject({ code: 'too_many_requests', limit: 'requests_of_key', value: 20 });
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(20);
    await until(async () => (await app.call('GET', '')).status === 200);
  });

  it('are not counted where the limits are 0', async () => {
    const app = await start({});
    expect((await app.call('GET', '')).headers).not.toHaveProperty('ratelimit-policy');
  });

  it('are shared by processes', async () => {
    const [one, other] = [await start({ keyRequests: 50 }), await start({ keyRequests: 50 })];
    const left = async (app: TestApp): Promise<number> =>
      Number(/r=(\d+)/.exec((await app.call('GET', '')).headers['ratelimit'] ?? '')?.[1]);
    // What the other process has used in this second is seen once this one has told its own.
    await until(async () => {
      await Promise.all(Array.from({ length: 10 }, () => one.call('GET', '')));
      await left(other);
      return (await left(other)) <= 40;
    });
  });
});

describe('events and users a second', () => {
  it('that were sent too fast keep the next body out until they are paid for', async () => {
    const app = await start({ keyItems: 100 });
    const many = Array.from({ length: 5_000 }, (_, i) => event(i));
    expect((await app.call('POST', '/events', many)).json()).toMatchObject({ accepted: 5_000 });
    const refused = await app.call('POST', '/events', [event(1)]);
    expect([refused.status, errorOf(refused).code]).toEqual([429, 'too_many_items']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
    expect((await app.call('GET', '')).status).toBe(200);
  });

  it('of a stream are slowed down, not refused', async () => {
    const app = await start({ accountItems: 10_000 });
    const lines = Array.from({ length: 30_000 }, (_, i) => JSON.stringify(event(i))).join('\n');
    const sent = await app.call('POST', '/events', lines, { 'content-type': 'application/x-ndjson' });
    expect(sent.status).toBe(200);
    expect(sent.json<{ accepted: number; duplicates: number }>()).toMatchObject({ rejected: 0 });
  });
});

describe('GET /v1/limits', () => {
  it('tells every limit among the settings, with the value in force', async () => {
    const app = await start({ keyRequests: 77 });
    const { data } = (await app.call('GET', '/../../limits')).json<{
      data: { name: string; value: number; unit: string; setting: string }[];
    }>();
    expect(data).toContainEqual({
      name: 'key_requests_per_second',
      value: 77,
      unit: 'per second',
      setting: 'MUSTER_KEY_REQUESTS_PER_SECOND',
      description: expect.any(String),
    });
    expect(data).toContainEqual(
      expect.objectContaining({ setting: 'MUSTER_JSON_BODY_LIMIT_KB', value: 6144, unit: 'KB' }),
    );
    const bounding = Object.keys(VARIABLES).filter((name) =>
      /LIMIT|_PER_SECOND$|_TIMEOUT_|ACCOUNT_CONCURRENCY|_KEEP_/.test(name),
    );
    expect(data.map(({ setting }) => setting)).toEqual(expect.arrayContaining(bounding));
  });
});
