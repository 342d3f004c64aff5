import { invalid } from '../failure.js';
import { isGiven, listed, quoted } from '../json-shape.js';
import { COUNT_BY } from './count-by.js';
import { DISTINCT_COUNT } from './distinct-count.js';
import { EVENT_COUNT } from './event-count.js';
import { EVENT_RATE } from './event-rate.js';
import { METRIC_IDS, type MetricDefinition, type MetricId } from './metric.js';
import { NEWLY_REGISTERED } from './newly-registered.js';
import { OCCURRENCE } from './occurrence.js';
import { REVERSAL_RATE } from './reversal-rate.js';
import { ROLLING_ACTIVE } from './rolling-active.js';
import { SURVIVAL } from './survival.js';
import { THRESHOLD } from './threshold.js';
import { TIME_TO_THRESHOLD } from './time-to-threshold.js';
import { VALUE_SUM } from './value-sum.js';

/** Every metric there is: what validation, documentation and shaping know of it. What it means in SQL is one branch in `sql/`. */
export const METRICS: Readonly<Record<MetricId, MetricDefinition>> = {
  event_count: EVENT_COUNT,
  value_sum: VALUE_SUM,
  event_rate: EVENT_RATE,
  threshold: THRESHOLD,
  time_to_threshold: TIME_TO_THRESHOLD,
  survival: SURVIVAL,
  occurrence: OCCURRENCE,
  reversal_rate: REVERSAL_RATE,
  rolling_active: ROLLING_ACTIVE,
  newly_registered: NEWLY_REGISTERED,
  distinct_count: DISTINCT_COUNT,
  count_by: COUNT_BY,
};

export function isMetricId(value: unknown): value is MetricId {
  return METRIC_IDS.some((id) => id === value);
}

export function metric(id: MetricId): MetricDefinition {
  return METRICS[id];
}

/** The `metric` of a request. 422: `invalid_field` where it is missing or no text, `unknown_metric`. */
export function parseMetric(value: unknown, pointer: string): MetricDefinition {
  if (isMetricId(value)) return METRICS[value];
  const known = `the metrics are ${listed(METRIC_IDS)}`;
  if (!isGiven(value)) throw invalid('invalid_field', pointer, `Give a metric; ${known}.`);
  if (typeof value !== 'string') throw invalid('invalid_field', pointer, `A metric is named by a text; ${known}.`);
  throw invalid('unknown_metric', pointer, `There is no metric ${quoted(value)}; ${known}.`);
}
