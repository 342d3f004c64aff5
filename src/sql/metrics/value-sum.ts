import { VALUE_SUM } from '../../core/metric/value-sum.js';
import { compileNumber } from '../compile-filter.js';
import { COUNT_OF_FACTS, metricCompiler } from './metric-sql.js';

/**
 * Whole parts and fractions are added separately and combined last, so that sums of amounts such as 0.1 come out as the
 * nearest double almost always. ClickHouse: sumKahan alone is often the next but one.
 */
const PARTS = [
  ['whole', (amount: string) => `trunc(${amount})`],
  ['rest', (amount: string) => `${amount} - trunc(${amount})`],
] as const;
const SIGNS = [
  ['positive', '> 0'],
  ['negative', '< 0'],
] as const;

const SUMS = {
  net: '(positive_whole + negative_whole) + (positive_rest + negative_rest)',
  absolute: '(positive_whole - negative_whole) + (positive_rest - negative_rest)',
  positive: 'positive_whole + positive_rest',
  negative: 'negative_whole + negative_rest',
} as const;

/**
 * The sums, and as bits which of them there are not: events without numbers have none, and a sum beyond all doubles is
 * not a number either.
 */
const MEASURES = [
  ...Object.entries(SUMS).map(([name, sum]) => `${sum} AS sum_${name}`),
  `if(events > 0 AND numeric = 0, 15, ${Object.keys(SUMS)
    .map((name, bit) => `if(isFinite(sum_${name}), 0, ${2 ** bit})`)
    .join(' + ')}) AS lacking_sums`,
];

export const VALUE_SUM_SQL = metricCompiler(VALUE_SUM, ({ value }) => ({
  facts: (params) => [{ name: 'amount', event: compileNumber(value, params), change: 'nan', member: 'nan' }],
  ofFacts: () => [
    COUNT_OF_FACTS,
    'countIf(matched AND NOT isNaN(amount)) AS numeric',
    ...SIGNS.flatMap(([sign, test]) =>
      PARTS.map(([part, of]) => `sumKahanIf(${of('amount')}, matched AND amount ${test}) AS ${sign}_${part}`),
    ),
  ],
  keeps: { amount: 'amounts' },
  ofArrays: (isInside) => [
    `${isInside === null ? 'amounts' : `arrayFilter((amount, at) -> ${isInside}, amounts, times)`} AS inside`,
    'length(inside) AS events',
    'arrayCount(amount -> NOT isNaN(amount), inside) AS numeric',
    ...SIGNS.flatMap(([sign, test]) =>
      [`arrayFilter(amount -> amount ${test}, inside) AS ${sign}`].concat(
        PARTS.map(
          ([part, of]) => `arrayReduce('sumKahan', arrayMap(amount -> ${of('amount')}, ${sign})) AS ${sign}_${part}`,
        ),
      ),
    ),
  ],
  ofMeasures: MEASURES,
  numbers: [...Object.keys(SUMS).map((name) => `sum_${name}`), 'numeric'],
  reasons: [
    ...Object.keys(SUMS).map(
      (_, bit) => `multiIf(outcome != '', outcome, bitTest(lacking_sums, ${bit}), 'not_numeric', '')`,
    ),
    'outcome',
  ],
  decides: ['lacking_sums'],
  ofNone: { lacking_sums: '0' },
}));
