import { METRICS } from '../../../../src/core/metric/catalogue.js';
import type { ColumnType } from '../../../../src/core/metric/metric.js';
import { fits, parseAggregators, quantileKey, quantileLevel } from '../../../../src/core/statistics/aggregator.js';
import { refusal } from '../failing.js';

const { columns: numbers } = METRICS.event_count;
const { columns: mixed } = METRICS.threshold;
const { columns: booleans } = METRICS.survival;
const parse = (value: unknown, columns = numbers): readonly string[] =>
  parseAggregators(value, columns, '/aggregators');

describe('parseAggregators', () => {
  it('fills the defaults of the columns', () => {
    expect(parse(undefined)).toEqual(['max', 'mean', 'median', 'min']);
    expect(parse(null, booleans)).toEqual(['proportion']);
    expect(parse(undefined, mixed)).toEqual(['max', 'mean', 'median', 'min', 'proportion']);
  });

  it('makes a sorted set of normal names', () => {
    expect(parse(['p99.90', 'mean', 'p05', 'p50.0', 'mean', 'median', 'p0.1', 'sum', 'std'])).toEqual(
      ['mean', 'median', 'p0.1', 'p5', 'p50', 'p99.9', 'std', 'sum'].sort(),
    );
    expect(parse([])).toEqual([]);
  });

  it('needs one fitting column, not all', () => {
    expect(parse(['mean'], mixed)).toEqual(['mean']);
    expect(parse(['proportion'], mixed)).toEqual(['proportion']);
  });

  it.each([
    'avg',
    'p',
    'p0',
    'p0.05',
    'p100',
    'p99.95',
    'p-5',
    'p5.',
    'P50',
    'pNN',
    'variance',
    'n',
    '',
    5,
    null,
    { histogram: { bins: 20 } },
    { weighted_rate: { weight: 'x' } },
  ])('refuses %p: no such aggregator', (name) => {
    const refused = refusal(() => parse(['mean', name]));
    expect(refused).toMatchObject({ code: 'invalid_field', status: 422, pointers: ['/aggregators/1'] });
    expect(refused.detail).toContain('`proportion` or p0.1 to p99.9');
  });

  it.each([
    ['mean', booleans, '`proportion`'],
    ['p90', booleans, '`proportion`'],
    ['proportion', numbers, '`mean`'],
  ])('refuses %s where it fits no column', (name, columns, right) => {
    const refused = refusal(() => parse([name], columns));
    expect(refused).toMatchObject({ code: 'aggregator_not_applicable', status: 422, pointers: ['/aggregators/0'] });
    expect(refused.detail).toContain(right);
  });

  it('refuses what is no list, or too long a one', () => {
    expect(refusal(() => parse('mean'))).toMatchObject({ code: 'invalid_field', pointers: ['/aggregators'] });
    expect(refusal(() => parse(Array.from({ length: 101 }, () => 'mean'))).code).toBe('limit_exceeded');
  });
});

describe('fits', () => {
  it.each<[ColumnType, string[]]>([
    ['number', ['mean', 'median', 'min', 'max', 'sum', 'std', 'p90']],
    ['duration', ['mean', 'median', 'min', 'max', 'sum', 'std', 'p90']],
    ['boolean', ['proportion']],
    ['instant', ['median', 'min', 'max']],
  ])('knows what can be said of a %s', (type, fitting) => {
    const all = ['mean', 'median', 'min', 'max', 'sum', 'std', 'proportion', 'p90'];
    expect(all.filter((name) => fits(name, type)).sort()).toEqual([...fitting].sort());
  });
});

describe('quantiles', () => {
  it('are the nearest double to the decimal that was written', () => {
    expect(['p99.9', 'p0.1', 'p2.5', 'p90', 'median'].map(quantileLevel)).toEqual([0.999, 0.001, 0.025, 0.9, 0.5]);
  });

  it('are read from one place', () => {
    expect(['median', 'p50', 'p99.9'].map(quantileKey)).toEqual(['p50', 'p50', 'p99.9']);
  });
});
