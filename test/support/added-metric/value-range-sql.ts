import { compileNumber } from '../../../src/sql/compile-filter.js';
import { metricCompiler } from '../../../src/sql/metrics/metric-sql.js';
import { VALUE_RANGE } from './value-range.js';

export const VALUE_RANGE_SQL = metricCompiler(VALUE_RANGE, ({ value }) => ({
  facts: (params) => [{ name: 'amount', event: compileNumber(value, params), change: 'nan', member: 'nan' }],
  ofFacts: () => ['groupArrayIf(amount, matched AND NOT isNaN(amount)) AS numbers_inside'],
  keeps: { amount: 'amounts' },
  ofArrays: (isInside) => [
    `arrayFilter((amount, at) -> ${isInside} AND NOT isNaN(amount), amounts, times) AS numbers_inside`,
  ],
  numbers: '[if(empty(numbers_inside), 0, arrayMax(numbers_inside) - arrayMin(numbers_inside))]',
  reasons: `[multiIf(outcome != '', outcome, empty(numbers_inside), 'not_numeric', '')]`,
}));
