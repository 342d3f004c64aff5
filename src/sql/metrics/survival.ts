import { SURVIVAL } from '../../core/metric/survival.js';
import {
  COUNT_OF_FACTS,
  countOfTimes,
  HAS_BEGUN,
  IS_CENSORED,
  metricCompiler,
  reached,
  SO_FAR_REASON,
} from './metric-sql.js';

/** Without sunset a window has no end, and is never open. */
export const SURVIVAL_SQL = metricCompiler(SURVIVAL, ({ n, hasSunset }) => {
  const [soFar, why] = hasSunset ? [['is_reached'], [SO_FAR_REASON]] : [[], []];
  return {
    ofFacts: (params) => [COUNT_OF_FACTS, reached(n, params)],
    ofArrays: (isInside, params) => [countOfTimes(isInside), reached(n, params)],
    overlaps: true,
    numbers: ['is_reached', IS_CENSORED, ...soFar],
    reasons: ['outcome', 'user_reason', ...why],
    decides: ['is_reached', ...(hasSunset ? [HAS_BEGUN] : [])],
  };
});
