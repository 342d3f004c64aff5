import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import type { CanonicalDto } from '../../../src/requests/canonical.dto.js';
import { send } from '../../support/ingest.js';
import { ask, errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

const count = (cohort: unknown, more: object = {}): object => ({
  cohort,
  metric: 'event_count',
  window: { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' },
  ...more,
});
const did = (event: string, more: object = {}): object => ({ rule: { did: { event, ...more } } });

/** What peers fell into: each must not happen here. */
describe('traps of cohorts', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    const at = (user: string, event: string, time: string, properties: object = {}): object => ({
      user,
      event,
      time,
      properties,
    });
    await send(
      app,
      'events',
      at('first of the month', 'edge', '2020-02-01T00:00:00.000Z'),
      at('last instant', 'edge', '2020-02-29T23:59:59.999Z'),
      at('next month', 'edge', '2020-03-01T00:00:00.000Z'),
      at('one event', 'buy', '2020-01-01T00:00:00Z', { item: 'tea', paid: 50 }),
      at('two events', 'buy', '2020-01-01T00:00:00Z', { item: 'tea', paid: 5 }),
      at('two events', 'buy', '2020-01-02T00:00:00Z', { item: 'cup', paid: 50 }),
      at('two teas', 'buy', '2020-01-03T00:00:00Z', { item: 'tea', paid: 5 }),
      at('two teas', 'buy', '2020-01-04T00:00:00Z', { item: 'tea', paid: 6 }),
    );
    await send(app, 'users', { user: 'first of the month', registered_at: '2020-02-01T00:00:00Z' });
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  async function users(cohort: unknown, more: object = {}): Promise<string[]> {
    const { id, status } = await ask(app, count(cohort, more), '?wait=20');
    expect(status).toBe('succeeded');
    const rows = await app.call('GET', `/requests/${id}/users?limit=1000`);
    return rows.json<{ data: { user: string }[] }>().data.map(({ user }) => user);
  }

  describe('T3: a month is not 30 days in one place and a calendar month in another', () => {
    it.each([
      [did('edge', { within: { last: 'P1M' } }), '/cohort/rule/did/within/last'],
      [did('edge', { within: { since_birth: { length: 'P1Y' } } }), '/cohort/rule/did/within/since_birth/length'],
      [
        did('edge', { within: { since_birth: { length: 'P1D', offset: 'P1M' } } }),
        '/cohort/rule/did/within/since_birth/offset',
      ],
    ])('%j is refused, as it has no fixed length', async (cohort, pointer) => {
      const response = await app.call('POST', '/requests', count(cohort));
      expect([response.status, errorOf(response).errors?.[0]?.pointer]).toEqual([422, pointer]);
    });

    it('30 days are 720 hours in a rule as in a window', async () => {
      // 30 days before 2 March 2020 it is 1 February, a calendar month before it 2 February.
      expect(await users(did('edge', { within: { last: 'P30D' } }), { as_of: '2020-03-02' })).toContain(
        'first of the month',
      );
      expect(await users(did('edge', { within: { last: 'PT719H' } }), { as_of: '2020-03-02' })).not.toContain(
        'first of the month',
      );
      const thirty = { as_of: '2020-03-02', window: { kind: 'since_birth', length: 'P30D' } };
      const answer = await ask(app, count({ user: 'first of the month' }, thirty), '?wait=20');
      expect(answer.aggregates?.['count']).toMatchObject({ n: 1 });
    });
  });

  it('T4: a long list of members is never cut, in versions, previews, runs and pages', async () => {
    const list = Array.from({ length: 30_001 }, (_, i) => `u${i}`);
    const made = await app.call('POST', '/cohorts', { name: 'long', static: { users: list } });
    expect(made.json<CohortDto>().size).toBe(30_001);
    const preview = await app.call('POST', '/cohorts/preview', { set: { or: ['long', { user: 'one more' }] } });
    expect(preview.json<{ size: number }>().size).toBe(30_002);
    expect((await ask(app, count({ set: { or: ['long', { user: 'one more' }] } }), '?wait=20')).cohort.size).toBe(
      30_002,
    );
    let seen = 0;
    for (let cursor: string | null = ''; cursor !== null;) {
      const path: string = `/cohorts/long/members?limit=1000${cursor && `&cursor=${cursor}`}`;
      const page = (await app.call('GET', path)).json<{ data: []; next_cursor: string | null }>();
      seen += page.data.length;
      cursor = page.next_cursor;
    }
    expect(seen).toBe(30_001);
  });

  describe('T8: several tests on one event are not tests on any events', () => {
    const tea = { property: 'item', eq: 'tea' };
    const dear = { property: 'paid', gte: 50 };

    it.each<[string, unknown, string[]]>([
      ['both on one event', did('buy', { where: { and: [tea, dear] } }), ['one event']],
      [
        'each on an event of its own',
        { rule: { and: [{ did: { event: 'buy', where: tea } }, { did: { event: 'buy', where: dear } }] } },
        ['one event', 'two events'],
      ],
      ['a count is of the events that pass all tests', did('buy', { where: tea, at_least: 2 }), ['two teas']],
      ['and not of those that pass any', did('buy', { where: { and: [tea, dear] }, at_least: 2 }), []],
      ['either on one event', did('buy', { where: { or: [tea, dear] }, at_least: 2 }), ['two events', 'two teas']],
    ])('%s', async (_, cohort, expected) => {
      expect(await users(cohort)).toEqual(expected);
    });
  });

  describe('T9: "at most" and "0 times" hold for those with none in the universe', () => {
    const universe = { users: ['one event', 'two events', 'next month', 'nobody knows'] };

    it.each<[object, string[]]>([
      [{ at_most: 2 }, ['next month', 'nobody knows', 'one event', 'two events']],
      [{ at_most: 1 }, ['next month', 'nobody knows', 'one event']],
      [{ at_most: 0 }, ['next month', 'nobody knows']],
      [{ exactly: 0 }, ['next month', 'nobody knows']],
      [{ exactly: 2 }, ['two events']],
      [{ at_least: 1 }, ['one event', 'two events']],
    ])('%j', async (often, expected) => {
      expect(await users({ ...did('buy', often), universe })).toEqual(expected);
    });
  });

  describe('T12: both ends of a window mean the same everywhere: the start counts, the end does not', () => {
    const [first, last, next] = ['first of the month', 'last instant', 'next month'];

    it.each<[string, unknown, string[]]>([
      ['a month by dates', { from: '2020-02-01', to: '2020-03-01' }, [first, last]],
      ['a millisecond later', { from: '2020-02-01T00:00:00.001Z', to: '2020-03-01' }, [last]],
      ['a millisecond longer', { from: '2020-02-01', to: '2020-03-01T00:00:00.001Z' }, [first, last, next]],
      ['one millisecond', { from: '2020-02-01', to: '2020-02-01T00:00:00.001Z' }, [first]],
      ['no start', { to: '2020-02-01' }, []],
      ['no end', { from: '2020-03-01' }, [next]],
    ])('%s', async (_, within, expected) => {
      expect(await users(did('edge', { within }))).toEqual(expected);
    });

    it.each<[string, string[]]>([
      ['2020-02-01T00:00:00.000Z', []],
      ['2020-02-01T00:00:00.001Z', [first]],
      ['2020-03-01T00:00:00.000Z', [first, last]],
    ])('as of %s', async (as_of, expected) => {
      expect(await users(did('edge'), { as_of })).toEqual(expected);
    });

    it('back from as_of and since birth', async () => {
      expect(await users(did('edge', { within: { last: 'P29D' } }), { as_of: '2020-03-01' })).toEqual([first, last]);
      const sinceBirth = (offset: string): object =>
        did('edge', { within: { since_birth: { offset, length: 'PT0.001S', birth: { kind: 'first_event' } } } });
      expect(await users(sinceBirth('PT0S'))).toEqual([first, last, next]);
      expect(await users(sinceBirth('PT0.001S'))).toEqual([]);
      expect(await users({ rule: { born: { from: '2020-02-01', to: '2020-02-01T00:00:00.001Z' } } })).toEqual([first]);
      expect(await users({ rule: { born: { to: '2020-02-01' } } })).toEqual([]);
    });

    it('an empty window is refused', async () => {
      const response = await app.call(
        'POST',
        '/requests',
        count(did('edge', { within: { from: '2020-02-01', to: '2020-02-01' } })),
      );
      expect([response.status, errorOf(response).code]).toEqual([422, 'invalid_window']);
    });
  });

  describe('T17: the hash of a request holds what a cohort is, not what may change while it is called the same', () => {
    const requested = async (cohort: unknown): Promise<CanonicalDto> => {
      const response = await app.call('POST', '/requests/canonical', count(cohort));
      expect(response.status).toBe(200);
      return response.json();
    };

    it('holds neither ids nor names nor versions of cohorts', async () => {
      await app.call('POST', '/cohorts', { name: 'inner', ...did('buy') });
      await app.call('POST', '/cohorts', { name: 'listed', static: { users: ['one event'] } });
      const made = await app.call('POST', '/cohorts', { name: 'outer', set: 'inner&listed' });
      const { id } = made.json<CohortDto>();
      const before = await requested('outer');
      expect(JSON.stringify(before.request)).not.toMatch(/coh_|inner|outer|listed|version":(?!2,"cohort")/);
      expect((await requested(id)).hash).toBe(before.hash);

      await app.call('PUT', '/cohorts/inner', { name: 'renamed', ...did('buy'), tags: ['new'], description: 'x' });
      expect((await requested('outer')).hash).toBe(before.hash);
      await app.call('PUT', '/cohorts/renamed', { name: 'renamed', ...did('buy', { at_least: 2 }) });
      const edited = await requested('outer');
      expect(edited.hash).not.toBe(before.hash);
      await app.call('POST', '/cohorts/listed/members', { add: ['two events'] });
      expect((await requested('outer')).hash).not.toBe(edited.hash);

      await app.call('POST', '/cohorts/listed/members', { remove: ['two events'] });
      await app.call('PUT', '/cohorts/renamed', { name: 'inner', ...did('buy') });
      expect((await requested('outer')).hash).toBe(before.hash);
    });
  });

  describe('T18: what is let through can be saved, shown, listed, previewed, evaluated and asked for', () => {
    const largest = {
      rule: { or: Array.from({ length: 498 }, (_, i) => ({ did: { event: `event ${i}`, at_least: 1 + (i % 3) } })) },
    };

    const parts = (number: number, where: (part: number) => object): object => ({
      rule: { or: Array.from({ length: number }, (_, part) => ({ did: { event: 'e', where: where(part) } })) },
    });

    it('at the limit', async () => {
      expect((await app.call('POST', '/cohorts', { name: 'largest', ...largest })).status).toBe(201);
      const calls = [
        app.call('GET', '/cohorts/largest'),
        app.call('GET', '/cohorts?limit=1000'),
        app.call('GET', '/cohorts/largest/versions'),
        app.call('POST', '/cohorts/preview', { set: 'largest' }),
        app.call('PUT', '/cohorts/largest', { name: 'largest', ...largest }),
      ];
      expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      const evaluated = await app.call('POST', '/cohorts/largest/evaluations');
      expect(evaluated.json()).toMatchObject({ status: 'succeeded', size: 0 });
      expect(await users('largest')).toEqual([]);
    });

    it.each<[string, object]>([
      ['cohort_nodes', { rule: { or: Array.from({ length: 501 }, (_, i) => ({ did: { event: `e${i}` } })) } }],
      [
        'cohort_depth',
        {
          rule: Array.from({ length: 17 }).reduce<object>(
            (of, _, i) => ({ [i % 2 ? 'and' : 'or']: [of, { trait: `t${i}`, eq: i }] }),
            {
              did: {},
            },
          ),
        },
      ],
      [
        'cohort_filters',
        parts(6, (part) => ({ and: Array.from({ length: 90 }, (_, i) => ({ property: `p${part} ${i}`, eq: 1 })) })),
      ],
      [
        'cohort_bytes',
        parts(3, (part) => ({
          property: 'p',
          in: Array.from({ length: 400 }, (_, i) => `${'x'.repeat(190)} ${part} ${i}`),
        })),
      ],
    ])('past it, %s is told wherever it is sent', async (limit, content) => {
      const answers = [
        await app.call('POST', '/cohorts', { name: 'too large', ...content }),
        await app.call('POST', '/cohorts/preview', content),
        await app.call('PUT', '/cohorts/largest', { name: 'largest', ...content }),
        await app.call('POST', '/requests', count(content)),
      ];
      expect(answers.map((answer) => [answer.status, answer.json<{ limit: string }>().limit])).toEqual(
        answers.map(() => [422, limit]),
      );
      expect((await app.call('GET', '/cohorts?limit=1000')).status).toBe(200);
    });
  });
});
