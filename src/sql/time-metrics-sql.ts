import type { PlannedMetric } from '../core/request/run-plan.js';
import { COUNT_OF_FACTS, countOfTimes, nthOfFacts, reached, sortedInside, type MetricSql } from './metric-measures.js';
import type { ParamList } from './param-list.js';

export function eventRate(periodMs: number): MetricSql {
  const period = (params: ParamList): string => `${params.add('Float64', periodMs)} AS period_ms`;
  return {
    ofFacts: (params) => [COUNT_OF_FACTS, period(params)],
    ofArrays: (isInside, params) => [countOfTimes(isInside), period(params)],
    settled: null,
    readsBounds: true,
    // The longer an open window is observed, the lower the rate.
    changesAt: 'as_of_ms + 1',
    numbers: '[toFloat64(events), events / ((end_ms - start_ms) / period_ms AS periods), periods]',
    reasons: '[outcome, outcome, outcome]',
  };
}

/** First and last of an open window may be there already; only the first one stands. In a fixed one `end_ms` is never after as_of. */
const UNLESS_OPEN = `if(outcome = '' AND end_ms > as_of_ms, 'censored', outcome)`;

export const OCCURRENCE: MetricSql = {
  ofFacts: () => [COUNT_OF_FACTS, 'minIf(at_ms, matched) AS first_ms', 'maxIf(at_ms, matched) AS last_ms'],
  ofArrays: (isInside) => [
    sortedInside(isInside),
    'length(inside) AS events',
    'inside[1] AS first_ms',
    'inside[-1] AS last_ms',
  ],
  settled: 'events > 0',
  readsBounds: true,
  numbers: '[events > 0, toFloat64(events), toFloat64(first_ms), toFloat64(last_ms)]',
  reasons: `[
            outcome,
            ${UNLESS_OPEN} AS unless_open,
            if(outcome = '' AND events = 0, 'never', outcome),
            if(unless_open = '' AND events = 0, 'never', unless_open)
        ]`,
};

type TimeToThreshold = Extract<PlannedMetric, { kind: 'time_to_threshold' }>;

/** Events at the same time may stand in any order: the k-th of them has the same time. */
export function timeToThreshold({ first, threshold, unitMs }: TimeToThreshold): MetricSql {
  const needed = Math.max(...[first, threshold, 1].filter((n) => typeof n === 'number'));
  const unit = (params: ParamList): string => `${params.add('Float64', unitMs)} AS unit_ms`;
  return {
    ofFacts: (params) => [
      COUNT_OF_FACTS,
      reached(needed, params),
      ...(first === 'birth' ? [] : [`${nthOfFacts(first, params)} AS first_ms`]),
      `${threshold === 'last' ? 'maxIf(at_ms, matched)' : nthOfFacts(threshold, params)} AS until_ms`,
      unit(params),
    ],
    ofArrays: (isInside, params) => [
      sortedInside(isInside),
      'length(inside) AS events',
      reached(needed, params),
      ...(first === 'birth' ? [] : [`inside[${params.add('UInt64', first)}] AS first_ms`]),
      `inside[${threshold === 'last' ? '-1' : params.add('UInt64', threshold)}] AS until_ms`,
      unit(params),
    ],
    settled: threshold === 'last' ? null : 'is_reached',
    readsBounds: true,
    numbers: `[(until_ms - ${first === 'birth' ? 'origin_ms' : 'first_ms'}) / unit_ms]`,
    reasons: `[multiIf(outcome != '', outcome, is_reached, '', 'never')]`,
  };
}

/** One who registers later in a window that is not over is not counted until then. */
export const NEWLY_REGISTERED: MetricSql = {
  ofFacts: () => [],
  ofArrays: () => [],
  settled: null,
  readsBounds: true,
  changesAt: 'if(birth_ms >= as_of_ms, greatest(birth_ms, as_of_ms + 1), NULL)',
  numbers: '[birth_ms >= start_ms AND birth_ms < end_ms]',
  reasons: '[outcome]',
};
