import { asSetHash } from '../../../src/core/ids.js';
import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { MeasuredPoint } from '../../support/oracle/request-oracle.js';
import { asked, shown, worldOf } from './tiny-world.js';

const DAYS = { kind: 'fixed', from: '2024-01-01T00:00:00.000Z', to: '2024-01-04T00:00:00.000Z', births: null } as const;
const BY_DAY = { interval: 'day', by: 'event_time', age: null } as const;
const BIRTHS = { from: '2024-01-01T00:00:00.000Z', to: '2024-01-15T00:00:00.000Z' };

function told(points: readonly MeasuredPoint[] | null): unknown[] {
  return (points ?? []).map(({ label, age, complete, rows }) => [label, age, complete, shown(rows)]);
}

describe('a series by the time of events', () => {
  const world = worldOf(
    [
      ['a', 'edit', '2024-01-01T00:00:00Z'],
      ['a', 'edit', '2024-01-01T23:59:59.999Z'],
      ['a', 'edit', '2024-01-02T00:00:00Z'],
      ['b', 'edit', '2024-01-03T12:00:00Z'],
      // Not seen yet.
      ['b', 'edit', '2024-01-03T13:00:00Z'],
    ],
    {},
    ['a', 'b', 'nobody'],
  );

  it('has the whole cohort in each slice, an open slice being measured up to as_of', () => {
    const request = { window: DAYS, series: BY_DAY, cohort: { members: asSetHash('x') } };
    const { series, rows } = asked(world, request, '2024-01-03T13:00:00Z');
    expect(told(series)).toEqual([
      ['2024-01-01', null, true, { a: [2], b: [0], nobody: ['unknown_user'] }],
      ['2024-01-02', null, true, { a: [1], b: [0], nobody: ['unknown_user'] }],
      ['2024-01-03', null, false, { a: [0], b: [1], nobody: ['unknown_user'] }],
    ]);
    expect(shown(rows)).toEqual({ a: [3], b: [1], nobody: ['unknown_user'] });
  });

  it('is censored where a slice has not begun', () => {
    const { series } = asked(world, { window: DAYS, series: BY_DAY }, '2024-01-03T00:00:00Z');
    expect(told(series).at(-1)).toEqual(['2024-01-03', null, false, { a: ['censored'] }]);
  });

  it('measures a rate over what was observed of the slice, clipped to the window', () => {
    const request: Partial<CanonicalRequest> = {
      metric: 'event_rate',
      params: { event: null, where: null, unit: 'PT1H', unit_count: 1 },
      window: { ...DAYS, from: '2024-01-01T22:00:00.000Z' },
      series: BY_DAY,
    };
    const { series } = asked(world, request, '2024-01-03T13:00:00Z');
    expect(told(series).map((point) => (point as unknown[])[3])).toEqual([
      { a: [1, 0.5, 2], b: [0, 0, 2] },
      { a: [1, 1 / 24, 24], b: [0, 0, 24] },
      { a: [0, 0, 13], b: [1, 1 / 13, 13] },
    ]);
  });

  it('shows a user all slices in order', () => {
    const { users } = asked(world, { window: DAYS, series: BY_DAY }, '2024-02-01T00:00:00Z');
    expect(users?.map(({ user, slices }) => [user, slices.map(({ columns }) => columns)])).toEqual([
      ['a', [[{ value: 2 }], [{ value: 1 }], [{ value: 0 }]]],
      ['b', [[{ value: 0 }], [{ value: 0 }], [{ value: 2 }]]],
    ]);
  });
});

describe('a series by birth', () => {
  const world = worldOf(
    [
      ['a', 'edit', '2024-01-02T00:00:00Z'],
      ['a', 'edit', '2024-01-09T00:00:00Z'],
      ['b', 'edit', '2024-01-09T00:00:00Z'],
    ],
    {
      a: { at: '2024-01-02T00:00:00Z' },
      b: { at: '2024-01-08T00:00:00Z' },
      late: { at: '2024-01-15T00:00:00Z' },
      unborn: {},
    },
  );
  const request: Partial<CanonicalRequest> = {
    window: { kind: 'since_birth', age: 'elapsed', length: 'P7D', offset: 'PT0S', births: BIRTHS },
    birth: { kind: 'registration' },
    series: { interval: 'week', by: 'birth', age: null },
  };

  it('has those born in the slice, as without it', () => {
    const { series, rows, users } = asked(world, request, '2024-01-12T00:00:00Z');
    expect(told(series)).toEqual([
      ['2024-W01', null, true, { a: [1] }],
      ['2024-W02', null, false, { b: ['censored'] }],
    ]);
    // Not registered yet at as_of, and so not among all.
    expect(shown(rows)).toEqual({ a: [1], b: ['censored'], unborn: ['no_birth'] });
    expect(users?.at(-1)).toEqual({ user: 'unborn', slices: [] });
  });

  it('has nobody from outside of the births in a slice', () => {
    const { series, rows } = asked(world, request, '2024-02-01T00:00:00Z');
    expect(shown(rows)).toEqual({ a: [1], b: [1], late: ['out_of_range'], unborn: ['no_birth'] });
    expect(series?.map(({ rows: inside }) => inside.length)).toEqual([1, 1]);
  });
});

describe('ages of elapsed time', () => {
  const world = worldOf(
    [
      ['a', 'buy', '2024-01-03T00:00:00Z'],
      ['a', 'buy', '2024-01-08T23:59:59.999Z'],
      ['a', 'buy', '2024-01-09T00:00:00Z'],
      ['a', 'buy', '2024-01-12T00:00:00Z'],
    ],
    { a: { at: '2024-01-02T00:00:00Z' } },
  );
  const window = { kind: 'since_birth', age: 'elapsed', length: 'P10D', offset: 'PT0S', births: BIRTHS } as const;
  const weekly = { interval: 'P14D', by: 'birth', age: 'P7D' } as const;
  const threshold: Partial<CanonicalRequest> = {
    metric: 'threshold',
    params: { event: null, where: null, n: 2, t: 'P10D' },
    window,
    birth: { kind: 'registration' },
    series: weekly,
  };

  it('cut the window, the last cell at its end; times count from birth', () => {
    const { series, rows } = asked(world, threshold, '2024-03-01T00:00:00Z');
    const label = BIRTHS.from;
    expect(told(series)).toEqual([
      [label, 0, true, { a: [1, 7 * 86_400 - 0.001, 0, 1] }],
      // Day 10 is outside.
      [label, 1, true, { a: [0, 'never', 0, 0] }],
    ]);
    expect(shown(rows)).toEqual({ a: [1, 7 * 86_400 - 0.001, 0, 1] });
  });

  it('censor whom as_of found before the end of the cell, also where the value would stand', () => {
    const { series, rows } = asked(world, threshold, '2024-01-08T23:59:59.9991Z');
    expect(shown(rows)['a']).toEqual(['censored', 'censored', 1, 0]);
    const later = asked(world, threshold, '2024-01-09T00:00:00Z');
    // Of the whole both are there already, on day 7 of 10.
    expect(shown(later.rows)['a']).toEqual(['censored', 'censored', 1, 1]);
    expect([series?.[0], later.series?.[0], later.series?.[1]].map((point) => point && shown(point.rows)['a'])).toEqual(
      [
        ['censored', 'censored', 1, 0],
        [1, 7 * 86_400 - 0.001, 0, 1],
        // The cell begins at as_of.
        ['censored', 'censored', 1, 'censored'],
      ],
    );
    // The latest birth of the slice is on the 15th, and its first cell ends on the 22nd.
    const completeAt = (asOf: string): boolean[] => (asked(world, threshold, asOf).series ?? []).map((p) => p.complete);
    expect(completeAt('2024-01-21T23:59:59.999Z')).toEqual([false, false]);
    expect(completeAt('2024-01-22T00:00:00Z')).toEqual([true, false]);
    expect(completeAt('2024-01-25T00:00:00Z')).toEqual([true, true]);
  });

  it('begin after the offset', () => {
    const request = { ...threshold, metric: 'event_count', window: { ...window, offset: 'P1D' } } as const;
    expect(told(asked(world, request, '2024-03-01T00:00:00Z').series)).toEqual([
      [BIRTHS.from, 0, true, { a: [3] }],
      [BIRTHS.from, 1, true, { a: [1] }],
    ]);
  });

  it('are what survivors outlived', () => {
    const survival = (sunset: string | null, asOf: string): unknown[] => {
      const params = { event: null, where: null, n: 1, t: 'P10D', sunset };
      const answer = asked(world, { ...threshold, metric: 'survival', params }, asOf);
      return [...(answer.series ?? []), answer].map(({ rows }) => shown(rows)['a']);
    };
    // After 7 days the purchases of the 9th and 12th, after 10 days that of the 12th.
    expect(survival('P1D', '2024-03-01T00:00:00Z')).toEqual([
      [1, 0, 1],
      [1, 0, 1],
      [1, 0, 1],
    ]);
    expect(survival(null, '2024-03-01T00:00:00Z')).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(survival(null, '2024-01-12T00:00:00Z')).toEqual([
      [1, 0],
      ['censored', 1],
      ['censored', 1],
    ]);
    // The sunset of the first cell is not over, the others have not begun.
    expect(survival('P3D', '2024-01-11T00:00:00Z')).toEqual([
      ['censored', 1, 1],
      ['censored', 1, 'censored'],
      ['censored', 1, 'censored'],
    ]);
  });
});

describe('calendar ages', () => {
  const world = worldOf(
    [
      ['a', 'buy', '2024-01-31T12:00:00Z'],
      ['a', 'buy', '2024-02-01T00:00:00Z'],
      ['a', 'buy', '2024-02-29T23:00:00Z'],
      ['a', 'buy', '2024-03-01T00:00:00Z'],
    ],
    { a: { at: '2024-01-31T10:00:00Z' } },
  );
  const window = {
    kind: 'since_birth',
    age: 'calendar',
    length: 'P3M',
    offset: 'PT0S',
    births: { from: '2024-01-20T00:00:00.000Z', to: '2024-03-01T00:00:00.000Z' },
  } as const;
  const monthly: Partial<CanonicalRequest> = {
    window,
    birth: { kind: 'registration' },
    series: { interval: 'month', by: 'birth', age: 'P1M' },
  };

  it('are calendar months in the zone, counted from the month of birth', () => {
    const counts = (zone: string): unknown =>
      asked(world, { ...monthly, time_zone: zone }, '2025-01-01T00:00:00Z').series?.map(({ label, age, rows }) => [
        label,
        age,
        shown(rows)['a']?.[0],
      ]);
    expect(counts('UTC')).toEqual([
      ['2024-01', 0, 1],
      ['2024-01', 1, 2],
      ['2024-01', 2, 1],
      ['2024-02', 0, undefined],
      ['2024-02', 1, undefined],
      ['2024-02', 2, undefined],
    ]);
    // In Berlin the last two purchases fall into March.
    expect(counts('Europe/Berlin')).toEqual([
      ['2024-01', 0, 1],
      ['2024-01', 1, 1],
      ['2024-01', 2, 2],
      ['2024-02', 0, undefined],
      ['2024-02', 1, undefined],
      ['2024-02', 2, undefined],
      // The range ends at an hour past midnight there.
      ['2024-03', 0, undefined],
      ['2024-03', 1, undefined],
      ['2024-03', 2, undefined],
    ]);
  });

  it('are complete when the month is over, however late in the slice births lie', () => {
    const complete = (asOf: string): boolean[] => (asked(world, monthly, asOf).series ?? []).map((p) => p.complete);
    expect(complete('2024-02-29T23:59:59.999Z')).toEqual([true, false, false, false, false, false]);
    expect(complete('2024-03-01T00:00:00Z')).toEqual([true, true, false, true, false, false]);
  });

  it('are days after the day of birth, in weekly slices as in daily ones', () => {
    // Signed up on Wednesday: Thursday is day 1, and what was done on Wednesday before counts nowhere.
    const wednesday = worldOf(
      [
        ['w', 'buy', '2024-01-03T08:00:00Z'],
        ['w', 'buy', '2024-01-03T20:00:00Z'],
        ['w', 'buy', '2024-01-04T09:00:00Z'],
      ],
      { w: { at: '2024-01-03T12:00:00Z' } },
    );
    const daily = (interval: string): unknown => {
      const births = { from: '2024-01-01T00:00:00.000Z', to: '2024-01-08T00:00:00.000Z' };
      const { series, rows } = asked(
        wednesday,
        { ...monthly, window: { ...window, length: 'P3D', births }, series: { interval, by: 'birth', age: 'P1D' } },
        '2024-02-01T00:00:00Z',
      );
      const own = (series ?? []).filter(({ rows: inside }) => inside.length > 0);
      return [shown(rows), own.map(({ age, rows: inside }) => [age, shown(inside)['w']])];
    };
    const expected = [
      { w: [2] },
      [
        [0, [1]],
        [1, [1]],
        [2, [0]],
      ],
    ];
    expect([daily('day'), daily('week'), daily('month')]).toEqual([expected, expected, expected]);
  });

  it('begin with the month of birth where months are counted, and not before the birth itself', () => {
    const alone = { ...monthly, window: { ...window, length: 'P1M' }, series: null };
    // [31 January 10:00, 1 February)
    expect(shown(asked(world, alone, '2025-01-01T00:00:00Z').rows)).toEqual({ a: [1] });
    const shifted = { ...alone, window: { ...window, length: 'P1M', offset: 'P1M' } };
    // [1 February, 1 March)
    expect(shown(asked(world, shifted, '2025-01-01T00:00:00Z').rows)).toEqual({ a: [2] });
  });
});
