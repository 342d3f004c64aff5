import { metric as builtIn, type MetricId } from '../../../../src/core/metric/catalogue.js';
import { parseParams } from '../../../../src/core/metric/parse-params.js';
import { refusal } from '../failing.js';

const parse = (id: MetricId, value: unknown): unknown => parseParams(builtIn(id), value, '/params');

describe('parseParams', () => {
  it('fills the defaults', () => {
    const any = { event: null, where: null };
    expect(parse('event_count', undefined)).toEqual(any);
    expect(parse('event_count', null)).toEqual(any);
    expect(parse('value_sum', { value: 'dollars' })).toEqual({ ...any, value: 'dollars' });
    expect(parse('threshold', {})).toEqual({ ...any, n: 1, t: 'P1D' });
    expect(parse('survival', { n: null })).toEqual({ ...any, n: 1, t: 'P1D', sunset: null });
  });

  it('makes them canonical, and keeps what is', () => {
    const params = parse('survival', {
      event: ['b', 'a', 'a'],
      where: { and: [{ property: 'x', in: [1] }] },
      n: 2.0,
      t: 'PT48H',
      sunset: 'P1W',
    });
    expect(params).toEqual({ event: ['a', 'b'], where: { property: 'x', eq: 1 }, n: 2, t: 'P2D', sunset: 'P7D' });
    expect(parse('survival', params)).toEqual(params);
  });

  it.each<[MetricId, unknown, string, string]>([
    ['event_count', { n: 1 }, 'unknown_field', '/params/n'],
    ['event_count', { 'a/b': 1 }, 'unknown_field', '/params/a~1b'],
    ['threshold', { sunset: 'P1D' }, 'unknown_field', '/params/sunset'],
    ['event_count', [], 'invalid_field', '/params'],
    ['event_count', 'edit', 'invalid_field', '/params'],
    ['value_sum', {}, 'invalid_field', '/params/value'],
    ['value_sum', { value: null }, 'invalid_field', '/params/value'],
    ['value_sum', { value: 5 }, 'invalid_field', '/params/value'],
    ['value_sum', { value: '' }, 'invalid_field', '/params/value'],
    ['value_sum', { value: 'x'.repeat(201) }, 'invalid_field', '/params/value'],
    ['value_sum', { value: '\ud800' }, 'invalid_field', '/params/value'],
    ['value_sum', { value: 'a\0' }, 'invalid_field', '/params/value'],
    ['threshold', { n: 0 }, 'invalid_field', '/params/n'],
    ['threshold', { n: -1 }, 'invalid_field', '/params/n'],
    ['threshold', { n: 1.5 }, 'invalid_field', '/params/n'],
    ['threshold', { n: '2' }, 'invalid_field', '/params/n'],
    ['threshold', { n: true }, 'invalid_field', '/params/n'],
    ['threshold', { n: 2 ** 53 }, 'invalid_field', '/params/n'],
    ['threshold', { t: 7 }, 'invalid_field', '/params/t'],
    ['threshold', { t: 'P1M' }, 'invalid_time', '/params/t'],
    ['threshold', { t: 'PT0S' }, 'invalid_time', '/params/t'],
    ['survival', { sunset: 'P0D' }, 'invalid_time', '/params/sunset'],
    ['survival', { sunset: 'never' }, 'invalid_time', '/params/sunset'],
    ['threshold', { event: [] }, 'invalid_field', '/params/event'],
    ['threshold', { where: { trait: 'x', ne: 1 } }, 'unknown_field', '/params/where/trait'],
    ['last_value', { value: 'x', type: 'map' }, 'invalid_field', '/params/type'],
    ['sessions', { by: '' }, 'invalid_field', '/params/by'],
    ['sessions', { by: '$session', gap: 'PT10M' }, 'invalid_field', '/params/gap'],
    ['sessions', { by: '$session', max: 'P2D' }, 'invalid_field', '/params/max'],
    ['sessions', { gap: 'PT2H', max: 'PT1H' }, 'invalid_field', '/params/max'],
    ['sessions', { page: 'page' }, 'invalid_field', '/params/page'],
    ['sessions', { page: { name: 'page' } }, 'unknown_field', '/params/page/name'],
    [
      'sessions',
      { page: { where: { property: 'x', after: { last: 'P1D' } } } },
      'invalid_filter',
      '/params/page/where',
    ],
  ])('refuses %s with %j', (id, value, code, pointer) => {
    expect(refusal(() => parse(id, value))).toMatchObject({ code, status: 422, pointers: [pointer] });
  });

  it.each<[MetricId, Record<string, unknown>, string, string]>([
    ['rolling_active', { kind: 'x' }, '/params/kind', '`kind` must be one of "active", "new", "surviving_new"'],
    [
      'count_by',
      { values: [1, {}] },
      '/params/values/1',
      'An item of `values` must be a text or a number or true or false, not "an object"',
    ],
    ['count_by', { values: [] }, '/params/values', '`values` must not be empty.'],
    ['count_by', { values: 'x' }, '/params/values', '`values` must be a list or null, not "x".'],
    [
      'time_to_threshold',
      { first: 'x' },
      '/params/first',
      '`first` must have one of its forms, not "x". Where the time begins: "birth", or 1',
    ],
    ['time_to_threshold', { first: 0 }, '/params/first', '`first` must have one of its forms, not 0.'],
    ['value_sum', { value: '' }, '/params/value', '`value` must be a text of at least one character, not "".'],
  ])('tells where in %s the value of %j is wrong, and the forms it has', (id, value, pointer, detail) => {
    const rest = id === 'count_by' ? { property: 'k' } : {};
    const refused = refusal(() => parse(id, { ...rest, ...value }));
    expect(refused.pointers).toEqual([pointer]);
    expect(refused.detail).toContain(detail);
  });

  it('says what is right: the known ones, the type, the meaning', () => {
    expect(refusal(() => parse('threshold', { N: 1 })).detail).toBe(
      'The metric threshold has no field "N"; it has `event`, `where`, `n`, `t`.',
    );
    expect(refusal(() => parse('threshold', { n: '2' })).detail).toBe(
      '`n` must be a whole number, not "2". How many events must be there.',
    );
    expect(refusal(() => parse('value_sum', {})).detail).toBe(
      '`value` must be given. The numeric event property that is added up.',
    );
  });

  it('tells all problems at once', () => {
    const refused = refusal(() => parse('survival', { foo: 1, event: '', where: 5, n: 'x', t: 'P1Y', sunset: 1 }));
    expect(refused.pointers).toEqual([
      '/params/foo',
      '/params/event',
      '/params/where',
      '/params/n',
      '/params/t',
      '/params/sunset',
    ]);
  });
});
