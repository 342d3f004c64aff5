import { invalid } from '../failure.js';
import { isGiven, listed, quoted } from '../json-shape.js';
import type { CanonicalRequest } from '../request/canonical-request.js';
import { COUNT_BY } from './count-by.js';
import type { MetricDefinition } from './define-metric.js';
import { DISTINCT_COUNT } from './distinct-count.js';
import { EVENT_COUNT } from './event-count.js';
import { EVENT_RATE } from './event-rate.js';
import type { Column } from './metric.js';
import { LAST_VALUE } from './last-value.js';
import { NEWLY_REGISTERED } from './newly-registered.js';
import { OCCURRENCE } from './occurrence.js';
import { REVERSAL_RATE } from './reversal-rate.js';
import { ROLLING_ACTIVE } from './rolling-active.js';
import { SESSIONS } from './sessions.js';
import { SURVIVAL } from './survival.js';
import { THRESHOLD } from './threshold.js';
import { TIME_TO_THRESHOLD } from './time-to-threshold.js';
import { VALUE_SUM } from './value-sum.js';

const BUILT_INS = [
  EVENT_COUNT,
  VALUE_SUM,
  EVENT_RATE,
  THRESHOLD,
  TIME_TO_THRESHOLD,
  SURVIVAL,
  OCCURRENCE,
  REVERSAL_RATE,
  ROLLING_ACTIVE,
  NEWLY_REGISTERED,
  DISTINCT_COUNT,
  COUNT_BY,
  LAST_VALUE,
  SESSIONS,
] as const;

/** The ids of the built-in metrics. */
export type MetricId = (typeof BUILT_INS)[number]['id'];
export const METRIC_IDS: readonly MetricId[] = BUILT_INS.map(({ id }) => id);

/** The plan of a built-in metric. */
export type PlannedMetric = ReturnType<(typeof BUILT_INS)[number]['plan']>;

const metrics = new Map<string, MetricDefinition>();
for (const definition of BUILT_INS) addMetric(definition);

/**
 * Files a metric: requests can name it from then on. Its SQL is filed beside it (`addMetricSql`).
 * @throws Error where the id is taken
 */
export function addMetric(definition: MetricDefinition): void {
  if (metrics.has(definition.id)) throw new Error(`There is a metric ${definition.id} already`);
  metrics.set(definition.id, definition);
}

export function isMetricId(value: unknown): value is string {
  return typeof value === 'string' && metrics.has(value);
}

/** @throws Error for an id that is not filed */
export function metric(id: string): MetricDefinition {
  const definition = metrics.get(id);
  if (definition === undefined) throw new Error(`There is no metric ${id}`);
  return definition;
}

/** The columns of a request: those of its metric, in the units that its parameters ask for. */
export function columnsOf({ metric: id, params }: Pick<CanonicalRequest, 'metric' | 'params'>): readonly Column[] {
  return metric(id).columnsFor(params);
}

/** The `metric` of a request. 422: `invalid_field` where it is missing or no text, `unknown_metric`. */
export function parseMetric(value: unknown, pointer: string): MetricDefinition {
  if (isMetricId(value)) return metric(value);
  const known = `the metrics are ${listed([...metrics.keys()])}`;
  if (!isGiven(value)) throw invalid('invalid_field', pointer, `Give a metric; ${known}.`);
  if (typeof value !== 'string') throw invalid('invalid_field', pointer, `A metric is named by a text; ${known}.`);
  throw invalid('unknown_metric', pointer, `There is no metric ${quoted(value)}; ${known}.`);
}
