import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import type { PresetDto } from '../../../src/catalogue/preset.dto.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { makeProperty, type TestProperty } from '../usage/usage-app.js';

let stores: TestStores;
let app: TestApp;
let site: TestProperty;

const hit = (user: string, event: string, time: string, session: string, properties: object = {}): object => ({
  user,
  event,
  time,
  properties: { $session: session, $visitor: user.startsWith('v') ? user : 'v1', ...properties },
});

/**
 * In Berlin, an hour ahead: v1 comes by a newsletter ten minutes before the 11th, stays over midnight and signs in as
 * ann; on the 11th v2 comes by an ad, and v1 again; v3 half an hour after the 12th has begun.
 */
const HITS = [
  hit('v1', '$page', '2026-01-10T22:50:00Z', 's1', { $source: 'news', $path: '/a' }),
  hit('v1', '$page', '2026-01-10T23:10:00Z', 's1', { $source: 'news', $path: '/b' }),
  hit('ann', '$login', '2026-01-10T23:12:00Z', 's1', { $source: 'news' }),
  hit('v2', '$page', '2026-01-11T09:00:10Z', 's2', { $source: 'ads', $path: '/a' }),
  hit('v2', '$leave', '2026-01-11T09:01:00Z', 's2', { $source: 'ads', $visible_ms: 5000 }),
  hit('v2', '$conversion', '2026-01-11T09:01:00Z', 's2', { $source: 'ads', goal: 'signup', value: 10 }),
  hit('v1', '$page', '2026-01-11T10:00:00Z', 's4', { $path: '/a' }),
  hit('v1', '$order', '2026-01-11T10:05:00Z', 's4', { order: 'o1', value: 30 }),
  hit('v3', '$page', '2026-01-11T23:30:00Z', 's3', { $path: '/a' }),
];
const DAYS = { kind: 'fixed', from: '2026-01-10', to: '2026-01-13' };

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  site = await makeProperty(app, 'site', { time_zone: 'Europe/Berlin' });
  await site.send('events', ...HITS);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

function visitorsOf(points: AnswerDto['series']): unknown[] {
  return (points ?? []).map(({ label, aggregates }) => [label, positives(aggregates)]);
}

function positives(aggregates: AnswerDto['aggregates']): unknown {
  return (aggregates?.['occurred']?.['proportion'] as { positives: number } | null)?.positives;
}

describe('visitors by period', () => {
  const visitors = async (query: string): Promise<AnswerDto> =>
    (await site.call('GET', `/visitors?${query}&wait=30`)).json<AnswerDto>();

  it('are the users who had the event, by local day and by source', async () => {
    const answer = await visitors('event=$page&by=$source&from=2026-01-10&to=2026-01-13');
    expect(answer.status).toBe('succeeded');
    expect(positives(answer.aggregates)).toBe(3);
    expect(visitorsOf(answer.series)).toEqual([
      ['2026-01-10', 1],
      ['2026-01-11', 2],
      ['2026-01-12', 1],
    ]);
    const groups = answer.breakdown?.map(({ group, aggregates, series }) => [
      group,
      positives(aggregates),
      visitorsOf(series),
    ]);
    expect(groups).toEqual([
      [
        'ads',
        1,
        [
          ['2026-01-10', undefined],
          ['2026-01-11', 1],
          ['2026-01-12', undefined],
        ],
      ],
      [
        'news',
        1,
        [
          ['2026-01-10', 1],
          ['2026-01-11', 1],
          ['2026-01-12', undefined],
        ],
      ],
    ]);
  });

  it('are one request with the body that says the same, and cached with it', async () => {
    const first = await visitors('event=$page&interval=minute&from=2026-01-11T09:00:00Z&to=2026-01-11T09:03:00Z');
    expect(visitorsOf(first.series)).toEqual([
      ['2026-01-11T10:00', 1],
      ['2026-01-11T10:01', 0],
      ['2026-01-11T10:02', 0],
    ]);
    const body = {
      cohort: { all: true },
      metric: 'occurrence',
      params: { event: '$page' },
      window: { kind: 'fixed', from: '2026-01-11T09:00:00Z', to: '2026-01-11T09:03:00Z' },
      series: { interval: 'minute', by: 'event_time' },
      aggregators: ['proportion'],
    };
    const posted = (await site.call('POST', '/requests?wait=30', body)).json<AnswerDto>();
    expect([posted.hash, posted.cached]).toEqual([first.hash, true]);
  });

  it.each([
    ['event=$page&to=2026-01-13', 400, 'from'],
    ['from=2026-01-13&to=2026-01-10', 422, 'from'],
    ['from=2026-01-10&to=2026-01-13&interval=fortnight', 422, 'interval'],
    ['from=2026-01-10&to=2026-01-13&top=3', 422, 'top'],
    ['from=2026-01-10&to=2026-01-13&where=x', 400, 'where'],
    ['from=2026-01-10&to=2026-01-13&color=red', 400, 'color'],
  ])('refuse %s with %i, which names %s', async (query, status, parameter) => {
    const refused = await site.call('GET', `/visitors?${query}`);
    expect([refused.status, refused.json<{ errors: { parameter?: string }[] }>().errors[0]?.parameter]).toEqual([
      status,
      parameter,
    ]);
  });
});

describe('sessions of a day', () => {
  const sessions = async (query: string): Promise<{ data: { session: string }[]; next_cursor: string | null }> =>
    (await site.call('GET', `/sessions?${query}`)).json();

  it('are those that begin on it by the clock of the property, whole', async () => {
    expect((await sessions('day=2026-01-10')).data).toEqual([
      {
        session: 's1',
        start: '2026-01-10T22:50:00.000Z',
        end: '2026-01-10T23:12:00.000Z',
        events: 3,
        pages: 2,
        source: 'news',
        visitor: 'v1',
        user: 'ann',
      },
    ]);
    expect((await sessions('day=2026-01-12')).data.map(({ session }) => session)).toEqual(['s3']);
    expect((await sessions('day=2026-01-13')).data).toEqual([]);
  });

  it('are each on one day, also where a visitor has signed in: over a period they count once', async () => {
    const days = ['2026-01-09', '2026-01-10', '2026-01-11', '2026-01-12', '2026-01-13'];
    const lists = await Promise.all(
      days.map(async (day) => (await site.call('GET', `/sessions?day=${day}`)).json<{ data: { session: string }[] }>()),
    );
    const sessions = lists.flatMap(({ data }) => data.map(({ session }) => session));
    expect(sessions.toSorted()).toEqual(['s1', 's2', 's3', 's4']);
  });

  it('come in pages and as a file', async () => {
    const first = await sessions('day=2026-01-11&limit=1');
    const second = await sessions(`day=2026-01-11&limit=1&cursor=${first.next_cursor}`);
    expect([first, second].map(({ data }) => data.map(({ session }) => session))).toEqual([['s2'], ['s4']]);
    expect(second.next_cursor).toBeNull();
    const { text } = await site.call('GET', '/sessions?day=2026-01-11&format=csv');
    expect(text.split('\r\n')).toEqual([
      'session,start,end,events,pages,source,visitor,user',
      's2,2026-01-11T09:00:10.000Z,2026-01-11T09:01:00.000Z,3,1,ads,v2,v2',
      's4,2026-01-11T10:00:00.000Z,2026-01-11T10:05:00.000Z,2,1,,v1,v1',
      '',
    ]);
    const lines = (await site.call('GET', '/sessions?day=2026-01-11&format=ndjson')).text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual((await sessions('day=2026-01-11')).data);
  });

  it('have a day', async () => {
    for (const day of ['2026-02-30', '2026-01', 'today']) {
      expect([day, (await site.call('GET', `/sessions?day=${day}`)).status]).toEqual([day, 400]);
    }
  });
});

describe('the packs of a web site and of trackables', () => {
  let preset: PresetDto;

  beforeAll(async () => {
    preset = (await site.call('POST', '/metrics/presets/web')).json<PresetDto>();
  });

  const ask = async (metric: string, more: object = {}): Promise<AnswerDto> =>
    (
      await site.call('POST', '/requests?wait=30', { cohort: { all: true }, metric, window: DAYS, ...more })
    ).json<AnswerDto>();

  it('are made once, all of them', async () => {
    expect(preset.created).toEqual([
      'page_views',
      'distinct_pages',
      'web_sessions',
      'visible_time',
      'conversions',
      'conversions_by_goal',
      'conversion_value',
      'revenue',
      'interests',
      'first_source',
    ]);
    const again = await site.call('POST', '/metrics/presets/web', {});
    expect([again.status, again.json<PresetDto>().created]).toEqual([200, []]);
    const trackables = await site.call('POST', '/metrics/presets/trackables');
    expect([trackables.status, trackables.json<PresetDto>().metrics.length]).toEqual([201, 7]);
    expect((await site.call('POST', '/metrics/presets/trackables', { events: {} })).status).toBe(422);
  });

  it('measure what is asked of a site, also by source', async () => {
    const views = await ask('page_views', { aggregators: ['sum'], breakdown: ['property:$source'] });
    expect(views.aggregates).toMatchObject({ count: { sum: 5 } });
    expect(views.breakdown?.map(({ group, aggregates }) => [group, aggregates['count']?.['sum']])).toEqual([
      ['ads', 1],
      ['news', 2],
    ]);
    // Of a session that goes on under the name of a user, both have a part.
    const { aggregates } = await ask('web_sessions', { aggregators: ['sum'] });
    expect(aggregates).toMatchObject({ sessions: { sum: 5 }, events: { sum: 9 }, bounces: { sum: 4 } });
    expect((await ask('visible_time', { aggregators: ['sum'] })).aggregates).toMatchObject({ net: { sum: 5000 } });
    expect((await ask('revenue', { aggregators: ['sum'] })).aggregates).toMatchObject({ net: { sum: 30 } });
    expect(positives((await ask('conversions')).aggregates)).toBe(1);
    const source = await ask('first_source');
    expect(source.aggregates).toMatchObject({
      value: {
        count_by_value: [
          { value: 'ads', users: 1, share: 0.5 },
          { value: 'news', users: 1, share: 0.5 },
        ],
      },
    });
  });

  it('measure each built-in with the events of the trackers', async () => {
    for (const { name } of preset.metrics) {
      const { status, error } = await ask(name);
      expect([name, status, error]).toEqual([name, 'succeeded', null]);
    }
  });
});
