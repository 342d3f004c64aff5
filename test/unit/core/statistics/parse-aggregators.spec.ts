import { metric as builtIn } from '../../../../src/core/metric/catalogue.js';
import { parseAggregators, type Aggregator } from '../../../../src/core/statistics/aggregators.js';
import { refusal } from '../failing.js';

const { columns: numbers } = builtIn('event_count');
const { columns: mixed } = builtIn('threshold');
const { columns: booleans } = builtIn('survival');
const { columns: sums } = builtIn('value_sum');
const parse = (value: unknown, columns = numbers): readonly Aggregator[] =>
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
    'var',
    'n',
    '',
    5,
    null,
    'histogram',
    'weighted_rate',
    {},
    { mean: {} },
    { histogram: { bins: 20 }, weighted_rate: { weight: 'count' } },
    ['mean'],
  ])('refuses %p: no such aggregator', (name) => {
    const refused = refusal(() => parse(['mean', name]));
    expect(refused).toMatchObject({ code: 'invalid_field', status: 422, pointers: ['/aggregators/1'] });
    expect(refused.detail).toContain('`distinct` or p0.1 to p99.9, or {"histogram": {"bins": 20}}');
  });

  it.each([
    ['mean', booleans, '`proportion`'],
    ['p90', booleans, '`proportion`'],
    ['proportion', numbers, '`mean`'],
    ['variance', booleans, '`proportion`'],
    ['distinct', numbers, '`mean`'],
    ['count_by_value', booleans, '`proportion`'],
  ])('refuses %s where it fits no column', (name, columns, right) => {
    const refused = refusal(() => parse([name], columns));
    expect(refused).toMatchObject({ code: 'aggregator_not_applicable', status: 422, pointers: ['/aggregators/0'] });
    expect(refused.detail).toContain(right);
  });

  it('takes options in canonical form, sorted by name', () => {
    const requested = [
      'sum',
      { weighted_rate: { weight: 'count' } },
      { histogram: { width: 0.5, bins: null } },
      'mean',
    ];
    const canonical = [{ histogram: { width: 0.5 } }, 'mean', 'sum', { weighted_rate: { weight: 'count' } }];
    expect(parse(requested, sums)).toEqual(canonical);
    expect(parse(canonical, sums)).toEqual(canonical);
    expect(parse([{ histogram: { bins: 1000 } }, { histogram: { bins: 1000 } }])).toEqual([
      { histogram: { bins: 1000 } },
    ]);
  });

  it.each([
    [{ histogram: {} }, '/aggregators/0/histogram', 'either `bins`'],
    [{ histogram: null }, '/aggregators/0/histogram', '{"histogram": {"bins": 20}}'],
    [{ histogram: 20 }, '/aggregators/0/histogram', '{"histogram": {"bins": 20}}'],
    [{ histogram: { bins: 2, width: 1 } }, '/aggregators/0/histogram', 'either `bins`'],
    [{ histogram: { bins: 0 } }, '/aggregators/0/histogram/bins', 'an integer from 1 to 1000'],
    [{ histogram: { bins: 2.5 } }, '/aggregators/0/histogram/bins', 'an integer from 1 to 1000'],
    [{ histogram: { bins: '20' } }, '/aggregators/0/histogram/bins', 'an integer from 1 to 1000'],
    [{ histogram: { width: 0 } }, '/aggregators/0/histogram/width', 'a number above 0'],
    [{ histogram: { width: -1 } }, '/aggregators/0/histogram/width', 'a number above 0'],
    [{ weighted_rate: {} }, '/aggregators/0/weighted_rate/weight', '`count`'],
    [{ weighted_rate: 'count' }, '/aggregators/0/weighted_rate', '{"weight": "count"}'],
    [{ weighted_rate: { weight: 'dollars' } }, '/aggregators/0/weighted_rate/weight', '`count`'],
  ])('refuses %j', (aggregator, pointer, right) => {
    const refused = refusal(() => parse([aggregator], sums));
    expect(refused).toMatchObject({ code: 'invalid_field', status: 422, pointers: [pointer] });
    expect(refused.detail).toContain(right);
  });

  it('refuses unknown options, too many bins, and a weight that weights nothing', () => {
    const refusing = (aggregator: unknown, columns = sums): unknown => refusal(() => parse([aggregator], columns));
    expect(refusing({ histogram: { bins: 2, log: true } })).toMatchObject({
      code: 'unknown_field',
      pointers: ['/aggregators/0/histogram/log'],
    });
    expect(refusing({ histogram: { bins: 1001 } })).toMatchObject({
      code: 'limit_exceeded',
      pointers: ['/aggregators/0/histogram/bins'],
    });
    expect(refusing({ weighted_rate: { weight: 'count' } }, numbers)).toMatchObject({
      code: 'aggregator_not_applicable',
      pointers: ['/aggregators/0'],
    });
    expect(refusing({ weighted_rate: { weight: 'reached' } }, mixed)).toMatchObject({
      code: 'invalid_field',
      pointers: ['/aggregators/0/weighted_rate/weight'],
    });
  });

  it('has one histogram and one weight in a request', () => {
    const refused = refusal(() => parse([{ histogram: { bins: 2 } }, 'mean', { histogram: { width: 2 } }]));
    expect(refused).toMatchObject({ code: 'invalid_field', pointers: ['/aggregators/2'] });
  });

  it('refuses what is no list, or too long a one', () => {
    expect(refusal(() => parse('mean'))).toMatchObject({ code: 'invalid_field', pointers: ['/aggregators'] });
    expect(refusal(() => parse(Array.from({ length: 101 }, () => 'mean'))).code).toBe('limit_exceeded');
  });
});
