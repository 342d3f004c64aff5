import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { callHttp } from '../../support/call-http.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import type { StoredEvent } from '../collect/collect-world.js';
import { takenOf, type SentEvent } from './recording-door.js';
import type { TrackerWorld } from './tracker-world.js';

/** What the server adds to every event, beside what says whose it is. */
const ADDED =
  /^\$(browser|browser_version|os|device|country|referrer_host|source|medium|campaign|term|content|clock_shift|library|screen|language)$/;
/** It gives these to events of nobody. */
const OF_VISITOR = ['$visitor', '$session', '$tab'];

const asText = (all: readonly object[]): string[] => all.map((one) => JSON.stringify(one)).sort();
const entriesOf = (properties: object): [string, unknown][] =>
  Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** An event as it was sent, in the words of what is stored. */
function expected({ event, time, user, visitor, session, tab, properties }: SentEvent): object {
  // Of an address without a path of its own the server tells the path as well.
  const url = properties?.['$url'];
  const path = typeof url === 'string' ? { $path: new URL(url).pathname } : {};
  const own = { ...path, ...properties, $visitor: visitor, $session: session, $tab: tab };
  return { event, time, user: user ?? visitor ?? 'nobody', properties: entriesOf(own) };
}

/** A stored event without what the server knew; its time by the clock of the browser, which some tests have moved. */
function found({ event, time, user, properties }: StoredEvent, named: ReadonlySet<string>): object {
  const isNamed = named.has(String(properties['$visitor']));
  const shift = Number(properties['$clock_shift'] ?? 0);
  const own = entriesOf(properties).filter(([name]) => !ADDED.test(name) && (isNamed || !OF_VISITOR.includes(name)));
  const isOfNobody = !isNamed && user === properties['$visitor'];
  return {
    event,
    time: new Date(Date.parse(time) - shift).toISOString(),
    user: isOfNobody ? 'nobody' : user,
    properties: own,
  };
}

/** What the program has of all that the tests before have sent. */
export function arrivalCases(world: () => TrackerWorld): void {
  it('every event that was taken is stored once, as it was sent', async () => {
    const { door, property } = world();
    const sent = takenOf(door.all);
    const answers = door.all.map(({ status, answer = '{}' }) => ({ status, ...(JSON.parse(answer) as object) }));
    expect(answers.filter((answer) => 'rejected' in answer && answer.rejected !== 0)).toEqual([]);
    const named = new Set(sent.flatMap(({ visitor }) => visitor ?? []));
    const stored = await property.events();
    expect(asText(stored.map((event) => found(event, named)))).toEqual(asText(sent.map(expected)));
    expect(sent.length).toBeGreaterThan(600);
    // Much of it came more than once.
    expect(door.all.flatMap(({ body }) => body.events).length).toBeGreaterThan(sent.length);
  });

  it('the API counts them, by their names and their pages', async () => {
    const { door, property } = world();
    const sent = takenOf(door.all);
    const [from, to] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
    const ask = async (metric: string, params: object): Promise<Record<string, { sum: unknown }>> => {
      const window = { kind: 'fixed', from, to };
      const body = { cohort: { all: true }, metric, params, window, aggregators: ['sum'] };
      const answer = await property.call('POST', '/requests?wait=30', body);
      return answer.json<{ aggregates: Record<string, { sum: unknown }> }>().aggregates;
    };
    const names = new Set(sent.map(({ event }) => event));
    for (const name of ['$leave', '$element', '$outbound', '$download', '$order_item', '$sequence', '$dropped']) {
      expect(names).toContain(name);
    }
    for (const event of names) {
      const { count } = await ask('event_count', { event });
      expect([event, count?.sum]).toEqual([event, sent.filter((one) => one.event === event).length]);
    }
    const pages = sent.filter(({ event }) => event === '$page').map(({ properties }) => String(properties?.['$path']));
    const wanted: Record<string, number> = {};
    for (const path of pages) wanted[path] = (wanted[path] ?? 0) + 1;
    const aggregates = await ask('count_by', { event: '$page', property: '$path', values: Object.keys(wanted) });
    expect(Object.values(aggregates)[0]?.sum).toEqual(wanted);
  });

  it('sign-ups and updates have changed users', async () => {
    const user = async (id: string): Promise<object> => (await world().property.call('GET', `/users/${id}`)).json();
    expect(await user('carol')).toMatchObject({ traits: { plan: 'pro' }, registered_at: expect.any(String) });
    expect(await user('dave')).toMatchObject({
      traits: { plan: 'old', seats: 3 },
      registered_at: '2020-02-02T23:00:00.000Z',
    });
  });

  it('the page of the documents works as it stands there', async () => {
    const { key, door, site, visitor, open, taken } = world();
    site.put({ '/plans': {} });
    const text = readFileSync(join(PACKAGE_ROOT, 'docs/browser-tracker.md'), 'utf8');
    const [, html = ''] = /```html\n(<script async[\s\S]*?)```/.exec(text) ?? [];
    const page = html.replace('https://muster.example.org', door.url).replace('muster_pk_...', key);
    const tab = await open(await visitor(), '/documented', { head: '', body: page });
    await tab.click('button');
    await tab.click('a');
    await tab.waitForURL('**/plans');
    const events = await taken(8);
    const names = new Set(events.map(({ event, properties }) => `${event} ${properties?.['$action'] ?? ''}`.trim()));
    for (const name of ['$page', '$element click', 'plans opened', 'report opened', '$exposure']) {
      expect(names).toContain(name);
    }
  });

  it.each([
    ['/t.js', 't.js'],
    ['/trackables.js', 'trackables.js'],
    ['/js/trackr.js', 'trackr.js'],
  ])('%s is served to every page, kept by browsers, and compressed', async (path, name) => {
    const { app } = world();
    const built = readFileSync(join(PACKAGE_ROOT, 'packages/tracker/dist', name), 'utf8');
    const get = (headers: Record<string, string>) => callHttp(app.url, 'GET', path, { headers });
    const plain = await get({});
    expect([plain.status, plain.text]).toEqual([200, built]);
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      sourcemap: `${name}.map`,
      vary: 'accept-encoding',
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
    });
    const known = await get({ 'if-none-match': plain.headers['etag'] ?? '' });
    expect([known.status, known.text, known.headers['etag']]).toEqual([304, '', plain.headers['etag']]);
    for (const [coding, unpack] of [['br', brotliDecompressSync] as const, ['gzip', gunzipSync] as const]) {
      const { payload, rawPayload, headers } = await app.nest.inject({
        url: path,
        headers: { 'accept-encoding': coding },
      });
      expect([headers['content-encoding'], unpack(rawPayload).toString()]).toEqual([coding, built]);
      expect(payload.length).toBeLessThan(6_000);
      expect(headers['etag']).toBe(plain.headers['etag']?.replace(/"$/, `-${coding}"`));
    }
    expect(
      (await callHttp(app.url, 'GET', `${path}.map`)).json<{ sources: string[] }>().sources.length,
    ).toBeGreaterThan(1);
  });
}
