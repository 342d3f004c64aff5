import { THRESHOLD } from '../../core/metric/threshold.js';
import {
  COUNT_OF_FACTS,
  HAS_BEGUN,
  IS_CENSORED,
  metricCompiler,
  nthOfFacts,
  reached,
  SO_FAR_REASON,
  sortedInside,
} from './metric-sql.js';

export const THRESHOLD_SQL = metricCompiler(THRESHOLD, ({ n }) => ({
  ofFacts: (params) => [COUNT_OF_FACTS, reached(n, params), `${nthOfFacts(n, params)} AS nth_ms`],
  ofArrays: (isInside, params) => [
    sortedInside(isInside),
    'length(inside) AS events',
    reached(n, params),
    `inside[${params.add('UInt64', n)}] AS nth_ms`,
  ],
  readsBounds: true,
  numbers: ['is_reached', '(nth_ms - origin_ms) / 1000', IS_CENSORED, 'is_reached'],
  reasons: ['outcome', `multiIf(outcome != '', outcome, is_reached, '', 'never')`, 'user_reason', SO_FAR_REASON],
  decides: ['is_reached', HAS_BEGUN],
  ofNone: { is_reached: 'false' },
  ...(n === 1 ? { ofPresence: { is_reached: 'has_events' } } : {}),
}));
