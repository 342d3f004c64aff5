import * as fc from 'fast-check';
import { DataSource } from 'typeorm';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import { TRACKABLE_FORMS } from '../../../src/core/trackables/trackable.js';
import { insertKey } from '../../support/keys.js';
import {
  oracleList,
  oracleParts,
  oracleTotals,
  trackableWorld,
  type AskedTrackable,
  type TrackableWorld,
} from '../../support/oracle/oracle-trackables.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { makeProperty, type TestProperty } from '../usage/usage-app.js';

const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 2);
const SEED = process.env['SEED'] === undefined ? undefined : Number(process.env['SEED']);

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

type Row = Readonly<Record<string, string | number | null>>;
interface Listed {
  readonly data: readonly Row[];
  readonly next_cursor: string | null;
  readonly totals?: Row;
}

/** All pages, of two items each. */
async function pages({ call }: TestProperty, path: string): Promise<{ rows: Row[]; totals: Row | undefined }> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  for (;;) {
    const next: string = cursor === null ? '' : `&cursor=${cursor}`;
    const answer = await call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=2${next}`);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`);
    const page: Listed = answer.json();
    rows.push(...page.data);
    cursor = page.next_cursor;
    if (cursor === null) return { rows: rows.map(rounded), totals: page.totals && rounded(page.totals) };
  }
}

/** Sums of fractions to six places. */
function rounded(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, typeof cell === 'number' ? Number(cell.toFixed(6)) : cell]),
  );
}

function pathOf({ type, name, by, aliases, application }: AskedTrackable): string {
  return `/trackables/${type}/${name}?by=${by}&aliases=${aliases}${application === null ? '' : `&application=${application}`}`;
}

const asked: fc.Arbitrary<AskedTrackable> = fc
  .record({
    type: fc.constantFrom('statistic', 'state', 'timer', 'sequence'),
    name: fc.constantFrom('runs', 'units'),
    by: fc.constantFrom('application', 'version', 'user', 'state'),
    aliases: fc.constantFrom('include', 'exclude', 'only'),
    application: fc.constantFrom(null, 'editor'),
  })
  .filter(({ type, by }) => by !== 'state' || type === 'state');

async function propertyOf(world: TrackableWorld, slug: string): Promise<TestProperty> {
  const property = await makeProperty(app, slug);
  await property.send('events', ...world.events);
  const users = Object.entries(world.aliases).map(([user, alias]) => ({ user, traits: { alias } }));
  if (users.length > 0) await property.send('users', ...users);
  return property;
}

describe('trackables of random worlds', () => {
  let worlds = 0;

  it('are what the events say: by application, version, user and state, with, without and only aliases', async () => {
    const holds = fc.asyncProperty(
      trackableWorld,
      fc.uniqueArray(asked, { minLength: 12, maxLength: 12, selector: pathOf }),
      async (world, questions) => {
        const property = await propertyOf(world, `random-${(worlds += 1)}`);
        expect((await pages(property, '/trackables')).rows).toEqual(oracleList(world));
        for (const one of questions) {
          const path = pathOf(one);
          const { rows, totals } = await pages(property, path);
          expect([path, rows]).toEqual([path, oracleParts(world, one)]);
          expect([path, totals]).toEqual([path, oracleTotals(world, one)]);
        }
      },
    );
    await fc.assert(holds, { numRuns: NUM_RUNS, ...(SEED === undefined ? {} : { seed: SEED }), endOnFailure: true });
  }, 120_000);

  it('are the figures of last_value, value_sum and event_count over the same events', async () => {
    const [world] = fc.sample(trackableWorld, { numRuns: 1, ...(SEED === undefined ? {} : { seed: SEED }) });
    const property = await propertyOf(world!, 'metrics');
    const sum = async (metric: string, params: object, column: string): Promise<number | null> => {
      const window = { kind: 'fixed', from: '2024-01-01', to: '2025-01-01' };
      const body = { cohort: { all: true }, metric, params, window, aggregators: ['sum'] };
      const answer = await property.call('POST', '/requests?wait=30', body);
      const { aggregates } = answer.json<{ aggregates: Record<string, { sum: number | null }> }>();
      return Number((aggregates[column]?.sum ?? 0).toFixed(6));
    };
    for (const type of ['statistic', 'timer', 'sequence'] as const) {
      const { event, value, added } = TRACKABLE_FORMS[type];
      const where = {
        and: [
          { property: 'name', eq: 'runs' },
          { property: '$application', eq: 'editor' },
        ],
      };
      const { totals } = await pages(property, `/trackables/${type}/runs?application=editor`);
      expect(totals?.['total']).toBe(await sum('last_value', { event, where, value }, 'value'));
      expect(totals?.['events']).toBe(await sum('event_count', { event, where }, 'count'));
      if (added) expect(totals?.['added']).toBe(await sum('value_sum', { event, where, value: added }, 'net'));
    }
  });
});

const at = (time: string): string => `2024-05-01T${time}:00Z`;
const runs = (user: string, time: string, value: number, change: number, $version = '1.0'): object => ({
  user,
  event: '$statistic',
  time: at(time),
  properties: { name: 'runs', value, change, $application: 'editor', $version },
});

describe('a trackable', () => {
  let property: TestProperty;

  beforeAll(async () => {
    property = await makeProperty(app, 'worked');
    await property.send(
      'events',
      runs('ada', '10:00', 1, 1),
      runs('ada', '11:00', 3, 2),
      runs('ada', '12:00', 4, 1, '2.0'),
      runs('=ben', '10:30', 7, 7),
      { user: 'ada', event: '$state', time: at('10:00'), properties: { name: 'units', state: 'US' } },
      { user: 'ada', event: '$state', time: at('11:00'), properties: { name: 'units', state: 'SI', previous: 'US' } },
      { user: '=ben', event: '$state', time: at('10:00'), properties: { name: 'units', state: 'SI' } },
      { user: 'ada', event: '$state', time: at('10:00'), properties: { name: 'mode', state: 'dark' } },
      { user: 'ada', event: '$state', time: at('11:00'), properties: { name: 'mode', state: '', previous: 'dark' } },
      {
        user: 'ada',
        event: '$checkpoint',
        time: at('10:00'),
        properties: { name: 'a/b', checkpoint: 'x', position: 1 },
      },
    );
    await property.send('users', { user: 'ada', traits: { alias: 'Ada, L.' } });
  });

  it('tells by version what users had last in each, and what was added in each', async () => {
    const { data, totals } = (await property.call('GET', '/trackables/statistic/runs?by=version')).json<Listed>();
    expect(data).toEqual([
      {
        application: 'editor',
        version: '1.0',
        users: 2,
        events: 3,
        total: 10,
        added: 10,
        last: '2024-05-01T11:00:00.000Z',
      },
      {
        application: 'editor',
        version: '2.0',
        users: 1,
        events: 1,
        total: 4,
        added: 1,
        last: '2024-05-01T12:00:00.000Z',
      },
    ]);
    expect(totals).toEqual({ users: 2, events: 4, total: 11, added: 11, last: '2024-05-01T12:00:00.000Z' });
  });

  it('is written as CSV, texts of others made harmless', async () => {
    const { text } = await property.call('GET', '/trackables/statistic/runs?by=user', undefined, {
      accept: 'text/csv',
    });
    expect(text.split('\r\n')).toEqual([
      'user,alias,events,total,added,last',
      `'=ben,,1,7,7,2024-05-01T10:30:00.000Z`,
      'ada,"Ada, L.",3,4,4,2024-05-01T12:00:00.000Z',
      '',
    ]);
    const list = await property.call('GET', '/trackables?format=ndjson&type=state');
    expect(list.text).toBe(
      '{"type":"state","name":"mode","application":null,"users":1,"events":2,"last":"2024-05-01T11:00:00.000Z"}\n' +
        '{"type":"state","name":"units","application":null,"users":2,"events":3,"last":"2024-05-01T11:00:00.000Z"}\n',
    );
  });

  it('tells who is in a state, and lists a sequence that nobody has completed', async () => {
    const { data } = (await property.call('GET', '/trackables/state/units?by=state')).json<Listed>();
    expect(data).toEqual([{ state: 'SI', users: 2, last: '2024-05-01T11:00:00.000Z' }]);
    const none = (await property.call('GET', '/trackables/state/mode?by=state')).json<Listed>();
    expect(none.data).toEqual([{ state: null, users: 1, last: '2024-05-01T11:00:00.000Z' }]);
    const ofUsers = (await property.call('GET', '/trackables/state/mode?by=user')).json<Listed>();
    expect(ofUsers.data).toMatchObject([{ user: 'ada', state: null }]);
    const sequences = (await property.call('GET', '/trackables?type=sequence')).json<Listed>();
    expect(sequences.data).toEqual([
      { type: 'sequence', name: 'a/b', application: null, users: 0, events: 0, last: '2024-05-01T10:00:00.000Z' },
    ]);
    const { totals } = (await property.call('GET', '/trackables/sequence/a%2Fb')).json<Listed>();
    expect(totals).toEqual({ users: 0, events: 0, total: 0, last: null });
  });

  it('is told user by user to who may see people alone', async () => {
    const database = app.get(DataSource);
    const { id: accountId } = await database.manager.findOneByOrFail(AccountEntity, {});
    const { secret } = await insertKey(database, { accountId, grants: ['usage:read'] });
    const headers = { authorization: `Bearer ${secret}` };
    const status = async (by: string) =>
      (await property.call('GET', `/trackables/statistic/runs?by=${by}`, undefined, headers)).status;
    expect([await status('application'), await status('user')]).toEqual([200, 403]);
  });

  it.each([
    ['/trackables/counter/runs', 404],
    ['/trackables/timer/runs?by=state', 400],
    ['/trackables/timer/runs?aliases=all', 400],
    ['/trackables?cursor=abc', 400],
  ])('refuses %s with %i', async (path, status) => {
    expect((await property.call('GET', path)).status).toBe(status);
  });
});
