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
import type { ParamList } from './param-list.js';

export function eventRate(periodMs: number): MetricSql {
  const period = (params: ParamList): string => `${params.add('Float64', periodMs)} AS period_ms`;
  return {
    ofFacts: (params) => [COUNT_OF_FACTS, period(params)],
    ofArrays: (isInside, params) => [countOfTimes(isInside), period(params)],
    readsBounds: true,
    // The longer an open window is observed, the lower the rate.
    changesAt: 'as_of_ms + 1',
    numbers: '[toFloat64(events), events / ((end_ms - start_ms) / period_ms AS periods), periods]',
    reasons: `[outcome, if(outcome = '' AND end_ms = start_ms, 'no_denominator', outcome), outcome]`,
  };
}

export const OCCURRENCE: MetricSql = {
  ofFacts: () => [COUNT_OF_FACTS, 'minIf(at_ms, matched) AS first_ms', 'maxIf(at_ms, matched) AS last_ms'],
  ofArrays: (isInside) => [
    sortedInside(isInside),
    'length(inside) AS events',
    'inside[1] AS first_ms',
    'inside[-1] AS last_ms',
  ],
  numbers: '[events > 0, toFloat64(events), toFloat64(first_ms), toFloat64(last_ms), events > 0]',
  reasons: `[outcome, outcome, if(outcome = '' AND events = 0, 'never', outcome) AS of_times, of_times, ${SO_FAR_REASON}]`,
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
    readsBounds: true,
    // While more may come, none is the last.
    numbers: `[(until_ms - ${first === 'birth' ? 'origin_ms' : 'first_ms'}) / unit_ms, ${threshold === 'last' ? '0' : 'is_reached'}]`,
    reasons: `[multiIf(outcome != '', outcome, is_reached, '', 'never'), ${SO_FAR_REASON}]`,
  };
}

/** One who registers later in a window that is not over is not counted until then. */
export const NEWLY_REGISTERED: MetricSql = {
  ofFacts: () => [],
  ofArrays: () => [],
  readsBounds: true,
  changesAt: 'if(birth_ms >= as_of_ms, greatest(birth_ms, as_of_ms + 1), NULL)',
  numbers: '[birth_ms >= start_ms AND birth_ms < end_ms]',
  reasons: '[outcome]',
};
