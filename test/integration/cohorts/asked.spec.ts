import { DataSource } from 'typeorm';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { send } from '../../support/ingest.js';
import { ask, ended, errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

const WINDOW = { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' };
const buys = (at_least: number, more: object = {}): object => ({ did: { event: 'buy', at_least, ...more } });

/** A request for the events of a cohort's users in 2020. */
const count = (cohort: unknown, more: object = {}): object => ({
  cohort,
  metric: 'event_count',
  window: WINDOW,
  ...more,
});

describe('a rule or set as the cohort of a request', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    const at = (user: string, event: string, day: string, properties: object = {}): object => ({
      user,
      event,
      time: `2020-${day}T12:00:00Z`,
      properties,
    });
    await send(
      app,
      'events',
      at('ann', 'buy', '01-01', { item: 'tea', paid: 5 }),
      at('ann', 'buy', '01-02', { item: 'cup', paid: 50 }),
      at('ann', 'visit', '03-01'),
      at('bob', 'buy', '02-01', { item: 'tea', paid: 50 }),
      at('cem', 'visit', '02-02'),
    );
    await send(
      app,
      'users',
      { user: 'ann', registered_at: '2020-01-01T00:00:00Z', traits: { country: 'DE', plan: 'pro' } },
      { user: 'dee', registered_at: '2020-02-01T00:00:00Z', traits: { country: 'DE' } },
    );
    for (const [name, users] of [
      ['january', ['ann', 'bob']],
      ['others', ['bob', 'dee', 'nobody']],
    ] as const) {
      expect((await app.call('POST', '/cohorts', { name, static: { users } })).status).toBe(201);
    }
    expect((await app.call('POST', '/cohorts', { name: 'buyers', rule: buys(1) })).status).toBe(201);
    expect((await app.call('POST', '/cohorts', { name: 'both', set: 'january & buyers' })).status).toBe(201);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  /** Who is in it, by the rows of a run. */
  async function users(cohort: unknown, more: object = {}): Promise<string[]> {
    const { id, status, error } = await ask(app, count(cohort, more), '?wait=20');
    expect([status, error]).toEqual(['succeeded', null]);
    const rows = await app.call('GET', `/requests/${id}/users`);
    return rows.json<{ data: { user: string }[] }>().data.map(({ user }) => user);
  }

  it.each<[string, unknown, string[]]>([
    ['saved by name', 'buyers', ['ann', 'bob']],
    ['an expression', 'january&buyers~others', ['ann', 'bob', 'dee', 'nobody']],
    ['everybody in an expression', 'all & others', ['bob', 'dee']],
    ['a set of sets', { set: { except: ['both', { user: 'bob' }] } }, ['ann']],
    ['at least', { rule: buys(2) }, ['ann']],
    ['T9: at most takes those with none', { rule: { did: { event: 'buy', at_most: 1 } } }, ['bob', 'cem', 'dee']],
    ['T9: zero times', { rule: { did: { event: 'buy', exactly: 0 } } }, ['cem', 'dee']],
    ['did not, of a stated universe', { rule: { did_not: { event: 'buy' } }, universe: 'others' }, ['dee', 'nobody']],
    [
      'T8: two tests on one event',
      {
        rule: buys(1, {
          where: {
            and: [
              { property: 'item', eq: 'tea' },
              { property: 'paid', gte: 50 },
            ],
          },
        }),
      },
      ['bob'],
    ],
    [
      'T8: two tests on two events',
      {
        rule: {
          and: [buys(1, { where: { property: 'item', eq: 'tea' } }), buys(1, { where: { property: 'paid', gte: 50 } })],
        },
      },
      ['ann', 'bob'],
    ],
    [
      'T12: a window is half-open',
      { rule: buys(1, { within: { from: '2020-01-03', to: '2020-02-01T12:00:00Z' } }) },
      [],
    ],
    ['T12: its start counts', { rule: buys(1, { within: { from: '2020-02-01T12:00:00Z' } }) }, ['bob']],
    ['since birth', { rule: buys(2, { within: { since_birth: { length: 'P2D' } } }) }, ['ann']],
    ['born', { rule: { born: { from: '2020-02-01' } } }, ['dee']],
    [
      'a trait',
      {
        rule: {
          and: [
            { trait: 'country', eq: 'DE' },
            { trait: 'plan', ne: 'pro' },
          ],
        },
      },
      ['dee'],
    ],
    ['nobody', { rule: buys(9) }, []],
  ])('is measured: %s', async (_, cohort, expected) => {
    expect(await users(cohort)).toEqual(expected);
  });

  it('looks up to as_of, and back from it', async () => {
    const lately = { rule: buys(1, { within: { last: 'P2D' } }) };
    expect(await users(lately, { as_of: '2020-02-02' })).toEqual(['bob']);
    expect(await users(lately, { as_of: '2020-02-01T12:00:00Z' })).toEqual([]);
    expect(await users({ rule: buys(1) }, { as_of: '2020-01-15' })).toEqual(['ann']);
  });

  it('takes dates as days of the time zone of the request', async () => {
    const late = { rule: buys(1, { within: { from: '2020-02-02' } }) };
    expect(await users(late)).toEqual([]);
    expect(await users(late, { time_zone: 'Pacific/Kiritimati' })).toEqual(['bob']);
  });

  it('has one hash, however it is written (T17)', async () => {
    const { cohort, hash } = await ask(app, count('both'), '?wait=20');
    const { body } = { body: (await app.call('GET', '/cohorts/both')).json<{ id: string; version: number }>() };
    expect(cohort).toMatchObject({ id: body.id, version: 1, size: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const inline = { set: { and: [{ rule: { and: [buys(1)] } }, { users: ['bob', 'ann', 'ann'] }] } };
    const again = await ask(app, count(inline), '?wait=20');
    expect([again.hash, again.cached]).toEqual([hash, true]);
    expect(again.cohort).toMatchObject({ id: null, hash: cohort.hash, size: 2 });
  });

  it('is asked again by what the answer says of it, also a list', async () => {
    for (const cohort of [{ users: ['bob', 'ann', 'ann'] }, { set: { except: ['buyers', { users: ['bob'] }] } }]) {
      const { request, hash } = await ask(app, count(cohort), '?wait=20');
      const again = await ask(app, count((request as { cohort: unknown }).cohort), '?wait=20');
      expect([again.hash, again.cached]).toEqual([hash, true]);
    }
    const members = 'ab'.repeat(32);
    const { status, ...refused } = await app.call('POST', '/requests', count({ set: { or: ['both', { members }] } }));
    expect(status).toBe(422);
    expect(errorOf({ status, ...refused })).toMatchObject({
      code: 'unknown_cohort',
      errors: [{ pointer: '/cohort/set/or/1/members' }],
    });
  });

  it('is another question when a cohort inside it changes', async () => {
    const rule = async (at_least: number): Promise<void> => {
      await app.call('PUT', '/cohorts/changing', { name: 'changing', rule: buys(at_least) });
    };
    await app.call('POST', '/cohorts', { name: 'changing', rule: buys(1) });
    await app.call('POST', '/cohorts', { name: 'above', set: { and: ['changing', 'january'] } });
    const first = await ask(app, count('above'), '?wait=20');
    await rule(2);
    const second = await ask(app, count('above'), '?wait=20');
    expect([first.cohort.size, second.cohort.size, second.hash === first.hash]).toEqual([2, 1, false]);
    await rule(1);
    expect(await ask(app, count('above'), '?wait=20')).toMatchObject({ hash: first.hash, cached: true });
  });

  it('is stale as soon as something moves that its rules read, and not before', async () => {
    const spring = { from: '2020-04-01', to: '2020-06-01' };
    const isCached = async (cohort: unknown): Promise<boolean> => {
      const fixed = { ...WINDOW, from: '2020-04-15', to: '2020-04-20' };
      return (await ask(app, { ...count(cohort), window: fixed }, '?wait=20')).cached;
    };
    const inSpring = { rule: buys(1, { within: spring }), universe: 'january' };
    const german = { rule: { trait: 'country', eq: 'DE' }, universe: 'january' };
    for (const cohort of [inSpring, german])
      expect([await isCached(cohort), await isCached(cohort)]).toEqual([false, true]);
    await send(app, 'events', { user: 'bob', event: 'buy', time: '2020-07-01T00:00:00Z' });
    expect([await isCached(inSpring), await isCached(german)]).toEqual([true, true]);
    await send(app, 'events', { user: 'bob', event: 'buy', time: '2020-05-01T00:00:00Z' });
    expect([await isCached(inSpring), await isCached(german)]).toEqual([false, true]);
    await send(app, 'users', { user: 'bob', traits: { country: 'DE' } });
    expect([await isCached(inSpring), await isCached(german)]).toEqual([true, false]);
  });

  it('is never fresh when it moves with time, unless as_of says where it stands', async () => {
    const lately = count({ rule: buys(1, { within: { last: 'P30D' } }) });
    const [first, second] = [await ask(app, lately, '?wait=20'), await ask(app, lately, '?wait=20')];
    expect([first.valid_until, second.cached]).toEqual([first.as_of, false]);
    const fixed = { ...lately, as_of: '2020-03-01' };
    expect([(await ask(app, fixed, '?wait=20')).valid_until, (await ask(app, fixed)).cached]).toEqual([null, true]);
  });

  it('leaves nothing behind of a run, whatever its end', async () => {
    const failing = { rule: buys(1, { where: { property: 'item', contains: 'no such thing' } }) };
    expect(await users(failing)).toEqual([]);
    const { id } = await ask(app, count({ rule: buys(1, { event: 'given up' }) }));
    await app.call('DELETE', `/requests/${id}`);
    await ended(app, id);
    const { rows } = await app.get(Engine).rows({ sql: 'SELECT count() AS n FROM run_cohorts', params: {} });
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('remembers every saved cohort that a request used', async () => {
    const { id } = await ask(app, count('both~others', { aggregators: ['sum'] }), '?wait=20');
    const [row]: { cohort: { uses: string[] } }[] = await app
      .get(DataSource)
      .query('SELECT cohort FROM requests WHERE id = $1', [id]);
    expect(row?.cohort.uses).toHaveLength(4);
  });

  it.each<[unknown, string, string]>([
    ['january&', 'invalid_field', '/cohort'],
    ['january & strangers', 'unknown_cohort', '/cohort'],
    [{ set: { or: ['january', 'strangers', 'aliens'] } }, 'unknown_cohort', '/cohort/set/or/1'],
    [{ rule: { did: { within: { last: 'P1M' } } } }, 'invalid_time', '/cohort/rule/did/within/last'],
    [{ rule: { did: {} }, universe: 'strangers' }, 'unknown_cohort', '/cohort/universe'],
    [{ rule: { did: {} }, set: { and: ['january'] } }, 'invalid_field', '/cohort'],
  ])('is refused: %j', async (cohort, code, pointer) => {
    const response = await app.call('POST', '/requests', count(cohort));
    const { code: reported, errors } = errorOf(response);
    expect([response.status, reported, errors?.[0]?.pointer]).toEqual([422, code, pointer]);
  });

  it('takes the largest definitions that are let through (T18)', async () => {
    const tests = Array.from({ length: 499 }, (_, i) => ({ property: `p${i}`, in: [i, `${i}`, true] }));
    const wheres = [0, 1, 2].map((part) => ({ or: tests.slice(part * 166, part * 166 + 166) }));
    const rules = wheres.map((where) => ({ did: { where } }));
    expect(await users({ rule: { or: rules } })).toEqual([]);
    const many = Array.from({ length: 497 }, (_, i) => ({ did: { event: `${'ü'.repeat(20)}${i}` } }));
    expect(await users({ rule: { or: [...many, buys(2)] } })).toEqual(['ann', 'bob']);
    let deep: object = buys(2);
    for (let level = 1; level < 16; level += 1)
      deep = { [level % 2 === 0 ? 'and' : 'or']: [deep, { trait: 'x', gt: level }] };
    expect(await users({ rule: deep })).toEqual([]);
    const names = Array.from({ length: 490 }, (_, i) => `${'"'.repeat(190)}${i}`);
    expect(await users({ rule: { did: { event: names } } })).toEqual([]);
    const tooMany = { rule: { and: Array.from({ length: 600 }, (_, i) => ({ did: { event: `e${i}` } })) } };
    const refused = await app.call('POST', '/requests', count(tooMany));
    expect(refused.json()).toMatchObject({ code: 'limit_exceeded', limit: 'cohort_nodes', value: 500 });
  });
});
