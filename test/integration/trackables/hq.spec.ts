import { TRACKABLE_FORMS, type TrackableType } from '../../../src/core/trackables/trackable.js';
import { type AliasLevel, Hq, type HqType, type HqUpload, NO_STATE } from '../../support/oracle/hq.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { makeProperty, type TestProperty } from '../usage/usage-app.js';

const ALIASES = { ada: 'Ada, L.', eve: 'Eve' };
const LEVELS: readonly (readonly [AliasLevel, string])[] = [
  ['any', 'include'],
  ['none', 'exclude'],
  ['only', 'only'],
];
const APPLICATIONS = ['editor', 'viewer'];
const NUMBERS: readonly (readonly [HqType, TrackableType, string])[] = [
  ['Statistic', 'statistic', 'runs'],
  ['Statistic', 'statistic', 'saves'],
  ['Timer', 'timer', 'session'],
  ['Sequence', 'sequence', 'export'],
];

const upload = (
  uuid: string,
  application: string,
  data: Readonly<Record<string, readonly [HqType, number | string]>>,
): HqUpload => {
  const entries = Object.entries(data).map(([name, [type, value]]) => [name, { type, data: value }] as const);
  return { uuid, application, data: Object.fromEntries(entries) };
};

/** An hour apart, the first at midnight: totals grow, states change, and end as none. */
const UPLOADS = [
  upload('ada', 'editor', { runs: ['Statistic', 1], units: ['State', 'US'], session: ['Timer', 2.5] }),
  upload('ben', 'editor', { runs: ['Statistic', 7], units: ['State', 'SI'], export: ['Sequence', 1] }),
  upload('ada', 'editor', { runs: ['Statistic', 3], saves: ['Statistic', 4], session: ['Timer', 10] }),
  upload('ada', 'viewer', { runs: ['Statistic', 20], units: ['State', 'US'], export: ['Sequence', 2] }),
  upload('cleo', 'viewer', { runs: ['Statistic', 5], units: ['State', 'US'], session: ['Timer', 0.5] }),
  upload('eve', 'editor', { runs: ['Statistic', -2], units: ['State', 'US'], export: ['Sequence', 1] }),
  upload('eve', 'editor', { units: ['State', NO_STATE], export: ['Sequence', 3] }),
  upload('ada', 'editor', { units: ['State', 'SI'], runs: ['Statistic', 6] }),
];

let stores: TestStores;
let app: TestApp;
let property: TestProperty;
const hq = new Hq(ALIASES);

/** The events of an upload: what the tracker sends in its place. */
function eventsOf({ uuid, application, data }: HqUpload, hour: number, before: Map<string, number>): object[] {
  return Object.entries(data).flatMap(([name, { type, data: value }]) => {
    const form = TRACKABLE_FORMS[type.toLowerCase() as TrackableType];
    const place = [uuid, application, type, name].join();
    const by = Number(value) - (before.get(place) ?? 0);
    before.set(place, Number(value));
    const event = (id: string, more: object): object => ({
      id: `${place},${hour},${id}`,
      user: uuid,
      event: form.event,
      time: new Date(Date.UTC(2024, 4, 1, hour)).toISOString(),
      properties: { name, $application: application, ...more },
    });
    if (type === 'State') return [event('', { state: value === NO_STATE ? '' : value })];
    if (type !== 'Sequence') return [event('', { [form.value]: value, ...(form.added && { [form.added]: by }) })];
    const first = Number(value) - by + 1;
    return Array.from({ length: by }, (_, i) => event(String(i), { [form.value]: first + i }));
  });
}

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  property = await makeProperty(app, 'hq');
  const before = new Map<string, number>();
  for (const one of UPLOADS) hq.upload(one);
  await property.send('events', ...UPLOADS.flatMap((one, i) => eventsOf(one, 6 * i, before)));
  await property.send('users', ...Object.entries(ALIASES).map(([user, alias]) => ({ user, traits: { alias } })));
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

type Row = Readonly<Record<string, string | number | null>>;

async function rows(path: string): Promise<readonly Row[]> {
  const { status, text, json } = await property.call('GET', `/trackables${path}`);
  if (status !== 200) throw new Error(text);
  return json<{ data: readonly Row[] }>().data;
}

async function asked<T>(body: object): Promise<T> {
  const window = { kind: 'fixed', from: '2024-05-01', to: '2024-05-04' };
  return (await property.call('POST', '/requests?wait=30', { window, ...body })).json<T>();
}

describe('what was asked of crashreporter_hq', () => {
  it.each([
    ['type=statistic,state', ['Statistic', 'State'], null],
    ['type=timer', ['Timer'], null],
    ['application=viewer', ['Statistic', 'State', 'Timer', 'Sequence'], 'viewer'],
  ] as const)('/usage/trackables is /trackables?%s', async (query, types, application) => {
    const list = (await rows(`?${query}`)).map((row) => [row['type'], row['application'], row['name']]);
    const wanted = hq.trackables(types, application).map(([type = '', ...others]) => [type.toLowerCase(), ...others]);
    expect(list.map(String).sort()).toEqual(wanted.map(String).sort());
  });

  it.each(LEVELS)('sums and users by application, and values by user, with aliases: %s', async (level, aliases) => {
    for (const [hqType, type, name] of NUMBERS) {
      const sums = await rows(`/${type}/${name}?by=application&aliases=${aliases}`);
      const told = sums.map((row) => [row['application'], row['total'], row['users']]);
      expect([name, told]).toEqual([name, hq.sums(hqType, name, level)]);
      for (const application of APPLICATIONS) {
        const users = await rows(`/${type}/${name}?by=user&aliases=${aliases}&application=${application}`);
        const values = users.map((row) => [row['user'], row['total']]);
        expect([name, values]).toEqual([name, hq.ofUsers(hqType, name, application, level)]);
      }
    }
  });

  it.each(LEVELS)('states by user, and users by state, with aliases: %s', async (level, aliases) => {
    for (const application of APPLICATIONS) {
      const users = await rows(`/state/units?by=user&aliases=${aliases}&application=${application}`);
      const states = users.map((row) => [row['user'], row['state'] ?? NO_STATE]);
      expect(states).toEqual(hq.ofUsers('State', 'units', application, level));
      const parts = await rows(`/state/units?by=state&aliases=${aliases}&application=${application}`);
      const counts = parts.map((row) => [row['state'] ?? NO_STATE, row['users']]).sort();
      expect(counts).toEqual(hq.inStates('units', application, level).sort());
    }
  });

  it.each(LEVELS)('/usage/users: users by application, with aliases: %s', async (level, aliases) => {
    const most = new Map(hq.users(level).map(([application]) => [application, 0]));
    for (const one of await rows('')) {
      const parts = await rows(`/${one['type']}/${one['name']}?by=application&aliases=${aliases}`);
      for (const row of parts) {
        const application = String(row['application']);
        most.set(application, Math.max(most.get(application) ?? 0, Number(row['users'])));
      }
    }
    expect([...most]).toEqual(hq.users(level));
  });

  it.each(LEVELS)('the chart of statistics, stacked by user, with aliases: %s', async (level, aliases) => {
    const statistics = ['runs', 'saves'];
    const parts = await Promise.all(statistics.map((name) => rows(`/statistic/${name}?by=user&aliases=${aliases}`)));
    const users = [...new Set(parts.flat().map(({ user }) => String(user)))].sort();
    const alias = (user: string) => parts.flat().find((row) => row['user'] === user)?.['alias'] ?? user;
    const counts = parts.map((own, i) => [
      statistics[i],
      ...users.map((user) => own.find((row) => row['user'] === user)?.['total'] ?? 0),
    ]);
    expect({ uuids: users.map(alias), counts }).toEqual(hq.stacked(statistics, level));
  });

  it('plots of a timer, total and average, and of a statistic of one user over time', async () => {
    const [timer] = await rows('/timer/session?application=editor');
    expect([timer?.['total'], Number(timer?.['added']) / Number(timer?.['events'])]).toEqual([10, 5]);
    const { series } = await asked<{ series: readonly { label: string; aggregates: { value: { sum: number } } }[] }>({
      cohort: { users: ['ada'] },
      metric: 'last_value',
      params: {
        event: '$statistic',
        value: 'value',
        where: {
          and: [
            { property: 'name', eq: 'runs' },
            { property: '$application', eq: 'editor' },
          ],
        },
      },
      series: { interval: 'day', by: 'event_time' },
      aggregators: ['sum'],
    });
    expect(series.map(({ label, aggregates }) => [label, aggregates.value?.sum ?? null])).toEqual([
      ['2024-05-01', 3],
      ['2024-05-02', 6],
      ['2024-05-03', null],
    ]);
  });

  it('no state is an empty text of the metric current_state, null here, and nothing where nothing was said', async () => {
    await property.call('POST', '/metrics/presets/trackables', {});
    const where = {
      and: [
        { property: 'name', eq: 'units' },
        { property: '$application', eq: 'editor' },
      ],
    };
    const { aggregates } = await asked<{ aggregates: object }>({
      cohort: { users: ['ada', 'ben', 'cleo', 'eve'] },
      metric: 'current_state',
      params: { where },
    });
    expect(aggregates).toMatchObject({
      value: {
        count_by_value: [
          { value: 'SI', users: 2 },
          { value: '', users: 1 },
        ],
      },
    });
    const { text } = await property.call('GET', '/trackables/state/units?by=state&application=editor&format=csv');
    expect(text.split('\r\n').slice(1, 3)).toEqual([expect.stringMatching(/^,1,/), expect.stringMatching(/^SI,2,/)]);
  });
});
