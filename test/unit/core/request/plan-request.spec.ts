import { Failure } from '../../../../src/core/failure.js';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { refusal } from '../failing.js';
import { BASE, canonicalOf, JANUARY, plan } from './planning.js';

const threshold = (changes: RawRequest): RawRequest => ({ cohort: 'january', metric: 'threshold', ...changes });
const fixed = { kind: 'fixed', from: '1997-02-01', to: '1997-03-01' };
const firstPurchase = { kind: 'first_event', event: 'purchase' };

describe('planRequest', () => {
  it('fills every default', () => {
    expect(plan(BASE).canonical).toEqual({
      semantics_version: 2,
      cohort: { members: JANUARY.kind === 'members' && JANUARY.setHash },
      metric: 'event_count',
      params: { event: null, where: null },
      window: { kind: 'since_birth', age: 'elapsed', length: 'P30D', offset: 'PT0S', births: { from: null, to: null } },
      series: null,
      breakdown: [],
      birth: { kind: 'registration' },
      aggregators: ['max', 'mean', 'median', 'min'],
      time_zone: 'UTC',
      week_start: 'monday',
      as_of: null,
    });
    expect(plan(BASE)).toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), cache: 'prefer', warnings: [] });
    expect(plan(BASE).columns.map((column) => column.name)).toEqual(['count']);
  });

  it('takes the calendar of the property where the request gives none', () => {
    const { canonical } = plan({ ...BASE, window: fixed }, { timeZone: 'Europe/Berlin', weekStart: 'sunday' });
    expect(canonical).toMatchObject({
      time_zone: 'Europe/Berlin',
      week_start: 'sunday',
      window: { from: '1997-01-31T23:00:00.000Z' },
    });
    expect(canonicalOf({ time_zone: 'Asia/Calcutta', week_start: 'saturday' })).toMatchObject({
      time_zone: 'Asia/Kolkata',
      week_start: 'saturday',
    });
  });

  it('asks for a birth only where one is needed', () => {
    expect(canonicalOf({ window: fixed }).birth).toBeNull();
    expect(canonicalOf({ window: fixed, birth: firstPurchase }).birth).toBeNull();
    expect(canonicalOf({ window: { ...fixed, births: {} }, birth: firstPurchase })).toMatchObject({
      birth: null,
      window: { births: null },
    });
    expect(canonicalOf({ window: { ...fixed, births: { from: '1997-01-01' } } })).toMatchObject({
      birth: { kind: 'registration' },
      window: { births: { from: '1997-01-01T00:00:00.000Z', to: null } },
    });
    expect(canonicalOf({ birth: firstPurchase }).birth).toEqual({
      kind: 'first_event',
      event: ['purchase'],
      where: null,
    });
  });

  it('takes as_of up to now, and a date as its first instant', () => {
    expect(canonicalOf({ as_of: '2026-01-01T00:00:00Z' }).as_of).toBe('2026-01-01T00:00:00.000Z');
    expect(canonicalOf({ as_of: '1998-07-01', time_zone: 'Asia/Tokyo' }).as_of).toBe('1998-06-30T15:00:00.000Z');
  });

  describe('the length of threshold and survival', () => {
    it.each<[string, RawRequest, string]>([
      ['neither: the default', {}, 'P1D'],
      ['t alone', { params: { t: 'PT720H' } }, 'P30D'],
      ['the window alone', { window: { kind: 'since_birth', length: 'P30D' } }, 'P30D'],
      ['both equal', { params: { t: 'P30D' }, window: { kind: 'since_birth', length: 'PT720H' } }, 'P30D'],
      ['t with a window that has none', { params: { t: 'P30D' }, window: { kind: 'since_birth' } }, 'P30D'],
    ])('%s', (_, requested, length) => {
      for (const metric of ['threshold', 'survival']) {
        const { canonical } = plan({ cohort: 'january', metric, ...requested });
        expect(canonical).toMatchObject({
          window: { kind: 'since_birth', length, offset: 'PT0S' },
          params: { t: length },
        });
      }
    });

    it('is to - from in a fixed window', () => {
      expect(plan(threshold({ window: fixed })).canonical.params['t']).toBe('P28D');
      expect(plan(threshold({ window: fixed, params: { t: 'P4W' } })).canonical.params['t']).toBe('P28D');
    });

    it.each<[RawRequest, string[]]>([
      [{ params: { t: 'P2D' }, window: { kind: 'since_birth', length: 'P30D' } }, ['/params/t', '/window/length']],
      [{ params: { t: 'P1D' }, window: { kind: 'since_birth', length: 'P30D' } }, ['/params/t', '/window/length']],
      [{ params: { t: 'P27D' }, window: fixed }, ['/params/t', '/window']],
      [{ metric: 'survival', window: { kind: 'since_birth', length: 'P30D', offset: 'P1D' } }, ['/window/offset']],
      [{ window: { kind: 'since_birth', length: 'PT0S' } }, ['/window/length']],
      [{ window: { kind: 'since_birth', age: 'calendar', length: 'P0D' } }, ['/window/length']],
    ])('is refused in %j', (requested, pointers) => {
      expect(refusal(() => plan(threshold(requested)))).toMatchObject({
        code: 'invalid_window',
        status: 422,
        pointers,
      });
    });
  });

  it('lets threshold begin after birth, and survival with it', () => {
    const offset = { window: { kind: 'since_birth', length: 'P7D', offset: 'P1D' } };
    expect(plan(threshold(offset)).canonical).toMatchObject({ ...offset, params: { t: 'P7D' } });
    const survival = (window: object | undefined, params: object): unknown =>
      plan({ cohort: 'january', metric: 'survival', window, params }).canonical;
    for (const [window, params] of [
      [undefined, { t: 'PT0S' }],
      [{ kind: 'since_birth', length: 'PT0S' }, {}],
      [{ kind: 'since_birth', age: 'calendar', length: 'P0D' }, {}],
    ] as const) {
      expect(survival(window, params)).toMatchObject({ window: { length: 'PT0S' }, params: { t: 'PT0S' } });
    }
    const births = { from: '1997-01-01', to: '1997-02-01' };
    const aged = { window: { kind: 'since_birth', births }, series: { interval: 'month', age: 'P7D' } };
    const byAge = { cohort: 'january', metric: 'survival', params: { t: 'PT0S' }, ...aged };
    expect(refusal(() => plan(byAge))).toMatchObject({ code: 'invalid_window', pointers: ['/series/age'] });
  });

  describe('degenerate_birth_event', () => {
    const codes = (requested: RawRequest): string[] =>
      plan(threshold(requested)).warnings.map((warning) => warning.code);
    const where = { property: 'dollars', gt: 0 };

    it.each<[string, RawRequest]>([
      ['the same event', { birth: firstPurchase, params: { event: 'purchase' } }],
      [
        'the same event and filter',
        { birth: { ...firstPurchase, where }, params: { event: 'purchase', where: { and: [where] } } },
      ],
      ['a wider filter', { birth: { ...firstPurchase, where }, params: { event: ['purchase', 'view'] } }],
      ['any event', { birth: firstPurchase }],
      ['survival from birth on', { metric: 'survival', birth: firstPurchase, params: { t: 'PT0S' } }],
    ])('warns of %s', (_, requested) => {
      expect(codes(requested)).toEqual(['degenerate_birth_event']);
    });

    it.each<[string, RawRequest]>([
      ['a window that begins later', { birth: firstPurchase, window: { kind: 'since_birth', offset: 'P1D' } }],
      ['survival of a day', { metric: 'survival', birth: firstPurchase, params: { t: 'P1D' } }],
      ['n = 2', { birth: firstPurchase, params: { event: 'purchase', n: 2 } }],
      ['another event', { birth: firstPurchase, params: { event: 'view' } }],
      ['a narrower filter', { birth: firstPurchase, params: { event: 'purchase', where } }],
      ['a birth by any event', { birth: { kind: 'first_event' }, params: { event: 'purchase' } }],
      ['birth by registration', { params: { event: 'purchase' } }],
      ['a fixed window', { birth: firstPurchase, window: { ...fixed, births: { from: '1997-01-01' } } }],
    ])('does not warn of %s', (_, requested) => {
      expect(codes(requested)).toEqual([]);
    });

    it('speaks of age 0 alone where there are ages', () => {
      const births = { from: '1997-01-01', to: '1997-02-01' };
      const window = { kind: 'since_birth', length: 'P28D', births };
      const detail = (requested: RawRequest): string | undefined => plan(threshold(requested)).warnings[0]?.detail;
      const byAge = { birth: firstPurchase, window, series: { interval: 'month', age: 'P7D' } };
      expect(detail(byAge)).toContain('every user reaches it at age 0. The other ages say what they should.');
      expect(detail({ birth: firstPurchase, window })).toContain('every user reaches it at birth. Ask for n = 2');
    });
  });

  it.each<RawRequest>([
    { window: { kind: 'since_birth', length: 'P6M' } },
    { window: { kind: 'since_birth', length: 'P180D', offset: 'P1Y' } },
  ])('tells whoever asks for months how they are counted: %j', (requested) => {
    expect(refusal(() => plan({ ...BASE, ...requested })).detail).toContain('"age": "calendar"');
  });

  it.each<[RawRequest & Record<string, unknown>, string, string[]]>([
    [{ min_seq: -5, cohorts: 'x' }, 'unknown_field', ['/cohorts', '/min_seq']],
    [{ metric: undefined }, 'invalid_field', ['/metric']],
    [{ metric: 'retention' }, 'unknown_metric', ['/metric']],
    [{ window: undefined }, 'invalid_window', ['/window']],
    [{ window: null }, 'invalid_window', ['/window']],
    [{ window: 'P30D' }, 'invalid_window', ['/window']],
    [{ window: {} }, 'invalid_window', ['/window/kind']],
    [{ window: { kind: 'rolling' } }, 'invalid_window', ['/window/kind']],
    [{ window: { kind: 'since_birth' } }, 'invalid_window', ['/window/length']],
    [{ window: { kind: 'since_birth', length: 'PT0S' } }, 'invalid_window', ['/window/length']],
    [{ window: { kind: 'since_birth', length: 'P1M' } }, 'invalid_time', ['/window/length']],
    [{ window: { kind: 'since_birth', length: 'P1D', offset: '-P1D' } }, 'invalid_time', ['/window/offset']],
    [{ window: { kind: 'since_birth', length: 'P1D', age: 'lunar' } }, 'invalid_window', ['/window/age']],
    [{ window: { kind: 'since_birth', length: 'PT1H', age: 'calendar' } }, 'invalid_time', ['/window/length']],
    [{ window: { kind: 'since_birth', length: 'P0M', age: 'calendar' } }, 'invalid_window', ['/window/length']],
    [{ window: { kind: 'since_birth', length: 'P1D', from: '1997-01-01' } }, 'unknown_field', ['/window/from']],
    [
      { window: { kind: 'fixed', length: 'P1D', from: '1997-01-01', to: '1997-02-01' } },
      'unknown_field',
      ['/window/length'],
    ],
    [{ window: { kind: 'fixed' } }, 'invalid_window', ['/window/from', '/window/to']],
    [{ window: { kind: 'fixed', from: 'x', to: '1997-02-30' } }, 'invalid_time', ['/window/from', '/window/to']],
    [
      { window: { kind: 'fixed', from: '1997-02-01', to: '1997-01-01' } },
      'invalid_window',
      ['/window/from', '/window/to'],
    ],
    [
      { window: { kind: 'fixed', from: '1997-02-01', to: '1997-02-01' } },
      'invalid_window',
      ['/window/from', '/window/to'],
    ],
    [
      { window: { ...fixed, births: { from: '1997-02-01', to: '1997-01-01' } } },
      'invalid_window',
      ['/window/births/from', '/window/births/to'],
    ],
    [{ window: { ...fixed, births: ['1997'] } }, 'invalid_window', ['/window/births']],
    [{ window: { ...fixed, births: { since: '1997-02-01' } } }, 'unknown_field', ['/window/births/since']],
    [{ window: { ...fixed, births: { from: 1997 } } }, 'invalid_time', ['/window/births/from']],
    [{ birth: 'registration' }, 'invalid_field', ['/birth']],
    [{ birth: {} }, 'invalid_field', ['/birth/kind']],
    [{ birth: { kind: 'registration', event: 'x' } }, 'unknown_field', ['/birth/event']],
    [{ birth: { kind: 'first_event', event: '' } }, 'invalid_field', ['/birth/event']],
    [{ birth: { kind: 'first_event', where: { property: 'a' } } }, 'invalid_filter', ['/birth/where']],
    [{ aggregators: ['proportion'] }, 'aggregator_not_applicable', ['/aggregators/0']],
    [{ aggregators: ['mean', 'avg'] }, 'invalid_field', ['/aggregators/1']],
    [{ time_zone: 'PST' }, 'invalid_field', ['/time_zone']],
    [{ week_start: 'Monday' }, 'invalid_field', ['/week_start']],
    [{ week_start: 1 }, 'invalid_field', ['/week_start']],
    [{ as_of: '2026-01-01T00:00:00.001Z' }, 'invalid_time', ['/as_of']],
    [{ as_of: 'now' }, 'invalid_time', ['/as_of']],
    [{ cache: 'always' }, 'invalid_field', ['/cache']],
    [{ cache: true }, 'invalid_field', ['/cache']],
    [{ cohort: { rule: {} } }, 'invalid_field', ['/cohort/rule']],
  ])('refuses %j', (changes, code, pointers) => {
    expect(refusal(() => plan({ ...BASE, ...changes }))).toMatchObject({ code, status: 422, pointers });
  });

  it('names the values of what is upside down or in the future', () => {
    const window = { kind: 'fixed', from: '1997-02-01', to: '1997-01-01T00:00:00Z' };
    expect(refusal(() => plan({ ...BASE, window })).detail).toBe(
      'A window must begin before it ends: `from` is 1997-02-01T00:00:00.000Z, `to` is 1997-01-01T00:00:00.000Z.',
    );
    expect(refusal(() => plan({ ...BASE, as_of: '2027-01-01' })).detail).toContain(
      'up to now, 2026-01-01T00:00:00.000Z',
    );
  });

  it('tells everything that is wrong at once, with the code of the first', () => {
    const requested = {
      cohort: { users: ['a', ''] },
      metric: 'threshold',
      params: { n: 0, foo: 1 },
      window: { kind: 'fixed', from: '1997-02-01', to: '1997-01-01', births: { from: 'x' } },
      birth: { kind: 'born' },
      aggregators: ['avg'],
      time_zone: 'Mars',
      week_start: 'someday',
      as_of: '3000-01-01',
      cache: 'always',
      serie: {},
    };
    expect(refusal(() => plan(requested))).toMatchObject({
      code: 'unknown_field',
      pointers: [
        '/serie',
        '/cohort/users/1',
        '/time_zone',
        '/week_start',
        '/cache',
        '/as_of',
        '/window/births/from',
        '/window/from',
        '/window/to',
        '/params/foo',
        '/params/n',
        '/birth/kind',
        '/aggregators/0',
      ],
    });
  });

  it('tells a cohort that was not found with the rest', () => {
    const cohort = new Failure('unknown_cohort', 'There is no cohort "x".', [
      { pointer: '/cohort', detail: 'There is no cohort "x".' },
    ]);
    expect(refusal(() => plan({ ...BASE, cohort: 'x', as_of: 5 }, { cohort }))).toMatchObject({
      code: 'unknown_cohort',
      pointers: ['/cohort', '/as_of'],
    });
  });
});
