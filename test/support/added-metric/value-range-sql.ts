import { compileNumber } from '../../../src/sql/compile-filter.js';
import { metricCompiler } from '../../../src/sql/metrics/metric-sql.js';
import { VALUE_RANGE } from './value-range.js';

const IS_EMPTY = 'empty(numbers_inside) AS is_empty';

export const VALUE_RANGE_SQL = metricCompiler(VALUE_RANGE, ({ value }) => ({
  facts: (params) => [{ name: 'amount', event: compileNumber(value, params), change: 'nan', member: 'nan' }],
  ofFacts: () => ['groupArrayIf(amount, matched AND NOT isNaN(amount)) AS numbers_inside', IS_EMPTY],
  keeps: { amount: 'amounts' },
  ofArrays: (isInside) => [
    `arrayFilter((amount, at) -> ${isInside ?? 'true'} AND NOT isNaN(amount), amounts, times) AS numbers_inside`,
    IS_EMPTY,
  ],
  numbers: ['if(is_empty, 0, arrayMax(numbers_inside) - arrayMin(numbers_inside))'],
  reasons: [`multiIf(outcome != '', outcome, is_empty, 'not_numeric', '')`],
  decides: ['is_empty'],
}));
