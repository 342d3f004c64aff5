import { COUNT_BY } from '../../core/metric/count-by.js';
import type { ParamList } from '../compiled-query.js';
import { hasProperty, valueText } from '../compile-filter.js';
import { COUNTED_VALUES, countedFact, countedInside, metricCompiler } from './metric-sql.js';

export const COUNT_BY_SQL = metricCompiler(COUNT_BY, ({ property, values }) => {
  // ClickHouse: a sum over maps that are all empty is one too, and mapAdd() of it with the zeros of the given values
  // leaves these.
  return {
    facts: (params) => [countedFact(valueText(property, params), `''`)],
    counts: (params) => {
      const isThere = hasProperty(property, params);
      if (values === null) return isThere;
      return `${isThere} AND ${valueText(property, params)} IN ${params.add('Array(String)', values)}`;
    },
    ofFacts: (params) => ['sumMapIf(map(counted, toFloat64(1)), matched) AS found', ...zeros(values, params)],
    keeps: COUNTED_VALUES,
    ofArrays: (isInside, params) => [
      `arrayReduce('sumMap', arrayMap(value -> map(value, toFloat64(1)), ${countedInside(isInside)})) AS found`,
      ...zeros(values, params),
    ],
    numbers: ['0'],
    reasons: ['outcome'],
    decides: [],
    maps: `[if(outcome = '', ${values === null ? 'found' : 'mapUpdate(zeros, found)'}, CAST(map(), 'Map(String, Float64)'))]`,
  };
});

function zeros(values: readonly string[] | null, params: ParamList): readonly string[] {
  if (values === null) return [];
  const keys = params.add('Array(String)', values);
  return [`mapFromArrays(${keys}, arrayMap(key -> toFloat64(0), ${keys})) AS zeros`];
}
