import { DataSource } from 'typeorm';
import { callHttp, type TestResponse } from '../../support/call-http.js';
import { insertKey } from '../../support/keys.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { event, makeSite, ORIGIN, type Site } from './collect-world.js';

let stores: TestStores;
let app: TestApp;
let site: Site;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores, { collectBodyLimitBytes: 20_000 });
  site = await makeSite(app, 'site', [ORIGIN, '*.example.net']);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const outcome = ({ status, text }: TestResponse): unknown => [status, (JSON.parse(text) as { code?: string }).code];

async function keyThat(fields: object, secretEndsAt: Date | null = null): Promise<string> {
  const [{ account_id: accountId }]: [{ account_id: string }] = await app
    .get(DataSource)
    .query('SELECT account_id FROM properties WHERE id = $1', [site.id]);
  const own = { accountId, kind: 'public' as const, properties: [site.id], origins: [ORIGIN], ...fields };
  return (await insertKey(app.get(DataSource), own, secretEndsAt)).secret;
}

describe('keys', () => {
  it('are refused alike where they are none, or none any more, and nothing is stored', async () => {
    const ago = new Date(Date.now() - 1000);
    const secret = await keyThat({ kind: 'secret', origins: null, role: 'owner', grants: null });
    const dead = [
      await keyThat({ revokedAt: ago }),
      await keyThat({ expiresAt: ago }),
      await keyThat({}, ago),
      await keyThat({ properties: ['prop_gone'] }),
      secret,
      `${site.key.slice(0, -1)}?`,
      site.key.toUpperCase(),
      '',
    ];
    for (const key of [...dead, 7, null, undefined, { a: 1 }, [site.key]]) {
      const answer = await site.collect([event('forged')], { key });
      expect([key, outcome(answer)]).toEqual([key, [401, 'unauthenticated']]);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      expect(answer.text).not.toContain(typeof key === 'string' && key !== '' ? key : '\0');
    }
    expect(await site.events()).toEqual([]);
  });

  it('write to their own property alone, whatever the body says', async () => {
    const other = await makeSite(app, 'other');
    for (const more of [{ property: 'other' }, { property_id: other.id }]) {
      expect(outcome(await site.collect([event('x')], more))).toEqual([422, 'unknown_field']);
    }
    await other.taken([event('own')]);
    expect(await site.events()).toEqual([]);
    expect(await other.events()).toHaveLength(1);
  });

  it('are for their origins, exact or below a name, and for programs, which have none', async () => {
    const allowed = [ORIGIN, 'https://a.example.net', 'http://a.b.example.net:8080'];
    for (const origin of allowed) {
      const answer = await site.collect([event('allowed')], {}, { origin });
      expect([origin, answer.status, answer.headers['access-control-allow-origin'], answer.headers['vary']]).toEqual([
        origin,
        202,
        origin,
        expect.stringContaining('origin'),
      ]);
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    }
    const refused = [
      'https://example.net',
      'https://example.net.evil.org',
      'https://evil.org',
      'null',
      `${ORIGIN}.evil.org`,
    ];
    for (const origin of [...refused, 'http://shop.example.org', 'https://evilexample.net', '*', '']) {
      const answer = await site.collect([event('refused')], {}, { origin });
      expect([origin, outcome(answer)]).toEqual([origin, [403, 'forbidden']]);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ key: site.key, events: [event('program')] });
    expect((await callHttp(app.url, 'POST', '/v1/collect', { headers, body })).status).toBe(202);
    const picture = (referer: string): Promise<TestResponse> =>
      callHttp(app.url, 'GET', `/v1/collect.gif?key=${site.key}`, { headers: { referer } });
    expect((await picture('https://evil.org/page')).status).toBe(403);
    expect((await picture('https://a.example.net/page')).status).toBe(200);
    expect(new Set((await site.events()).map(({ event: name }) => name))).toEqual(
      new Set(['allowed', 'program', '$page']),
    );
  });

  it('let browsers ask before they send JSON, without credentials', async () => {
    const { statusCode, headers } = await app.nest.inject({
      method: 'OPTIONS',
      url: '/v1/collect',
      headers: {
        origin: ORIGIN,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
      vary: expect.stringContaining('origin') as string,
    });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });
});

describe('bodies', () => {
  const send = (body: string, type = 'text/plain'): Promise<TestResponse> =>
    callHttp(app.url, 'POST', '/v1/collect', { headers: { 'content-type': type }, body });

  it('are read by nobody who sends too much, or something else', async () => {
    const long = JSON.stringify({ key: site.key, events: [event('long', { properties: { a: 'x'.repeat(20_000) } })] });
    expect(outcome(await send(long))).toEqual([413, 'body_too_large']);
    expect(outcome(await send('{'))).toEqual([400, 'malformed_body']);
    expect(outcome(await send(''))).toEqual([400, 'malformed_body']);
    expect(outcome(await send('['.repeat(5000)))).toEqual([400, 'body_too_complex']);
    expect(outcome(await send(long, 'text/csv'))).toEqual([415, 'unsupported_media_type']);
    for (const text of ['[]', '"x"', 'null', '7']) expect(outcome(await send(text))).toEqual([401, 'unauthenticated']);
  });

  it.each([
    ['no events', { events: [] }, 'invalid_field'],
    ['no list', { events: {} }, 'invalid_field'],
    ['an unknown field', { event: 'x' }, 'unknown_field'],
    ['a clock that is none', { sent_at: 'yesterday' }, 'invalid_time'],
    ['a context that is none', { context: [] }, 'invalid_field'],
    ['an unknown part of the context', { context: { ip: '203.0.113.7' } }, 'unknown_field'],
    ['an entry that is none', { context: { entry: 'x' } }, 'invalid_field'],
  ])('with %s are refused as a whole', async (_, more, code) => {
    const body = JSON.stringify({ key: site.key, events: [event('x')], ...more });
    expect(outcome(await send(body))).toEqual([422, code]);
  });

  it('give every event its own verdict', async () => {
    const judged = await makeSite(app, 'judged');
    const events: object[] = [
      event('good'),
      event('late', {}, 7 * 86_400_000 + 60_000),
      event('almost late', {}, 7 * 86_400_000 - 60_000),
      { ...event('typo'), sesion: 'x' },
      event('no name', { event: '' }),
      event('no time', { time: 'now' }),
      event('nested', { properties: { a: { b: 1 } } }),
      event('large', { properties: { a: 2 ** 60 } }),
      event('traits', { user: 'u', traits: { a: 1 } }),
      event('$signup', { traits: { a: 1 } }),
      event('$update', { user: 'u', registered_at: '2026-01-01T00:00:00Z' }),
      event('$signup', { user: 'u', traits: { a: [1] } }),
      event('half', { properties: { a: '\ud800' } }),
    ];
    const answer = await judged.taken([...events, 'text' as unknown as object]);
    expect([answer.accepted, answer.rejected]).toEqual([2, 12]);
    expect(
      answer.errors.flatMap(({ code, pointer, indexes }) => indexes.map((at) => [at, code, pointer])).toSorted(),
    ).toEqual(
      [
        [1, 'time_out_of_range', '/time'],
        [3, 'unknown_field', '/sesion'],
        [4, 'invalid_length', '/event'],
        [5, 'invalid_time', '/time'],
        [6, 'invalid_type', '/properties/a'],
        [7, 'number_out_of_range', '/properties/a'],
        [8, 'unknown_field', '/traits'],
        [9, 'unknown_field', '/traits'],
        [10, 'unknown_field', '/registered_at'],
        [11, 'invalid_type', '/traits/a'],
        [12, 'lone_surrogate', '/properties/a'],
        [13, 'not_an_object', ''],
      ].toSorted(),
    );
    expect((await judged.events()).map(({ event: name }) => name)).toEqual(['almost late', 'good']);
  });

  it('are refused by a property that was put away', async () => {
    const away = await makeSite(app, 'away');
    await away.call('POST', '/archive');
    expect(outcome(await away.collect([event('x')]))).toEqual([409, 'property_archived']);
  });
});

it('are refused so that pages of any origin can read why, before a key is looked at', async () => {
  const headers = { origin: 'https://any.example.com' };
  const refused: [Record<string, string>, string | undefined][] = [
    [{ 'content-type': 'text/csv' }, 'a'],
    [{ 'content-type': 'text/plain; charset=latin1' }, '{}'],
    [{ 'content-type': 'text/plain', 'content-encoding': 'br' }, '{}'],
    [{}, '{}'],
    [{ 'content-type': 'text/plain' }, '{'],
    [{ 'content-type': 'application/json' }, `"${'x'.repeat(30_000)}"`],
  ];
  const answers = await Promise.all(
    refused.map(([more, body]) => callHttp(app.url, 'POST', '/v1/collect', { headers: { ...headers, ...more }, body })),
  );
  expect(answers.map(({ status }) => status)).toEqual([415, 415, 415, 415, 400, 413]);
  for (const answer of answers) {
    expect(answer.headers['access-control-allow-origin']).toBe(headers.origin);
    expect(answer.headers['vary']).toContain('origin');
  }
});

describe('networks', () => {
  it('may send so many calls a second, before anything of a body is read', async () => {
    const [{ rates }] = [(await import('../../../src/platform/config/read-config.js')).readConfig({})];
    const narrow = await startTestApp(stores, { rates: { ...rates, networkRequests: 3 } });
    try {
      const calls = Array.from({ length: 8 }, () => callHttp(narrow.url, 'POST', '/v1/collect', { body: {} }));
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(6);
      expect(statuses).toContain(429);
    } finally {
      await narrow.stop();
    }
  });
});
