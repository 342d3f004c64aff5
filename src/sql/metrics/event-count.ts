import { EVENT_COUNT } from '../../core/metric/event-count.js';
import { COUNT_OF_FACTS, countOfTimes, metricCompiler } from './metric-sql.js';

export const EVENT_COUNT_SQL = metricCompiler(EVENT_COUNT, () => ({
  ofFacts: () => [COUNT_OF_FACTS],
  ofArrays: (isInside) => [countOfTimes(isInside)],
  numbers: ['events'],
  reasons: ['outcome'],
  decides: [],
  ofNone: {},
}));
