import type { MetricId } from '../../core/metric/catalogue.js';
import type { MetricPlan } from '../../core/metric/define-metric.js';
import { COUNT_BY_SQL } from './count-by.js';
import { DISTINCT_COUNT_SQL } from './distinct-count.js';
import { EVENT_COUNT_SQL } from './event-count.js';
import { EVENT_RATE_SQL } from './event-rate.js';
import { LAST_VALUE_SQL } from './last-value.js';
import { NEWLY_REGISTERED_SQL } from './newly-registered.js';
import { OCCURRENCE_SQL } from './occurrence.js';
import { REVERSAL_RATE_SQL } from './reversal-rate.js';
import { ROLLING_ACTIVE_SQL } from './rolling-active.js';
import { SESSIONS_SQL } from './sessions.js';
import { SURVIVAL_SQL } from './survival.js';
import { THRESHOLD_SQL } from './threshold.js';
import { TIME_TO_THRESHOLD_SQL } from './time-to-threshold.js';
import { VALUE_SUM_SQL } from './value-sum.js';
import type { MetricCompiler, MetricSql } from './metric-sql.js';

const BUILT_INS: Readonly<Record<MetricId, MetricCompiler>> = {
  event_count: EVENT_COUNT_SQL,
  value_sum: VALUE_SUM_SQL,
  event_rate: EVENT_RATE_SQL,
  threshold: THRESHOLD_SQL,
  time_to_threshold: TIME_TO_THRESHOLD_SQL,
  survival: SURVIVAL_SQL,
  occurrence: OCCURRENCE_SQL,
  reversal_rate: REVERSAL_RATE_SQL,
  rolling_active: ROLLING_ACTIVE_SQL,
  newly_registered: NEWLY_REGISTERED_SQL,
  distinct_count: DISTINCT_COUNT_SQL,
  count_by: COUNT_BY_SQL,
  last_value: LAST_VALUE_SQL,
  sessions: SESSIONS_SQL,
};

const compilers = new Map<string, MetricCompiler>();
for (const compiler of Object.values(BUILT_INS)) addMetricSql(compiler);

/**
 * Files the SQL of a metric beside the metric itself (`addMetric`).
 * @throws Error where the id is taken
 */
export function addMetricSql(compiler: MetricCompiler): void {
  if (compilers.has(compiler.id)) throw new Error(`The metric ${compiler.id} has SQL already`);
  compilers.set(compiler.id, compiler);
}

/** @throws Error for a metric without SQL */
export function metricSql(plan: MetricPlan): MetricSql {
  const compiler = compilers.get(plan.kind);
  if (compiler === undefined) throw new Error(`The metric ${plan.kind} has no SQL`);
  return compiler.compile(plan);
}
