import type { Column, ColumnType } from '../../../../src/core/metric/metric.js';
import { fits, quantileKey, quantileLevel } from '../../../../src/core/statistics/aggregators.js';

const OF_NUMBERS = ['mean', 'median', 'min', 'max', 'sum', 'std', 'variance', 'histogram', 'p90'];
const column = (type: ColumnType): Column => ({ name: 'c', type, description: '' });

describe('fits', () => {
  it.each<[ColumnType, string[]]>([
    ['number', [...OF_NUMBERS, 'weighted_rate']],
    ['duration', [...OF_NUMBERS, 'weighted_rate']],
    ['map', [...OF_NUMBERS, 'count_by_value']],
    ['boolean', ['proportion']],
    ['instant', ['median', 'min', 'max']],
    ['text', ['count_by_value']],
  ])('knows what can be said of a %s', (type, fitting) => {
    const all = [...OF_NUMBERS, 'proportion', 'weighted_rate', 'count_by_value', 'distinct'];
    expect(all.filter((name) => fits(name, column(type))).sort()).toEqual([...fitting].sort());
  });

  it('counts distinct values only where the column does', () => {
    expect(fits('distinct', { ...column('number'), countsDistinct: true })).toBe(true);
  });

  it('weights no column by itself', () => {
    const weighted = { weighted_rate: { weight: 'c' } };
    expect(fits(weighted, column('number'))).toBe(false);
    expect(fits(weighted, { ...column('number'), name: 'd' })).toBe(true);
    expect(fits(weighted, { ...column('boolean'), name: 'd' })).toBe(false);
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
