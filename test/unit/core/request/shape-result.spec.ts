import type { AggregateRow, ColumnAggregateRow, RunResult } from '../../../../src/core/request/run-result.js';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { shapeResult } from '../../../../src/core/request/shape-result.js';
import { wilson } from '../../../../src/core/request/shape-columns.js';
import { canonicalOf } from './planning.js';

const AS_OF = Date.parse('1997-06-01T00:00:00Z');
const TIMINGS = { queue_ms: 1, engine_ms: 2, rows_read: 3 };
const EMPTY: ColumnAggregateRow = {
  n: 0,
  reasons: {},
  sum: null,
  mean: null,
  min: null,
  max: null,
  std: null,
  positives: null,
  quantiles: { p50: null, p90: null },
};
const NUMBERS: ColumnAggregateRow = {
  ...EMPTY,
  n: 3,
  sum: 12,
  mean: 4,
  min: 1,
  max: 9,
  std: 4.36,
  quantiles: { p50: 2, p90: 7.6 },
};

function row(size: number, columns: ColumnAggregateRow[], changes: Partial<AggregateRow> = {}): AggregateRow {
  return { cohort_size: size, users_known: size, users_unfinished: 0, next_change_ms: null, columns, ...changes };
}

function shape(requested: RawRequest, aggregates: AggregateRow): RunResult {
  return shapeResult(
    canonicalOf(requested),
    { row: aggregates, parts: [], kept: null },
    { asOfMs: AS_OF, attempt: 2, timings: TIMINGS },
  );
}

const codes = (result: RunResult): string[] => result.warnings.map((warning) => warning.code);

describe('shapeResult', () => {
  it('tells aggregators with options under their names, and the variance as the square of the deviation', () => {
    const histogram = { edges: [1, 5, 9], counts: [2, 1] };
    const { aggregates } = shape(
      { aggregators: ['variance', { histogram: { bins: 2 } }] },
      row(3, [{ ...NUMBERS, std: 4, histogram }]),
    );
    expect(aggregates['count']).toEqual({ variance: 16, histogram, n: 3, n_undefined: 0, undefined: {} });
    const variance = (changes: Partial<ColumnAggregateRow>): unknown =>
      shape({ aggregators: ['variance'] }, row(changes.n ?? 3, [{ ...NUMBERS, ...changes }])).aggregates['count'];
    expect(variance({ n: 1, std: null })).toMatchObject({ variance: null });
    expect(variance({ std: 1e200 })).toMatchObject({ variance: null });
  });

  it('tells the aggregates of a map by key', () => {
    const key = { users: 1, sum: 6, mean: 2, min: 0, max: 6, std: 3, quantiles: { p50: 0 } };
    const requested = {
      metric: 'count_by',
      params: { property: 'store' },
      aggregators: ['mean', 'median', 'variance', 'count_by_value'],
    };
    const { aggregates } = shape(requested, row(3, [{ ...EMPTY, n: 3, keys: { web: key } }]));
    expect(aggregates['counts']).toMatchObject({
      mean: { web: 2 },
      median: { web: 0 },
      variance: { web: 9 },
      count_by_value: { web: 1 },
      n: 3,
    });
    const empty = shape(requested, row(1, [{ ...EMPTY, reasons: { censored: 1 } }])).aggregates['counts'];
    expect(empty).toMatchObject({ mean: null, count_by_value: null, n: 0 });
  });

  it('tells the distinct values of all users, and a weighted rate', () => {
    const distinct = { metric: 'distinct_count', params: { property: 'page' }, aggregators: ['distinct'] };
    expect(shape(distinct, row(3, [{ ...NUMBERS, distinct: 7 }])).aggregates['count']).toMatchObject({ distinct: 7 });
    const weighted = {
      metric: 'value_sum',
      params: { value: 'x' },
      aggregators: [{ weighted_rate: { weight: 'count' } }],
    };
    const columns = [2, 3, 4, 5].map((weightedRate) => Object.assign({ weightedRate }, NUMBERS));
    const { aggregates } = shape(weighted, row(3, [...columns, NUMBERS]));
    expect(aggregates['net']).toMatchObject({ weighted_rate: 2 });
    expect(aggregates['count']).toEqual({ n: 3, n_undefined: 0, undefined: {} });
  });

  it('gives each column what was asked, its n and its reasons', () => {
    const counted = { ...NUMBERS, reasons: { unknown_user: 2, censored: 1, no_birth: 0 } };
    const result = shape(
      { aggregators: ['mean', 'median', 'p90', 'std', 'sum'] },
      row(6, [counted], { users_known: 4 }),
    );
    expect(result).toEqual({
      form: 2,
      columns: [expect.objectContaining({ name: 'count' })],
      aggregates: {
        count: {
          mean: 4,
          median: 2,
          p90: 7.6,
          std: 4.36,
          sum: 12,
          n: 3,
          n_undefined: 3,
          undefined: { unknown_user: 2, censored: 1 },
        },
      },
      series: null,
      breakdown: null,
      cohort_size: 6,
      observed_to: null,
      warnings: [],
      attempt: 2,
      timings: TIMINGS,
    });
  });

  it('gives each column only what fits its type', () => {
    const booleans = { ...EMPTY, n: 3, positives: 2, reasons: { censored: 1 } };
    const { aggregates } = shape(
      { metric: 'threshold' },
      row(4, [booleans, { ...NUMBERS, reasons: { never: 1 } }, { ...booleans, positives: 0 }, booleans]),
    );
    expect(aggregates['reached']).toEqual({
      proportion: wilson(2, 3),
      n: 3,
      n_undefined: 1,
      undefined: { censored: 1 },
    });
    expect(aggregates['time_to']).toEqual({
      mean: 4,
      median: 2,
      min: 1,
      max: 9,
      n: 3,
      n_undefined: 1,
      undefined: { never: 1 },
    });
    expect(aggregates['censored']).toMatchObject({ proportion: { value: 0, low: 0, positives: 0 } });
  });

  it('gives null where nobody has a value, and for the deviation of one', () => {
    const nobody = shape({ aggregators: ['mean', 'p90', 'sum', 'std'] }, row(0, [{ ...EMPTY, sum: 0 }]));
    expect(nobody.aggregates['count']).toEqual({
      mean: null,
      p90: null,
      sum: null,
      std: null,
      n: 0,
      n_undefined: 0,
      undefined: {},
    });
    expect(codes(nobody)).toEqual(['empty_cohort']);
    const one = shape({ aggregators: ['mean', 'std'] }, row(1, [{ ...NUMBERS, n: 1, std: 0 }]));
    expect(one.aggregates['count']).toMatchObject({ mean: 4, std: null });
    expect(shape({ metric: 'survival' }, row(0, [EMPTY, EMPTY])).aggregates['survived']).toMatchObject({
      proportion: null,
    });
  });

  it('warns when birth is by registration and no known user has one', () => {
    const unborn = (reasons: Record<string, number>): ColumnAggregateRow => ({ ...EMPTY, reasons });
    const known = { users_known: 2 };
    expect(codes(shape({}, row(3, [unborn({ no_birth: 2, unknown_user: 1 })], known)))).toEqual(['no_registrations']);
    expect(codes(shape({}, row(3, [unborn({ no_birth: 1, out_of_range: 1, unknown_user: 1 })], known)))).toEqual([]);
    expect(codes(shape({}, row(3, [unborn({ unknown_user: 3 })], { users_known: 0 })))).toEqual([]);
    const byEvent = { birth: { kind: 'first_event', event: 'x' } };
    expect(codes(shape(byEvent, row(3, [unborn({ no_birth: 2, unknown_user: 1 })], known)))).toEqual([]);
  });

  describe('where windows since birth are not over', () => {
    const open = { users_unfinished: 2 };
    const booleans = { ...EMPTY, positives: 1 };
    const threshold = (soFar: ColumnAggregateRow): ColumnAggregateRow[] => [
      { ...booleans, n: 1, reasons: { censored: 2 } },
      { ...NUMBERS, n: 1, reasons: { censored: 2 } },
      { ...booleans, n: 3 },
      soFar,
    ];

    it('says of how many users', () => {
      const { warnings } = shape({}, row(3, [{ ...NUMBERS, n: 1, reasons: { censored: 2 } }], open));
      expect(warnings).toMatchObject([{ code: 'not_observed_to_end', users: 2 }]);
      expect(codes(shape({}, row(3, [NUMBERS])))).toEqual([]);
      const fixed = { window: { kind: 'fixed', from: '1997-06-01', to: '1997-07-01' } };
      expect(codes(shape(fixed, row(3, [{ ...EMPTY, reasons: { censored: 3 } }], { users_unfinished: 3 })))).toEqual(
        [],
      );
    });

    it('calls what has been reached so far a lower bound, unless no window has begun', () => {
      const begun = threshold({ ...booleans, n: 3 });
      expect(codes(shape({ metric: 'threshold' }, row(3, begun, open)))).toEqual([
        'not_observed_to_end',
        'so_far_is_a_lower_bound',
      ]);
      const ahead = threshold({ ...booleans, n: 1, reasons: { censored: 2 } });
      expect(codes(shape({ metric: 'threshold' }, row(3, ahead, open)))).toEqual(['not_observed_to_end']);
    });
  });

  it.each<[string, RawRequest, string | null]>([
    [
      'a fixed window under way',
      { window: { kind: 'fixed', from: '1997-05-01', to: '1997-07-01' } },
      '1997-06-01T00:00:00.000Z',
    ],
    ['one that is just over', { window: { kind: 'fixed', from: '1997-05-01', to: '1997-06-01' } }, null],
    ['one that has not begun', { window: { kind: 'fixed', from: '1997-06-01', to: '1997-07-01' } }, null],
    ['one since birth', {}, null],
    [
      'survival without end',
      { metric: 'survival', window: { kind: 'fixed', from: '1997-05-01', to: '1997-05-02' } },
      null,
    ],
    [
      'survival with a sunset',
      {
        metric: 'survival',
        params: { sunset: 'P60D' },
        window: { kind: 'fixed', from: '1997-05-01', to: '1997-05-02' },
      },
      '1997-06-01T00:00:00.000Z',
    ],
  ])('says up to where it looked: %s', (_, requested, observedTo) => {
    const counted = { ...NUMBERS, positives: 1 };
    const result = shape(requested, row(3, [counted, counted, counted]));
    expect(result.observed_to).toBe(observedTo);
    expect(codes(result)).toEqual(observedTo === null ? [] : ['window_not_over']);
  });

  it('keeps the warnings of the request', () => {
    const requested = { metric: 'threshold', birth: { kind: 'first_event', event: 'x' }, params: { event: 'x' } };
    const booleans = { ...EMPTY, n: 3, positives: 3 };
    const columns = [booleans, NUMBERS, booleans, booleans];
    expect(codes(shape(requested, row(3, columns)))).toEqual(['degenerate_birth_event']);
  });

  it('gives null for a sum that has no finite number', () => {
    expect(shape({ aggregators: ['sum'] }, row(3, [{ ...NUMBERS, sum: null }])).aggregates['count']).toMatchObject({
      sum: null,
      n: 3,
    });
  });

  it('does not pass off what is missing as undefined', () => {
    expect(() => shape({}, row(4, [NUMBERS]))).toThrow('speaks of 3 users, there are 4');
    expect(() => shape({}, row(3, []))).toThrow('columns');
    expect(() => shape({ aggregators: ['p99'] }, row(3, [NUMBERS]))).toThrow('p99');
    expect(() => shape({ metric: 'survival' }, row(3, [{ ...NUMBERS, positives: null }, NUMBERS]))).toThrow(
      'proportion',
    );
  });
});
