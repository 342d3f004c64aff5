import { parseNamedMetric } from '../../../../../src/core/metric/named/parse-named-metric.js';
import type { RawRequest } from '../../../../../src/core/request/raw-request.js';
import { refusal } from '../../failing.js';
import { BASE, plan } from '../../request/planning.js';

const WHERE = { property: 'namespace', eq: 0 };
const BYTES = parseNamedMetric(
  { name: 'bytes', metric: 'value_sum', fixed: { event: 'edit', value: 'bytes' }, defaults: { where: WHERE } },
  null,
);
const STAYED = parseNamedMetric(
  { name: 'stayed', metric: 'survival', fixed: { t: 'P30D', sunset: null }, defaults: { n: 3 } },
  null,
);
const LIVE = parseNamedMetric({ name: 'live', metric: 'threshold', defaults: { t: 'P7D' } }, null);

const named = (metric: typeof BYTES, more: RawRequest = {}) =>
  plan({ ...BASE, metric: metric.name, ...more }, { named: metric });
const builtIn = (metric: string, params: object, more: RawRequest = {}) => plan({ ...BASE, metric, params, ...more });
const BYTES_PARAMS = { event: ['edit'], value: 'bytes', where: WHERE };

describe('a request for a named metric', () => {
  it('has the canonical form and the hash of the built-in with its parameters spelled out', () => {
    const requested = named(BYTES);
    expect(requested.canonical.metric).toBe('value_sum');
    expect(requested).toEqual(builtIn('value_sum', BYTES_PARAMS));
  });

  it('may say the open parameters, which then hold', () => {
    const where = { property: 'namespace', in: [1, 0] };
    expect(named(BYTES, { params: { where } })).toEqual(builtIn('value_sum', { ...BYTES_PARAMS, where }));
  });

  it('may repeat a fixed parameter in any spelling', () => {
    const params = { event: ['edit', 'edit'], value: 'bytes' };
    expect(named(BYTES, { params })).toEqual(builtIn('value_sum', BYTES_PARAMS));
    expect(named(STAYED, { params: { t: 'PT720H' }, window: undefined })).toEqual(named(STAYED, { window: undefined }));
  });

  it.each<[typeof BYTES, object, string, string]>([
    [BYTES, { event: 'view' }, '/params/event', '`event` is fixed to ["edit"] in this metric: leave it out.'],
    [BYTES, { event: ['edit', 'view'] }, '/params/event', '`event` is fixed to ["edit"] in this metric: leave it out.'],
    [BYTES, { value: 'size' }, '/params/value', '`value` is fixed to "bytes" in this metric: leave it out.'],
    [STAYED, { t: 'P29D' }, '/params/t', '`t` is fixed to "P30D" in this metric: leave it out.'],
    [STAYED, { sunset: 'P1D' }, '/params/sunset', '`sunset` is fixed to null in this metric: leave it out.'],
  ])('is refused where it gives a fixed parameter another value: %#', (metric, params, pointer, detail) => {
    const refused = refusal(() => named(metric, { params, window: undefined, ...(metric === BYTES && BASE) }));
    expect(refused).toMatchObject({ code: 'invalid_field', status: 422, pointers: [pointer], detail });
  });

  it('is told everything that is wrong with the parameters at once', () => {
    const params = { event: 5, value: 'size', where: 1, foo: 2 };
    expect(refusal(() => named(BYTES, { params })).pointers).toEqual([
      '/params/event',
      '/params/value',
      '/params/foo',
      '/params/where',
    ]);
    expect(refusal(() => named(BYTES, { params: 'x' })).pointers).toEqual(['/params']);
  });

  it('counts null as not given, so that the default of the metric holds', () => {
    expect(named(BYTES, { params: { where: null, value: null } })).toEqual(named(BYTES));
    expect(named(BYTES, { params: null })).toEqual(named(BYTES));
  });

  it('must give what the metric leaves open and the built-in requires', () => {
    const open = parseNamedMetric({ name: 'sum_of', metric: 'value_sum', fixed: { event: 'edit' } }, null);
    expect(refusal(() => named(open)).pointers).toEqual(['/params/value']);
    expect(named(open, { params: { value: 'bytes', where: WHERE } })).toEqual(builtIn('value_sum', BYTES_PARAMS));
  });

  it('takes the length of its window over a default of t, not over a fixed one', () => {
    const window = { kind: 'since_birth', length: 'P10D' };
    expect(named(LIVE, { window }).canonical).toMatchObject({ params: { t: 'P10D' }, window: { length: 'P10D' } });
    expect(named(LIVE, { window: undefined }).canonical.window).toMatchObject({ length: 'P7D' });
    expect(refusal(() => named(STAYED, { window }))).toMatchObject({
      code: 'invalid_window',
      pointers: ['/params/t', '/window/length'],
    });
  });

  it('gives a default of t up for a window of calendar ages, which a fixed one must not contradict', () => {
    const window = { kind: 'since_birth', age: 'calendar', length: 'P1M' };
    expect(named(LIVE, { window })).toEqual(builtIn('threshold', {}, { window }));
    expect(named(LIVE, { window, params: { t: 'P1M' } })).toEqual(named(LIVE, { window }));
    expect(refusal(() => named(STAYED, { window })).pointers).toContain('/params/t');
  });

  it('may leave users out by their traits', () => {
    const exclude = { trait: 'bot', eq: true };
    const people = parseNamedMetric({ name: 'people', metric: 'rolling_active', fixed: { exclude } }, null);
    const requested = { window: undefined, params: { n: 1, exclude } };
    expect(named(people, requested)).toEqual(builtIn('rolling_active', { n: 1, exclude }, { window: undefined }));
    expect(
      refusal(() => named(people, { window: undefined, params: { exclude: { trait: 'bot', eq: 1 } } })),
    ).toMatchObject({
      pointers: ['/params/exclude'],
    });
  });
});
