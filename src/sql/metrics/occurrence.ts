import { OCCURRENCE } from '../../core/metric/occurrence.js';
import { COUNT_OF_FACTS, HAS_BEGUN, metricCompiler, SO_FAR_REASON, sortedInside } from './metric-sql.js';

const HAS_OCCURRED = 'events > 0 AS has_occurred';
const OF_TIMES = `if(outcome = '' AND NOT has_occurred, 'never', outcome)`;

export const OCCURRENCE_SQL = metricCompiler(OCCURRENCE, () => ({
  ofFacts: () => [
    COUNT_OF_FACTS,
    HAS_OCCURRED,
    'minIf(at_ms, matched) AS first_ms',
    'maxIf(at_ms, matched) AS last_ms',
  ],
  ofArrays: (isInside) => [
    sortedInside(isInside),
    'length(inside) AS events',
    HAS_OCCURRED,
    'inside[1] AS first_ms',
    'inside[-1] AS last_ms',
  ],
  numbers: ['has_occurred', 'events', 'first_ms', 'last_ms', 'has_occurred'],
  reasons: ['outcome', 'outcome', OF_TIMES, OF_TIMES, SO_FAR_REASON],
  decides: ['has_occurred', HAS_BEGUN],
  ofNone: { has_occurred: 'false' },
  ofPresence: { has_occurred: 'has_events' },
}));
