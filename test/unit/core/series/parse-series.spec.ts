import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { refusal } from '../failing.js';
import { BASE, canonicalOf, plan } from '../request/planning.js';

const fixed = { kind: 'fixed', from: '1997-01-01', to: '1998-01-01' };
const births = { from: '1997-01-01', to: '1998-01-01' };
const sinceBirth = { kind: 'since_birth', length: 'P84D', births };
const calendar = { kind: 'since_birth', age: 'calendar', length: 'P1Y', births };

/** 8,760 hours. */
const YEAR = { from: '1997-01-01', to: '1998-01-01' };

describe('a series', () => {
  it.each<[RawRequest, object]>([
    [
      { window: fixed, series: { interval: 'month' } },
      { interval: 'month', by: 'event_time', age: null },
    ],
    [
      { window: fixed, series: { interval: 'P7D', by: 'event_time' } },
      { interval: 'P7D', by: 'event_time', age: null },
    ],
    [
      { window: fixed, series: { interval: 'P1W' } },
      { interval: 'P7D', by: 'event_time', age: null },
    ],
    [
      { window: sinceBirth, series: { interval: 'week' } },
      { interval: 'week', by: 'birth', age: null },
    ],
    [
      { window: sinceBirth, series: { interval: 'day', age: 'P1W' } },
      { interval: 'day', by: 'birth', age: 'P7D' },
    ],
    [
      { window: calendar, series: { interval: 'month', age: 'P1M' } },
      { interval: 'month', by: 'birth', age: 'P1M' },
    ],
    [
      { window: { ...fixed, births }, series: { interval: 'month', by: 'birth' } },
      { interval: 'month', by: 'birth', age: null },
    ],
  ])('of %j is %j', (requested, series) => {
    expect(canonicalOf(requested).series).toEqual(series);
  });

  it.each<[RawRequest, string, string[]]>([
    [{ window: fixed, series: 'month' }, 'invalid_field', ['/series']],
    [{ window: fixed, series: {} }, 'invalid_field', ['/series/interval']],
    [{ window: fixed, series: { interval: 'fortnight' } }, 'invalid_field', ['/series/interval']],
    [{ window: fixed, series: { interval: 'P1M' } }, 'invalid_time', ['/series/interval']],
    [{ window: fixed, series: { interval: 'PT0S' } }, 'invalid_time', ['/series/interval']],
    [{ window: fixed, series: { interval: 'day', by: 'weather' } }, 'invalid_field', ['/series/by']],
    [{ window: fixed, series: { interval: 'day', step: 2 } }, 'unknown_field', ['/series/step']],
    [{ window: fixed, series: { interval: 'day', by: 'birth' } }, 'invalid_window', ['/window/births']],
    [{ window: fixed, series: { interval: 'day', age: 'P7D' } }, 'invalid_field', ['/series/age']],
    [
      { window: { ...fixed, births }, series: { interval: 'day', by: 'birth', age: 'P7D' } },
      'invalid_field',
      ['/series/age'],
    ],
    [{ window: sinceBirth, series: { interval: 'day', by: 'event_time' } }, 'invalid_window', ['/window/kind']],
    [
      { window: { ...sinceBirth, births: { from: '1997-01-01' } }, series: { interval: 'day' } },
      'invalid_window',
      ['/window/births'],
    ],
    [{ window: sinceBirth, series: { interval: 'day', age: 'P1M' } }, 'invalid_time', ['/series/age']],
    [{ window: sinceBirth, series: { interval: 'day', age: 'PT0S' } }, 'invalid_time', ['/series/age']],
    [{ window: calendar, series: { interval: 'day', age: 'PT24H' } }, 'invalid_time', ['/series/age']],
    [{ window: calendar, series: { interval: 'day', age: 'P0D' } }, 'invalid_time', ['/series/age']],
    [
      { window: { ...fixed, from: '1970-01-01' }, series: { interval: 'hour' } },
      'limit_exceeded',
      ['/series/interval'],
    ],
    [{ window: fixed, series: { interval: 'minute' } }, 'limit_exceeded', ['/series/interval']],
    [
      { window: { ...sinceBirth, length: 'P90D' }, series: { interval: 'day', age: 'PT1H' } },
      'limit_exceeded',
      ['/series/age'],
    ],
  ])('refuses %j', (requested, code, pointers) => {
    expect(refusal(() => plan({ ...BASE, ...requested }))).toMatchObject({ code, status: 422, pointers });
  });

  it.each<RawRequest>([
    { window: { ...sinceBirth, length: 'P10000D', births: YEAR }, series: { interval: 'hour', age: 'P1D' } },
    { window: { ...calendar, length: 'P27Y', births: YEAR }, series: { interval: 'hour', age: 'P1D' } },
  ])('refuses %j before it has spelt out millions of points', (requested) => {
    const before = process.memoryUsage().heapUsed;
    expect(refusal(() => plan({ ...BASE, ...requested }))).toMatchObject({ code: 'limit_exceeded', status: 422 });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6);
  });
});

describe('calendar ages', () => {
  it.each([
    ['P1Y2M1W', 'P1M', undefined, 'P14M1W', 'P1M'],
    ['P1Y2M1W1D', 'P1M', undefined, 'P14M8D', 'P1M'],
    ['P3W', 'PT0S', undefined, 'P3W', 'PT0S'],
    ['P3W', 'P7D', undefined, 'P21D', 'P7D'],
    ['P1Y', 'PT0S', undefined, 'P1Y', 'PT0S'],
    ['P12M', 'PT0S', undefined, 'P12M', 'PT0S'],
    ['P12M', 'PT0S', 'P1Y', 'P1Y', 'PT0S'],
    ['P1Y', 'PT0S', 'P1M', 'P12M', 'PT0S'],
    ['P3W', 'PT0S', 'P1D', 'P21D', 'PT0S'],
    ['P21D', 'PT0S', 'P1W', 'P3W', 'PT0S'],
  ])('of %s after %s by %s are counted in their own unit', (length, offset, age, canonicalLength, canonicalOffset) => {
    const series = age && { interval: 'month', by: 'birth', age };
    const requested = canonicalOf({ window: { ...calendar, length, offset, births: YEAR }, series });
    expect(requested.window).toMatchObject({ age: 'calendar', length: canonicalLength, offset: canonicalOffset });
    expect(requested.series?.age).toBe(age);
    // Told again it is the same.
    expect(canonicalOf({ window: requested.window, series: requested.series }).window).toEqual(requested.window);
  });

  it('may be told by t as well', () => {
    const requested = { metric: 'threshold', params: { n: 1, t: 'P12M' } };
    const { length: _, ...open } = calendar;
    // The unit is that of the length, where there is one.
    for (const [given, length] of [
      [calendar, 'P1Y'],
      [open, 'P12M'],
    ] as const) {
      const window = { age: 'calendar', length };
      expect(canonicalOf({ ...requested, window: given })).toMatchObject({ window, params: { t: length } });
    }
    expect(refusal(() => plan({ ...BASE, ...requested, params: { t: 'P1M' }, window: calendar }))).toMatchObject({
      code: 'invalid_window',
      pointers: ['/params/t', '/window/length'],
    });
  });
});

describe('a breakdown', () => {
  it('is by one trait or property', () => {
    expect(canonicalOf({ breakdown: ['trait:country'] }).breakdown).toEqual(['trait:country']);
    expect(canonicalOf({ breakdown: ['property:a:b'] }).breakdown).toEqual(['property:a:b']);
    expect(canonicalOf({ breakdown: [] }).breakdown).toEqual([]);
    expect(canonicalOf({ breakdown: [{ property: 'url', top: 25 }] }).breakdown).toEqual([
      { property: 'url', top: 25, by: 'users', rest: true },
    ]);
    expect(canonicalOf({ breakdown: [{ trait: 'plan', top: 3, by: 'value', rest: false }] }).breakdown).toEqual([
      { trait: 'plan', top: 3, by: 'value', rest: false },
    ]);
    expect(canonicalOf({ breakdown: [{ property: 'url' }] }).breakdown).toEqual(['property:url']);
  });

  it.each<[RawRequest, string, string[]]>([
    [{ breakdown: 'trait:country' }, 'invalid_field', ['/breakdown']],
    [{ breakdown: ['country'] }, 'invalid_field', ['/breakdown/0']],
    [{ breakdown: ['trait:'] }, 'invalid_field', ['/breakdown/0']],
    [{ breakdown: [7] }, 'invalid_field', ['/breakdown/0']],
    [{ breakdown: [{}] }, 'invalid_field', ['/breakdown/0']],
    [{ breakdown: [{ trait: 'a', property: 'b', top: 1 }] }, 'invalid_field', ['/breakdown/0']],
    [{ breakdown: [{ property: 'b', top: 0 }] }, 'invalid_field', ['/breakdown/0/top']],
    [{ breakdown: [{ property: 'b', top: 1001 }] }, 'limit_exceeded', ['/breakdown/0/top']],
    [{ breakdown: [{ property: 'b', top: 1, by: 'size' }] }, 'invalid_field', ['/breakdown/0/by']],
    [{ breakdown: [{ property: 'b', top: 1, rest: 1 }] }, 'invalid_field', ['/breakdown/0/rest']],
    [{ breakdown: [{ property: 'b', rest: true }] }, 'invalid_field', ['/breakdown/0/top']],
    [{ breakdown: [{ property: 'b', first: 1 }] }, 'unknown_field', ['/breakdown/0/first']],
    [
      { metric: 'count_by', params: { property: 'a' }, breakdown: [{ property: 'b', top: 1, by: 'value' }] },
      'invalid_field',
      ['/breakdown/0/by'],
    ],
    [{ breakdown: ['trait:a', 'trait:b'] }, 'limit_exceeded', ['/breakdown/1']],
    [{ metric: 'newly_registered', window: fixed, breakdown: ['property:a'] }, 'invalid_field', ['/breakdown/0']],
  ])('refuses %j', (requested, code, pointers) => {
    expect(refusal(() => plan({ ...BASE, ...requested }))).toMatchObject({ code, status: 422, pointers });
  });
});
