import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { METRIC_IDS } from '../../../../src/core/metric/catalogue.js';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { plan } from './planning.js';

const hash = (requested: RawRequest): string => plan(requested).hash;

const VALUE_SUM: RawRequest = {
  cohort: 'january',
  metric: 'value_sum',
  params: {
    event: ['purchase', 'refund'],
    value: 'dollars',
    where: {
      and: [
        { property: 'cds', gte: 2 },
        { property: 'kind', in: ['a', 'b'] },
      ],
    },
  },
  window: { kind: 'since_birth', length: 'P30D', births: { from: '1997-01-01', to: '1997-02-01' } },
  birth: { kind: 'first_event', event: 'purchase' },
  aggregators: ['mean', 'p50'],
  time_zone: 'Europe/Berlin',
  as_of: '1998-07-01',
};
const SURVIVAL: RawRequest = {
  cohort: { users: ['a', 'b'] },
  metric: 'survival',
  params: { t: 'P1D', sunset: 'P89D' },
};

describe('equivalent spellings have one hash', () => {
  it.each<[string, RawRequest, RawRequest]>([
    [
      'a set in another order, with repetitions',
      VALUE_SUM,
      {
        ...VALUE_SUM,
        params: {
          value: 'dollars',
          event: ['refund', 'purchase', 'refund'],
          where: {
            and: [
              { property: 'kind', in: ['b', 'a', 'b'] },
              { property: 'cds', gte: 2.0 },
            ],
          },
        },
      },
    ],
    ['aggregators by other names', VALUE_SUM, { ...VALUE_SUM, aggregators: ['p50.0', 'mean', 'mean'] }],
    ['a list of one', VALUE_SUM, { ...VALUE_SUM, birth: { kind: 'first_event', event: ['purchase'] } }],
    [
      'durations',
      VALUE_SUM,
      {
        ...VALUE_SUM,
        window: {
          kind: 'since_birth',
          length: 'PT720H',
          offset: 'P0D',
          births: { from: '1997-01-01', to: '1997-02-01' },
        },
      },
    ],
    [
      'dates and instants',
      VALUE_SUM,
      {
        ...VALUE_SUM,
        as_of: '1998-06-30T22:00:00Z',
        window: {
          kind: 'since_birth',
          length: 'P30D',
          births: { from: '1997-01-01T00:00:00+01:00', to: '1997-01-31T23:00:00.000Z' },
        },
      },
    ],
    [
      '+00:00 and Z',
      { ...VALUE_SUM, as_of: '1998-06-30T22:00:00+00:00' },
      { ...VALUE_SUM, as_of: '1998-06-30T22:00:00Z' },
    ],
    ['zone aliases', { ...VALUE_SUM, time_zone: 'Asia/Calcutta' }, { ...VALUE_SUM, time_zone: 'asia/kolkata' }],
    ['cache, which says nothing of the answer', VALUE_SUM, { ...VALUE_SUM, cache: 'refresh' }],
    [
      'defaults spelled or not',
      SURVIVAL,
      {
        ...SURVIVAL,
        params: { t: 'P1D', sunset: 'P89D', n: 1, event: null, where: null },
        window: { kind: 'since_birth', length: 'P1D', offset: 'PT0S', births: {} },
        birth: { kind: 'registration' },
        aggregators: ['proportion'],
        time_zone: 'UTC',
        week_start: 'monday',
        as_of: null,
        cache: 'prefer',
      },
    ],
    [
      'a length as t or as the window',
      SURVIVAL,
      { ...SURVIVAL, params: { sunset: 'P89D' }, window: { kind: 'since_birth', length: 'P1D' } },
    ],
    ['members in another order', SURVIVAL, { ...SURVIVAL, cohort: { users: ['b', 'a', 'b'] } }],
    ['a saved cohort and its members inline', VALUE_SUM, { ...VALUE_SUM, cohort: { users: ['00002', '00001'] } }],
    ['a user and a list of one', { ...SURVIVAL, cohort: { user: 'a' } }, { ...SURVIVAL, cohort: { users: ['a'] } }],
    [
      'one operand and none around it',
      { ...SURVIVAL, params: { where: { and: [{ property: 'x', in: [1] }] } } },
      { ...SURVIVAL, params: { where: { property: 'x', eq: 1 } } },
    ],
    [
      '-0 and 0',
      { ...SURVIVAL, params: { where: { property: 'x', lt: -0 } } },
      { ...SURVIVAL, params: { where: { property: 'x', lt: 0 } } },
    ],
    [
      'a birth that is not needed',
      { ...VALUE_SUM, window: { kind: 'fixed', from: '1997-01-01', to: '1998-01-01' } },
      { ...VALUE_SUM, birth: null, window: { kind: 'fixed', from: '1997-01-01', to: '1998-01-01', births: null } },
    ],
  ])('%s', (_, one, other) => {
    expect(plan(other).canonical).toEqual(plan(one).canonical);
    expect(hash(other)).toBe(hash(one));
  });
});

describe('a change of meaning changes the hash', () => {
  const changes: RawRequest[] = [
    {},
    { cohort: { all: true } },
    { cohort: { users: ['00001'] } },
    { metric: 'event_count', params: { event: ['purchase', 'refund'] } },
    { params: { value: 'dollars' } },
    { params: { value: 'cds' } },
    { params: { value: 'dollars', event: 'purchase' } },
    { params: { value: 'dollars', where: { property: 'x', eq: 1 } } },
    { params: { value: 'dollars', where: { property: 'x', eq: '1' } } },
    { params: { value: 'dollars', where: { property: 'x', eq: true } } },
    { params: { value: 'dollars', where: { property: 'x', gt: 1 } } },
    { params: { value: 'dollars', where: { property: 'x', gte: 1 } } },
    { params: { value: 'dollars', where: { property: 'x', in: [1, 2] } } },
    { window: { kind: 'since_birth', length: 'P31D' } },
    { window: { kind: 'since_birth', length: 'P30D' } },
    { window: { kind: 'since_birth', length: 'P30D', offset: 'PT0.001S' } },
    { window: { kind: 'since_birth', length: 'P30D', births: { from: '1997-01-01' } } },
    { window: { kind: 'since_birth', length: 'P30D', births: { to: '1997-01-01' } } },
    { window: { kind: 'fixed', from: '1997-01-01', to: '1997-01-31' } },
    { window: { kind: 'fixed', from: '1997-01-01', to: '1997-01-31', births: { from: '1997-01-01' } } },
    { birth: { kind: 'registration' } },
    { birth: { kind: 'first_event' } },
    { birth: { kind: 'first_event', event: 'refund' } },
    { birth: { kind: 'first_event', event: 'purchase', where: { property: 'x', eq: 1 } } },
    { aggregators: ['mean', 'median'] },
    { aggregators: [] },
    { time_zone: 'Europe/Paris' },
    { week_start: 'sunday' },
    { as_of: '1998-07-02' },
    { as_of: null },
  ];

  it('every one of them apart', () => {
    const hashes = changes.map((change) => hash({ ...VALUE_SUM, ...change }));
    expect(new Set(hashes).size).toBe(changes.length);
  });

  it('is the SHA-256 of the JSON written by hand: stored results are found by it', () => {
    const members = createHash('sha256').update('["a","b"]').digest('hex');
    const json =
      '{"aggregators":["proportion"],"as_of":null,"birth":{"kind":"registration"},"breakdown":[],' +
      `"cohort":{"members":"${members}"},"metric":"survival",` +
      '"params":{"event":null,"n":1,"sunset":"P89D","t":"P1D","where":null},"semantics_version":2,"series":null,"time_zone":"UTC",' +
      '"week_start":"monday","window":{"age":"elapsed","births":{"from":null,"to":null},"kind":"since_birth","length":"P1D","offset":"PT0S"}}';
    expect(hash(SURVIVAL)).toBe(createHash('sha256').update(json).digest('hex'));
    expect(hash(SURVIVAL)).toBe('2202185f8ed5787f345c714c29d3f50470b97d771135a14fcee63dd91bb50571');
  });
});

const REQUIRED: Readonly<Record<string, object>> = {
  value_sum: { value: 'x' },
  distinct_count: { property: '$day' },
  reversal_rate: { object: 'page', content: 'sha1' },
  count_by: { property: 'x', values: ['b', 1, 'a'] },
  last_value: { value: 'x', type: 'text' },
};

describe('any request', () => {
  const scalar = fc.oneof(fc.constantFrom('a', 'b', 'ä'), fc.integer({ min: -5, max: 5 }), fc.boolean());
  const where = fc.oneof(
    fc.record({ property: fc.constantFrom('x', 'y'), eq: scalar }),
    fc.record({
      and: fc.array(
        fc.record({ property: fc.constantFrom('x', 'y'), in: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  );
  const event = fc.oneof(
    fc.constantFrom('view', 'buy'),
    fc.uniqueArray(fc.constantFrom('view', 'buy', 'edit'), { minLength: 1 }),
  );
  const date = fc.integer({ min: 0, max: 20_000 }).map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
  const span = fc
    .tuple(date, date)
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => (a < b ? { from: a, to: b } : { from: b, to: a }));
  const births = fc.option(fc.oneof(span, fc.record({ from: date }), fc.record({ to: date }), fc.constant({})), {
    nil: undefined,
  });
  const length = fc.constantFrom('P1D', 'PT24H', 'P30D', 'P1WT0.5S');
  const window = fc.oneof(
    fc.record({ kind: fc.constant('since_birth'), length, births }, { requiredKeys: ['kind', 'length'] }),
    fc.tuple(span, births).map(([{ from, to }, born]) => ({ kind: 'fixed', from, to, births: born })),
  );
  const birth = fc.oneof(
    fc.constant({ kind: 'registration' }),
    fc.record({ kind: fc.constant('first_event'), event, where }, { requiredKeys: ['kind'] }),
  );
  const requested: fc.Arbitrary<RawRequest> = fc.record(
    {
      cohort: fc.oneof(
        fc.constant('january'),
        fc.constant({ all: true }),
        fc.record({ users: fc.array(fc.constantFrom('a', 'b', 'c')) }),
      ),
      metric: fc.constantFrom(...METRIC_IDS),
      window,
      params: fc.record({ event, where }, { requiredKeys: [] }),
      birth,
      time_zone: fc.constantFrom('Europe/Berlin', 'America/Sao_Paulo', 'Asia/Katmandu'),
      week_start: fc.constantFrom('monday', 'sunday'),
      as_of: date,
    },
    { requiredKeys: ['cohort', 'metric', 'window', 'params'] },
  );
  const complete = (request: RawRequest): RawRequest => {
    switch (request.metric) {
      case 'newly_registered':
        return { ...request, params: {}, window: { kind: 'fixed', from: '1997-01-01', to: '1998-01-01' }, birth: null };
      case 'rolling_active':
        return { ...request, window: null };
      default:
        return { ...request, params: { ...(request.params as object), ...REQUIRED[String(request.metric)] } };
    }
  };

  it('is canonical as it is echoed: planned again it is itself', () => {
    fc.assert(
      fc.property(requested.map(complete), (request) => {
        const { canonical, hash: first } = plan(request);
        const { semantics_version: _, ...echoed } = canonical;
        const again = plan({ ...echoed, cohort: request.cohort }, { timeZone: 'Pacific/Apia', weekStart: 'friday' });
        expect(again.canonical).toEqual(canonical);
        expect(again.hash).toBe(first);
      }),
    );
  });

  it('is blind to the order of keys and to a round trip through a database', () => {
    fc.assert(
      fc.property(requested.map(complete), (request) => {
        expect(hash(reversed(request) as RawRequest)).toBe(hash(request));
        expect(JSON.parse(JSON.stringify(plan(request).canonical))).toEqual(plan(request).canonical);
      }),
    );
  });
});

/** Every object's keys in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}
