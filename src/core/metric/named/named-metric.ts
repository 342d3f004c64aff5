import type { JsonValue } from '../../json.js';
import type { MetricDefinition } from '../metric.js';

/** Parameters in canonical form, not necessarily all that a metric has. */
export type SomeParams = Readonly<Record<string, JsonValue>>;

/** A built-in of which some parameters are fixed and some of the open ones have other defaults. No parameter is in both. */
export interface NamedMetric {
  readonly definition: MetricDefinition;
  readonly fixed: SomeParams;
  readonly defaults: SomeParams;
}

/** What a property calls a named metric and tells about it. */
export interface NamedMetricFields extends NamedMetric {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

/** A built-in as a named metric that changes nothing. */
export function asItIs(definition: MetricDefinition): NamedMetric {
  return { definition, fixed: {}, defaults: {} };
}
