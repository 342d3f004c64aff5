import { OCCURRENCE } from '../../core/metric/occurrence.js';
import { COUNT_OF_FACTS, metricCompiler, SO_FAR_REASON, sortedInside } from './metric-sql.js';

export const OCCURRENCE_SQL = metricCompiler(OCCURRENCE, () => ({
  ofFacts: () => [COUNT_OF_FACTS, 'minIf(at_ms, matched) AS first_ms', 'maxIf(at_ms, matched) AS last_ms'],
  ofArrays: (isInside) => [
    sortedInside(isInside),
    'length(inside) AS events',
    'inside[1] AS first_ms',
    'inside[-1] AS last_ms',
  ],
  numbers: '[events > 0, toFloat64(events), toFloat64(first_ms), toFloat64(last_ms), events > 0]',
  reasons: `[outcome, outcome, if(outcome = '' AND events = 0, 'never', outcome) AS of_times, of_times, ${SO_FAR_REASON}]`,
}));
