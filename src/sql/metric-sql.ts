import type { PlannedMetric } from '../core/request/run-plan.js';
import {
  COUNT_OF_FACTS,
  countOfTimes,
  nthOfFacts,
  reached,
  SO_FAR_REASON,
  sortedInside,
  type MetricSql,
} from './metric-measures.js';
import { REVERSAL_RATE } from './reversals.js';
import { rollingActive } from './rolling-active-sql.js';
import { eventRate, NEWLY_REGISTERED, OCCURRENCE, timeToThreshold } from './time-metrics-sql.js';
import { countBy, distinctCount } from './value-metrics-sql.js';

/** The SQL of a metric: this and the catalogue are all that there is to a metric. */
export function metricSql(metric: PlannedMetric): MetricSql {
  switch (metric.kind) {
    case 'event_count':
      return EVENT_COUNT;
    case 'value_sum':
      return VALUE_SUM;
    case 'event_rate':
      return eventRate(metric.periodMs);
    case 'threshold':
      return threshold(metric.n);
    case 'time_to_threshold':
      return timeToThreshold(metric);
    case 'occurrence':
      return OCCURRENCE;
    case 'reversal_rate':
      return REVERSAL_RATE;
    case 'rolling_active':
      return rollingActive(metric);
    case 'newly_registered':
      return NEWLY_REGISTERED;
    case 'distinct_count':
      return distinctCount(metric);
    case 'count_by':
      return countBy(metric);
    case 'survival':
      return survival(metric);
  }
}

const IS_CENSORED = `outcome = 'censored'`;

const EVENT_COUNT: MetricSql = {
  ofFacts: () => [COUNT_OF_FACTS],
  ofArrays: (isInside) => [countOfTimes(isInside)],
  numbers: '[events]',
  reasons: '[outcome]',
};

/** Without sunset a window has no end, and is never open. */
function survival({ n, hasSunset }: Extract<PlannedMetric, { kind: 'survival' }>): MetricSql {
  const [soFar, why] = hasSunset ? [', is_reached', `, ${SO_FAR_REASON}`] : ['', ''];
  return {
    ofFacts: (params) => [COUNT_OF_FACTS, reached(n, params)],
    ofArrays: (isInside, params) => [countOfTimes(isInside), reached(n, params)],
    overlaps: true,
    numbers: `[is_reached, ${IS_CENSORED}${soFar}]`,
    reasons: `[outcome, user_reason${why}]`,
  };
}

function threshold(n: number): MetricSql {
  return {
    ofFacts: (params) => [COUNT_OF_FACTS, reached(n, params), `${nthOfFacts(n, params)} AS nth_ms`],
    ofArrays: (isInside, params) => [
      sortedInside(isInside),
      'length(inside) AS events',
      reached(n, params),
      `inside[${params.add('UInt64', n)}] AS nth_ms`,
    ],
    readsBounds: true,
    numbers: `[is_reached, (nth_ms - origin_ms) / 1000, ${IS_CENSORED}, is_reached]`,
    reasons: `[outcome, multiIf(outcome != '', outcome, is_reached, '', 'never'), user_reason, ${SO_FAR_REASON}]`,
  };
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
  keeps: ['amount'],
  ofArrays: (isInside) => [
    `arrayFilter((amount, at) -> ${isInside}, amounts, times) AS inside`,
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
  numbers: `arrayPushBack(${SUMS} AS sums, toFloat64(numeric))`,
  reasons: `arrayPushBack(arrayMap(sum -> multiIf(outcome != '', outcome, ${HAS_NO_SUM}, 'not_numeric', ''), sums), outcome)`,
};
