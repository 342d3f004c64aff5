import type { Column } from '../../src/core/metric/metric.js';
import type { RunPlan, RunTarget } from '../../src/core/request/run-plan.js';
import type { Aggregator } from '../../src/core/statistics/aggregators.js';
import { readAggregateAnswers, type RunAggregates } from '../../src/sql/read-aggregates.js';
import type { AggregateBounds, RunValuesStore } from '../../src/stores/clickhouse/run-values-store.js';

const UNBOUNDED: AggregateBounds = { groups: () => undefined, bytes: () => undefined };

/** What a measured attempt comes to, whatever its size. */
export async function aggregatesOf(
  store: RunValuesStore,
  plan: RunPlan,
  target: RunTarget,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): Promise<RunAggregates> {
  return readAggregateAnswers(
    await store.aggregates(plan, target, columns, aggregators, UNBOUNDED),
    columns,
    aggregators,
  );
}
