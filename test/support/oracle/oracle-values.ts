import { Temporal } from 'temporal-polyfill';
import type { PlannedMetric } from '../../../src/core/metric/catalogue.js';
import type { DistinctCountPlan } from '../../../src/core/metric/distinct-count.js';
import type { OracleRow } from './oracle.js';
import type { SentEvent } from './world.js';

type ByValue = Extract<PlannedMetric, { kind: 'distinct_count' | 'count_by' }>;

/** The distinct values of a user's events in the window, or how many events there are of each. */
export function byValue(metric: ByValue, inside: readonly SentEvent[]): Omit<OracleRow, 'user'> {
  if (metric.kind === 'count_by') {
    return { columns: [{ value: 0 }], weight: 0, maps: [counts(metric.property, metric.values, inside)] };
  }
  const values = [...new Set(inside.flatMap((event) => typedValue(metric.of, event)))];
  return { columns: [{ value: values.length }], weight: 0, values };
}

/** With its type; nothing of an event without one. */
function typedValue(of: DistinctCountPlan['of'], { timeMs, properties }: SentEvent): string[] {
  if (of.kind === 'day') {
    return [Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(of.timeZone).toPlainDate().toString()];
  }
  const value = properties[of.property];
  return value === undefined ? [] : [JSON.stringify(value)];
}

function counts(
  property: string,
  values: readonly string[] | null,
  inside: readonly SentEvent[],
): Record<string, number> {
  const found: Record<string, number> = Object.fromEntries((values ?? []).map((value) => [value, 0]));
  for (const { properties } of inside) {
    const value = properties[property];
    if (value === undefined) continue;
    const key = String(value);
    if (values === null || values.includes(key)) found[key] = (found[key] ?? 0) + 1;
  }
  return found;
}
