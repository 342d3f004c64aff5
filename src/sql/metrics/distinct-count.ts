import { DISTINCT_COUNT, type DistinctCountPlan } from '../../core/metric/distinct-count.js';
import type { ParamList } from '../compiled-query.js';
import { dayNumber, hasProperty, valueHash } from '../compile-filter.js';
import { COUNTED_VALUES, countedFact, countedInside, metricCompiler } from './metric-sql.js';

export const DISTINCT_COUNT_SQL = metricCompiler(DISTINCT_COUNT, ({ of, keepsSets }) => {
  const set = keepsSets ? { sets: 'distinct_values' } : {};
  return {
    facts: (params) => [countedFact(valueOf(of, params), 'toUInt128(0)')],
    counts: (params) => (of.kind === 'day' ? null : hasProperty(of.property, params)),
    ofFacts: () =>
      keepsSets
        ? ['groupUniqArrayIf(counted, matched) AS distinct_values']
        : ['uniqExactIf(counted, matched) AS distinct_count'],
    keeps: COUNTED_VALUES,
    ofArrays: (isInside) =>
      keepsSets
        ? [`arrayDistinct(${countedInside(isInside)}) AS distinct_values`]
        : [`arrayUniq(${countedInside(isInside)}) AS distinct_count`],
    numbers: [keepsSets ? 'length(distinct_values)' : 'distinct_count'],
    reasons: ['outcome'],
    decides: [],
    ofNone: {},
    ...set,
  };
});

function valueOf(of: DistinctCountPlan['of'], params: ParamList): string {
  return of.kind === 'day' ? dayNumber(of.timeZone, params) : valueHash(of.property, params);
}
