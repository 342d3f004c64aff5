import { TIME_TO_THRESHOLD } from '../../core/metric/time-to-threshold.js';
import type { ParamList } from '../compiled-query.js';
import {
  COUNT_OF_FACTS,
  HAS_BEGUN,
  metricCompiler,
  nthOfFacts,
  reached,
  SO_FAR_REASON,
  sortedInside,
} from './metric-sql.js';

/** Events at the same time may stand in any order: the k-th of them has the same time. */
export const TIME_TO_THRESHOLD_SQL = metricCompiler(TIME_TO_THRESHOLD, ({ first, threshold, unitMs }) => {
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
    numbers: [
      `(until_ms - ${first === 'birth' ? 'origin_ms' : 'first_ms'}) / unit_ms`,
      threshold === 'last' ? 'false' : 'is_reached',
    ],
    reasons: [`multiIf(outcome != '', outcome, is_reached, '', 'never')`, SO_FAR_REASON],
    decides: ['is_reached', HAS_BEGUN],
    ofNone: { is_reached: 'false' },
  };
});
