import { DataSource } from 'typeorm';
import { Housekeeping } from '../../../src/stores/postgres/housekeeping.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { CHROME, event, GOOGLEBOT, makeSite, ORIGIN, PHONE, type Site } from './collect-world.js';

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores, { trustedProxies: ['127.0.0.1'] });
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const from = (address: string, agent = CHROME) => ({ 'x-forwarded-for': address, 'user-agent': agent });

describe('visitors without an id of their own', () => {
  it('are told apart by network and browser, for a day, and their key is destroyed', async () => {
    const site = await makeSite(app, 'daily');
    await site.configure({ visitor_ids: 'daily' });
    const senders = [
      from('203.0.113.7'),
      from('203.0.113.99'),
      from('198.51.100.7'),
      from('203.0.113.7', PHONE),
      from('2001:db8:1::1'),
    ];
    for (const [at, headers] of senders.entries())
      await site.taken([event('$page', { tab: 't' }, at * 10_000)], {}, headers);
    const ids = (await site.events()).toReversed().map(({ user }) => user);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(4);
    for (const { properties } of await site.events()) {
      expect(properties['$visitor']).not.toBe('v-1');
      expect(properties['$session']).not.toBe('s-1');
      expect(properties['$tab']).toBeUndefined();
    }
    const database = app.get(DataSource);
    const keys = (): Promise<{ day: string }[]> =>
      database.query("SELECT day, ends_at FROM day_keys WHERE purpose = 'visitors' AND property = $1", [site.id]);
    const [{ hours }]: [{ hours: string }] = await database.query(
      'SELECT extract(epoch FROM ends_at - day)/3600 AS hours FROM day_keys WHERE property = $1',
      [site.id],
    );
    expect(Number(hours)).toBe(48);
    // The end of the key has come.
    await database.query('UPDATE day_keys SET ends_at = now() WHERE property = $1', [site.id]);
    await app.get(Housekeeping).sweep(new Date());
    expect(await keys()).toEqual([]);
    // Who has only the stores cannot make the id again.
    const anew = await startTestApp(stores, { trustedProxies: ['127.0.0.1'] });
    try {
      const same = { ...site, ...(await siteAt(anew, site.key)) };
      await same.send(from('203.0.113.7'));
      const after = (await site.events()).map(({ user }) => user);
      expect(new Set(after).size).toBe(5);
    } finally {
      await anew.stop();
    }
  });

  it('get sessions of the server, with the source of their first page', async () => {
    const site = await makeSite(app, 'sessions');
    await site.configure({ visitor_ids: 'daily' });
    const hour = 60 * 60_000;
    const page = (agoMs: number, url: string, referrer: string) =>
      event('$page', { properties: { $url: `${ORIGIN}${url}`, $referrer: referrer } }, agoMs);
    const start = Date.now() % 86_400_000 < 3 * hour ? 3 * 60_000 : 2 * hour;
    await site.taken([page(start, '/', 'https://www.google.com/'), page(start - 60_000, '/a', `${ORIGIN}/`)]);
    await site.taken([event('own', {}, start - 120_000)]);
    await site.taken([page(0, '/late', 'https://news.example.com/x?secret=1')]);
    const events = await site.events();
    const sessions = events.map(({ properties }) => properties['$session']);
    expect(sessions[1]).toBe(sessions[0]);
    expect(sessions[2]).toBe(sessions[0]);
    expect(events.slice(0, 3).map(({ properties }) => properties['$source'])).toEqual(['google', 'google', 'google']);
    if (start === 2 * hour) {
      expect(sessions[3]).not.toBe(sessions[0]);
      expect(events[3]?.properties).toMatchObject({ $source: 'news.example.com', $medium: 'referral' });
    }
  });
});

async function siteAt(other: TestApp, key: string) {
  const { callHttp } = await import('../../support/call-http.js');
  return {
    send: async (headers: Record<string, string>) => {
      const body = JSON.stringify({ key, events: [event('$page')] });
      const sent = { headers: { 'content-type': 'text/plain', origin: ORIGIN, ...headers }, body };
      const answer = await callHttp(other.url, 'POST', '/v1/collect', sent);
      if (answer.status !== 202) throw new Error(answer.text);
    },
  };
}

describe('bots, and browsers that want no tracking', () => {
  it.each([
    ['bot', { 'user-agent': GOOGLEBOT }],
    ['gpc', { 'sec-gpc': '1' }],
    ['dnt', { dnt: '1' }],
  ])('are dropped as %s, which the answer and /metrics tell', async (reason, headers) => {
    const site = await makeSite(app, `drop-${reason}`);
    expect(await site.taken([event('a'), event('b')], {}, headers)).toEqual({
      accepted: 0,
      duplicates: 0,
      rejected: 0,
      errors: [],
      dropped: { [reason]: 2 },
    });
    expect(await site.events()).toEqual([]);
    const { payload } = await app.nest.inject({ method: 'GET', url: '/metrics', remoteAddress: '127.0.0.2' });
    if (payload.includes('muster_'))
      expect(payload).toContain(`muster_collect_dropped_events_total{reason="${reason}"} 2`);
  });

  it('are taken where the settings say so: marked, or without who they are', async () => {
    const site = await makeSite(app, 'mark');
    await site.configure({ bots: 'mark', gpc: 'anonymous' });
    await site.taken([event('bot')], {}, { 'user-agent': GOOGLEBOT });
    const hidden = event('$signup', { user: 'u-9', tab: 't', traits: { plan: 'pro' } });
    await site.taken([hidden], {}, { 'sec-gpc': '1' });
    await site.taken([event('$signup', { user: 'u-9', traits: { plan: 'pro' } }, -1)], { context: { consent: false } });
    const events = await site.events();
    expect(events.find(({ event: name }) => name === 'bot')?.properties).toMatchObject({
      $device: 'bot',
      $visitor: 'v-1',
    });
    for (const { user, properties } of events.filter(({ event: name }) => name === '$signup')) {
      expect([user, properties['$tab']]).toEqual([properties['$visitor'], undefined]);
      expect(['v-1', 'u-9']).not.toContain(user);
      expect(properties['$session']).not.toBe('s-1');
    }
    expect((await site.call('GET', '/users/u-9')).status).toBe(404);
  });

  it('are no applications, whatever these call themselves', async () => {
    const site = await makeSite(app, 'application');
    const context = { application: { name: 'Editor', version: '2.1' }, os: 'Plan 9' };
    await site.taken(
      [event('$statistic', { user: 'install-1', visitor: null })],
      { context },
      { 'user-agent': 'node' },
    );
    expect(await site.events()).toMatchObject([
      { user: 'install-1', properties: { $application: 'Editor', $version: '2.1', $os: 'Plan 9' } },
    ]);
    const answer = await site.taken([event('$statistic', { visitor: null })], { context });
    expect(answer.errors).toMatchObject([{ code: 'missing_field', pointer: '/visitor' }]);
  });
});

describe('clocks', () => {
  it('that are off are mended, and an event that is sent again counts once', async () => {
    const site = await makeSite(app, 'clock');
    const skew = 3_600_000;
    const told = (ms: number): string => new Date(ms - skew).toISOString();
    const [now, ago] = [Date.now(), Date.now() - 20_000];
    const events = [event('behind', { time: told(ago) })];
    await site.taken(events, { sent_at: told(now) });
    // On another process, and later: the way takes another time.
    const other = await startTestApp(stores);
    try {
      const { callHttp } = await import('../../support/call-http.js');
      const body = JSON.stringify({ key: site.key, sent_at: told(Date.now() - 1500), events });
      const again = await callHttp(other.url, 'POST', '/v1/collect', {
        headers: { 'content-type': 'text/plain' },
        body,
      });
      expect(again.json()).toMatchObject({ accepted: 0, duplicates: 1 });
    } finally {
      await other.stop();
    }
    const [stored] = await site.events();
    expect(Math.abs(Date.parse(stored?.time ?? '') - ago)).toBeLessThan(5000);
    expect(Math.abs(Number(stored?.properties['$clock_shift']) - skew)).toBeLessThan(5000);
  });

  it('that are right by 5 s are left as they are', async () => {
    const site = await makeSite(app, 'right');
    const sent = event('right') as { time: string };
    await site.taken([sent], { sent_at: new Date(Date.now() - 3000).toISOString() });
    expect(await site.events()).toMatchObject([{ time: sent.time }]);
    expect((await site.events())[0]?.properties).not.toHaveProperty('$clock_shift');
  });
});

describe('what counts once', () => {
  it('is an order by its number, an item by its id, an exposure in its session', async () => {
    const site = await makeSite(app, 'once');
    const order = (id: string, agoMs: number) => event('$order', { properties: { order: id, value: 12.5 } }, agoMs);
    const item = (id: string, agoMs: number) =>
      event('$order_item', { id, properties: { order: 'A', product: 'p' } }, agoMs);
    const seen = (session: string, variant: string, agoMs: number) =>
      event('$exposure', { session, properties: { experiment: 'e', variant } }, agoMs);
    const first = [
      order('A', 50),
      order('A', 49),
      order('B', 48),
      item('A:0', 47),
      item('A:1', 46),
      seen('s1', 'x', 45),
    ];
    expect(await site.taken(first)).toMatchObject({ accepted: 5, duplicates: 1 });
    expect(await site.taken(first)).toMatchObject({ accepted: 0, duplicates: 6 });
    const again = [order('A', 5), item('A:0', 4), seen('s1', 'x', 3), seen('s1', 'y', 2), seen('s2', 'x', 1)];
    expect(await site.taken(again)).toMatchObject({ accepted: 2, duplicates: 3 });
    // What is rejected has not counted.
    const wrong = event('$order', { properties: { order: 'C', value: [1] } });
    expect(await site.taken([wrong])).toMatchObject({ rejected: 1 });
    expect(await site.taken([order('C', 0)])).toMatchObject({ accepted: 1 });
  });
});

describe('what counts once and is taken back', () => {
  interface Batch {
    readonly seq: number;
    readonly accepted: number;
    readonly deleted_by: number | null;
  }
  /** Takes the newest batch of events back that has brought so many. */
  async function takeBack(site: Site, accepted: number): Promise<void> {
    const { data } = (await site.call('GET', '/batches')).json<{ data: Batch[] }>();
    const newest = data.find((one) => one.accepted === accepted && one.deleted_by === null);
    expect((await site.call('DELETE', `/batches/${newest?.seq}`)).status).toBe(200);
  }
  const order = (id: string, agoMs: number) => event('$order', { properties: { order: id, value: 12.5 } }, agoMs);
  const seen = (agoMs: number) => event('$exposure', { properties: { experiment: 'e', variant: 'x' } }, agoMs);

  it('counts again when it is sent anew, by the same event or another one, and then once', async () => {
    const site = await makeSite(app, 'undone');
    const first = [order('A', 50), order('B', 49), seen(48)];
    await site.taken(first);
    await takeBack(site, 3);
    expect(await site.events()).toEqual([]);
    // Order B comes as it was, the others under other ids and times.
    const again = [order('A', 9), first[1] as object, seen(7)];
    expect(await site.taken(again)).toMatchObject({ accepted: 3, duplicates: 0 });
    expect(await site.taken([...first, order('A', 5), order('B', 4), seen(3)])).toMatchObject({
      accepted: 0,
      duplicates: 6,
    });
    expect(await site.events()).toHaveLength(3);
    await takeBack(site, 3);
    expect(await site.taken([order('A', 2), order('B', 1)])).toMatchObject({ accepted: 2, duplicates: 0 });
  });

  it('stays counted where only a repetition of it is taken back', async () => {
    const site = await makeSite(app, 'repeated');
    const first = order('A', 50);
    await site.taken([first]);
    await site.taken([first, event('own')]);
    await takeBack(site, 1);
    expect(await site.taken([order('A', 1)])).toMatchObject({ accepted: 0, duplicates: 1 });
    expect((await site.events()).map(({ event: name }) => name)).toEqual(['$order']);
  });

  it('counts once where several send it anew at the same time', async () => {
    const site = await makeSite(app, 'raced');
    await site.taken([order('A', 50)]);
    await takeBack(site, 1);
    const answers = await Promise.all([1, 2, 3, 4, 5].map((agoMs) => site.taken([order('A', agoMs)])));
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1);
    expect(await site.events()).toHaveLength(1);
  });
});

describe('users', () => {
  it('are registered and changed by $signup, $login and $update, once or twice sent', async () => {
    const site = await makeSite(app, 'users');
    const [signup, login] = [
      event('$signup', { user: 'ann', traits: { plan: 'pro', seats: 3 } }) as { time: string },
      event('$login', { user: 'bob', registered_at: '2020-01-01T00:00:00Z' }),
    ];
    for (let round = 0; round < 2; round++) await site.taken([signup, login]);
    await site.taken([event('$update', { user: 'ann', traits: { plan: null, seats: 4 } })]);
    const user = async (id: string): Promise<unknown> => (await site.call('GET', `/users/${id}`)).json();
    expect(await user('ann')).toMatchObject({ registered_at: signup.time, traits: { seats: 4 }, events: 2 });
    expect(await user('bob')).toMatchObject({ registered_at: '2020-01-01T00:00:00.000Z' });
    await site.configure({ traits: 'ignore' });
    await site.taken([event('$update', { user: 'ann', traits: { seats: 9 } })]);
    expect(await user('ann')).toMatchObject({ traits: { seats: 4 }, events: 3 });
  });
});
