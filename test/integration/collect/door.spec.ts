import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { callHttp } from '../../support/call-http.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { CHROME, event, makeSite, ORIGIN, PHONE, type CollectAnswer } from './collect-world.js';

/** So that a body that never ends is refused soon, and one of 64 KB at once. */
const BOUNDS = { collectBodyTimeoutMs: 4_000, collectBodyLimitBytes: 65_536 };

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores, { countryHeader: 'cf-ipcountry', trustedProxies: ['127.0.0.1'], ...BOUNDS });
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

describe('what is stored of an event', () => {
  it('is what was sent, under what the server knows of the sender', async () => {
    const site = await makeSite(app, 'whole');
    const entry = { url: 'https://shop.example.org/?utm_source=news&utm_campaign=may&gclid=secret', referrer: null };
    const context = { library: 'tracker/1', screen: '1280x800', language: 'de-DE', entry };
    const headers = { 'x-forwarded-for': '203.0.113.77', 'cf-ipcountry': 'DE' };
    const page = event('$page', {
      tab: 't-1',
      properties: { $url: 'https://shop.example.org/cart?token=hidden#top', $title: 'Cart', n: 1.5, ok: true },
    });
    const answer = await site.taken([page], { sent_at: new Date().toISOString(), context }, headers);
    expect(answer).toEqual({ accepted: 1, duplicates: 0, rejected: 0, errors: [] });
    expect(await site.events()).toEqual([
      {
        user: 'v-1',
        event: '$page',
        time: (page as { time: string }).time,
        properties: {
          $visitor: 'v-1',
          $session: 's-1',
          $tab: 't-1',
          $url: 'https://shop.example.org/cart',
          $path: '/cart',
          $title: 'Cart',
          n: 1.5,
          ok: true,
          $library: 'tracker/1',
          $screen: '1280x800',
          $language: 'de-DE',
          $browser: 'Chrome',
          $browser_version: '131',
          $os: 'Windows',
          $device: 'desktop',
          $country: 'DE',
          $source: 'news',
          $medium: 'cpc',
          $campaign: 'may',
        },
      },
    ]);
  });

  it('counts once, however often it is sent, in whatever form', async () => {
    const site = await makeSite(app, 'again');
    const events = [event('$page'), event('own', { user: 'u-1', properties: { a: 'x' } })];
    expect(await site.taken(events)).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(await site.taken(events)).toMatchObject({ accepted: 0, duplicates: 2 });
    const bytes = gzipSync(JSON.stringify({ key: site.key, events }));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', 'user-agent': CHROME };
    const zipped = await callHttp(app.url, 'POST', '/v1/collect', { headers, body: bytes });
    expect([zipped.status, zipped.json<CollectAnswer>().duplicates]).toEqual([202, 2]);
    expect((await site.events()).map(({ user, event: name }) => [name, user])).toEqual([
      ['$page', 'v-1'],
      ['own', 'u-1'],
    ]);
  });

  it('takes from the picture what its address and its page say', async () => {
    const site = await makeSite(app, 'picture');
    const page = `${ORIGIN}/letter?token=hidden&utm_source=letter`;
    const query = new URLSearchParams({ key: site.key, event: 'opened', properties: '{"issue": "12"}' });
    const headers = { referer: page, 'user-agent': PHONE };
    const picture = await callHttp(app.url, 'GET', `/v1/collect.gif?${query}`, { headers });
    expect([picture.status, picture.headers['content-type'], picture.headers['cache-control']]).toEqual([
      200,
      'image/gif',
      'no-store',
    ]);
    expect(picture.bytes.subarray(0, 6).toString()).toBe('GIF89a');
    const [stored] = await site.events();
    const { $visitor: visitor, ...properties } = stored?.properties ?? {};
    expect(stored).toMatchObject({ event: 'opened', user: visitor });
    expect(properties).toMatchObject({ issue: '12', $url: `${ORIGIN}/letter`, $source: 'letter', $device: 'phone' });
  });
});

it('counts no picture that was not asked for', async () => {
  const site = await makeSite(app, 'headers');
  const answer = await callHttp(app.url, 'HEAD', `/v1/collect.gif?key=${site.key}`, { headers: { referer: ORIGIN } });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'image/gif']);
  expect(await site.events()).toEqual([]);
});

describe('what is refused', () => {
  const headers = { 'content-type': 'text/plain', origin: ORIGIN };
  const post = (body: string | Buffer, more: object = {}) =>
    callHttp(app.url, 'POST', '/v1/collect', { headers: { ...headers, ...more }, body });

  it('is not parsed before its key is known', async () => {
    const body = `{"key": "muster_pk_${'x'.repeat(40)}", "events": [}`;
    const answer = await post(body);
    expect([answer.status, answer.json<{ code: string }>().code]).toEqual([401, 'unauthenticated']);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('has at most 10,000 events', async () => {
    const site = await makeSite(app, 'many');
    const events = Array.from({ length: 10_001 }, () => 0);
    const answer = await post(gzipSync(JSON.stringify({ key: site.key, events })), { 'content-encoding': 'gzip' });
    expect([answer.status, answer.json<{ code: string }>().code]).toEqual([422, 'limit_exceeded']);
  });

  it('tells the page why, also where its key is not looked at', async () => {
    const { status, headers: told } = await post(JSON.stringify({ key: 'k', a: 'x'.repeat(70_000) }));
    expect([status, told['access-control-allow-origin'], told['vary']]).toEqual([
      413,
      ORIGIN,
      expect.stringContaining('origin'),
    ]);
    const broken = await post('{');
    expect([broken.status, broken.headers['access-control-allow-origin']]).toEqual([400, ORIGIN]);
  });

  it('is a body that does not come', async () => {
    const { hostname, port } = new URL(app.url);
    const sent = request({ hostname, port, path: '/v1/collect', method: 'POST', headers });
    const status = await new Promise((resolve, reject) => {
      sent.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
      sent.write('{');
    });
    expect(status).toBe(408);
    sent.destroy();
  });
});
