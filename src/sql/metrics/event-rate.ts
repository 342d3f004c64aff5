import { EVENT_RATE } from '../../core/metric/event-rate.js';
import type { ParamList } from '../compiled-query.js';
import { COUNT_OF_FACTS, countOfTimes, metricCompiler } from './metric-sql.js';

const PERIODS = '(end_ms - start_ms) / period_ms';

export const EVENT_RATE_SQL = metricCompiler(EVENT_RATE, ({ periodMs }) => {
  const period = (params: ParamList): string => `${params.add('Float64', periodMs)} AS period_ms`;
  return {
    ofFacts: (params) => [COUNT_OF_FACTS, period(params)],
    ofArrays: (isInside, params) => [countOfTimes(isInside), period(params)],
    readsBounds: true,
    ofMeasures: ['end_ms = start_ms AS has_no_length'],
    // The longer an open window is observed, the lower the rate.
    changesAt: 'as_of_ms + 1',
    numbers: ['events', `events / (${PERIODS})`, PERIODS],
    reasons: ['outcome', `if(outcome = '' AND has_no_length, 'no_denominator', outcome)`, 'outcome'],
    decides: ['has_no_length'],
  };
});
