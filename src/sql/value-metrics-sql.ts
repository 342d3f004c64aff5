import type { PlannedMetric, PlannedValue } from '../core/request/run-plan.js';
import type { MetricSql } from './metric-measures.js';
import type { ParamList } from './param-list.js';
import { isInHistory } from './reversals.js';
import { dayNumber, hasProperty, valueHash, valueText } from './property-value.js';

type DistinctCount = Extract<PlannedMetric, { kind: 'distinct_count' }>;
type CountBy = Extract<PlannedMetric, { kind: 'count_by' }>;

/** What these metrics look at in an event, its type in the engine, and a condition: only the events that hold it are measured. */
export interface ValueSql {
  readonly value: string;
  readonly none: string;
}

/** The value of an event that is counted; null: the metric counts none. */
export function countedValue(metric: PlannedMetric, params: ParamList): ValueSql | null {
  if (metric.kind === 'count_by') return { value: valueText(metric.property, params), none: `''` };
  if (metric.kind !== 'distinct_count') return null;
  const { of } = metric;
  const value = of.kind === 'day' ? dayNumber(of.timeZone, params) : valueHash(of.property, params);
  return { value, none: 'toUInt128(0)' };
}

/** A condition on an event: it has what the metric looks at. Null: every event has. */
export function hasCountedValue(metric: PlannedMetric, params: ParamList): string | null {
  if (metric.kind === 'reversal_rate') return isInHistory(metric, params);
  if (metric.kind === 'distinct_count') return ofProperty(metric.of, params);
  if (metric.kind !== 'count_by') return null;
  const isThere = hasProperty(metric.property, params);
  if (metric.values === null) return isThere;
  return `${isThere} AND ${valueText(metric.property, params)} IN ${params.add('Array(String)', metric.values)}`;
}

function ofProperty(of: PlannedValue, params: ParamList): string | null {
  return of.kind === 'day' ? null : hasProperty(of.property, params);
}

const inside = (isInside: string): string => `arrayFilter((value, at) -> ${isInside}, counted_values, times)`;

export function distinctCount({ keepsSets }: DistinctCount): MetricSql {
  const set = keepsSets ? { sets: `[if(outcome = '', distinct_values, [])]` } : {};
  return {
    ofFacts: () =>
      keepsSets
        ? ['groupUniqArrayIf(counted, matched) AS distinct_values']
        : ['uniqExactIf(counted, matched) AS distinct_count'],
    keeps: ['counted'],
    ofArrays: (isInside) =>
      keepsSets
        ? [`arrayDistinct(${inside(isInside)}) AS distinct_values`]
        : [`arrayUniq(${inside(isInside)}) AS distinct_count`],
    numbers: keepsSets ? '[length(distinct_values)]' : '[distinct_count]',
    reasons: '[outcome]',
    ...set,
  };
}

export function countBy({ values }: CountBy): MetricSql {
  // ClickHouse: a sum over maps that are all empty is one too, and mapAdd() of it with the zeros of the asked values leaves these.
  return {
    ofFacts: (params) => ['sumMapIf(map(counted, toFloat64(1)), matched) AS found', ...zeros(values, params)],
    keeps: ['counted'],
    ofArrays: (isInside, params) => [
      `arrayReduce('sumMap', arrayMap(value -> map(value, toFloat64(1)), ${inside(isInside)})) AS found`,
      ...zeros(values, params),
    ],
    numbers: '[0]',
    reasons: '[outcome]',
    maps: `[if(outcome = '', ${values === null ? 'found' : 'mapUpdate(zeros, found)'}, CAST(map(), 'Map(String, Float64)'))]`,
  };
}

function zeros(values: readonly string[] | null, params: ParamList): readonly string[] {
  if (values === null) return [];
  const keys = params.add('Array(String)', values);
  return [`mapFromArrays(${keys}, arrayMap(key -> toFloat64(0), ${keys})) AS zeros`];
}
