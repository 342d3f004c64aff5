import type { PlannedMetric } from '../core/request/run-plan.js';
import type { ParamList } from './param-list.js';

/**
 * A metric in SQL. What is measured of a user is computed from facts where the window is the same for all (`matched` is cut to it then), else from the arrays
 * `times` and `amounts` of the matching events, once the user's window is known; either way under the same names.
 */
export interface MetricSql {
  /** Measures over the facts of a user. */
  ofFacts(params: ParamList): readonly string[];
  /** Whether `amounts` are kept beside `times`: of the same events, in the same order. */
  readonly keepsAmounts: boolean;
  /** Measures over a user's arrays; `isInside` is a condition on `at`. */
  ofArrays(isInside: string, params: ParamList): readonly string[];
  /** A condition on the measures of an open window: they stand, whatever comes later in it. Null: never. */
  readonly settled: string | null;
  /** One number for each column, in the catalogue's order. `outcome` is why a user has no measures: `user_reason`, or `censored`. */
  readonly numbers: string;
  /** Why the numbers do not count; empty: they do. */
  readonly reasons: string;
}

/** The SQL of a metric: this and the catalogue are all that there is to a metric. */
export function metricSql(metric: PlannedMetric): MetricSql {
  switch (metric.kind) {
    case 'event_count':
      return EVENT_COUNT;
    case 'value_sum':
      return VALUE_SUM;
    case 'threshold':
      return threshold(metric.n);
    case 'survival':
      return survival(metric.n);
  }
}

const COUNT_OF_FACTS = 'countIf(matched) AS events';
const IS_CENSORED = `outcome = 'censored'`;

function countOfTimes(isInside: string): string {
  return `arrayCount(at -> ${isInside}, times) AS events`;
}

const EVENT_COUNT: MetricSql = {
  ofFacts: () => [COUNT_OF_FACTS],
  keepsAmounts: false,
  ofArrays: (isInside) => [countOfTimes(isInside)],
  settled: null,
  numbers: '[events]',
  reasons: '[outcome]',
};

function survival(n: number): MetricSql {
  return {
    ofFacts: (params) => [COUNT_OF_FACTS, reached(n, params)],
    keepsAmounts: false,
    ofArrays: (isInside, params) => [countOfTimes(isInside), reached(n, params)],
    settled: 'is_reached',
    numbers: `[is_reached, ${IS_CENSORED}]`,
    reasons: '[outcome, user_reason]',
  };
}

function threshold(n: number): MetricSql {
  return {
    ofFacts: (params) => [COUNT_OF_FACTS, reached(n, params), `${nthOfFacts(n, params)} AS nth_ms`],
    keepsAmounts: false,
    ofArrays: (isInside, params) => [
      `arraySort(arrayFilter(at -> ${isInside}, times)) AS inside`,
      'length(inside) AS events',
      reached(n, params),
      `inside[${params.add('UInt64', n)}] AS nth_ms`,
    ],
    settled: 'is_reached',
    numbers: `[is_reached, (nth_ms - start_ms) / 1000, ${IS_CENSORED}]`,
    reasons: `[outcome, multiIf(outcome != '', outcome, is_reached, '', 'never'), user_reason]`,
  };
}

function reached(n: number, params: ParamList): string {
  return `events >= ${params.add('UInt64', n)} AS is_reached`;
}

/** The first needs no array of all times. */
function nthOfFacts(n: number, params: ParamList): string {
  return n === 1 ? 'minIf(at_ms, matched)' : `arraySort(groupArrayIf(at_ms, matched))[${params.add('UInt64', n)}]`;
}

/**
 * Whole parts and fractions are added apart and put together last, so that sums of amounts such as 0.1 come out as the nearest double almost always.
 * ClickHouse: sumKahan alone is often the next but one.
 */
const PARTS = [
  ['whole', (amount: string) => `trunc(${amount})`],
  ['rest', (amount: string) => `${amount} - trunc(${amount})`],
] as const;
const SIGNS = [
  ['positive', '> 0'],
  ['negative', '< 0'],
] as const;

const SUMS = `[
            (positive_whole + negative_whole) + (positive_rest + negative_rest),
            (positive_whole - negative_whole) + (positive_rest - negative_rest),
            positive_whole + positive_rest,
            negative_whole + negative_rest
        ]`;
/** Events without numbers have none; and a sum beyond all doubles is not a number either. */
const HAS_NO_SUM = 'events > 0 AND numeric = 0 OR NOT isFinite(sum)';

const VALUE_SUM: MetricSql = {
  ofFacts: () => [
    COUNT_OF_FACTS,
    'countIf(matched AND NOT isNaN(amount)) AS numeric',
    ...SIGNS.flatMap(([sign, test]) =>
      PARTS.map(([part, of]) => `sumKahanIf(${of('amount')}, matched AND amount ${test}) AS ${sign}_${part}`),
    ),
  ],
  keepsAmounts: true,
  ofArrays: (isInside) => [
    `arrayFilter((amount, at) -> ${isInside}, amounts, times) AS inside`,
    'length(inside) AS events',
    'arrayCount(amount -> NOT isNaN(amount), inside) AS numeric',
    ...SIGNS.flatMap(([sign, test]) => [
      `arrayFilter(amount -> amount ${test}, inside) AS ${sign}`,
      ...PARTS.map(
        ([part, of]) => `arrayReduce('sumKahan', arrayMap(amount -> ${of('amount')}, ${sign})) AS ${sign}_${part}`,
      ),
    ]),
  ],
  settled: null,
  numbers: `arrayPushBack(${SUMS} AS sums, toFloat64(numeric))`,
  reasons: `arrayPushBack(arrayMap(sum -> multiIf(outcome != '', outcome, ${HAS_NO_SUM}, 'not_numeric', ''), sums), outcome)`,
};
