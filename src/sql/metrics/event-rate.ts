import { EVENT_RATE } from '../../core/metric/event-rate.js';
import type { ParamList } from '../compiled-query.js';
import { COUNT_OF_FACTS, countOfTimes, metricCompiler } from './metric-sql.js';

export const EVENT_RATE_SQL = metricCompiler(EVENT_RATE, ({ periodMs }) => {
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
});
