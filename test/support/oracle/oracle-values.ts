import type { PropertyValue } from '../../../src/core/event/filter.js';
import { Temporal } from 'temporal-polyfill';
import type { PlannedMetric } from '../../../src/core/metric/catalogue.js';
import type { DistinctCountPlan } from '../../../src/core/metric/distinct-count.js';
import { NEVER, type Outcome } from './oracle-outcome.js';
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

type LastValue = Extract<PlannedMetric, { kind: 'last_value' }>;

const JS_TYPES = { number: 'number', text: 'string', boolean: 'boolean' } as const;

/** By time, then name, client id and what stands for it. Of equal values the first is picked, but the last by time. */
export function lastValue(metric: LastValue, inside: readonly SentEvent[]): Omit<OracleRow, 'user'> {
  const held = inside
    .filter(({ properties }) => isOf(metric.type, properties[metric.property]))
    .sort(
      (a, b) =>
        a.timeMs - b.timeMs || bytes(a.name, b.name) || bytes(a.clientId, b.clientId) || a.contentHash - b.contentHash,
    )
    .map(({ timeMs, properties }) => ({ timeMs, value: properties[metric.property]! }));
  const counts = [
    { value: held.length },
    { value: held.filter(({ value }, i) => i > 0 && value !== held[i - 1]!.value).length },
  ];
  const own = pickedOf(metric.pick, held);
  const isText = metric.type === 'text';
  if (!own) return { columns: [NEVER, NEVER, ...counts], weight: 0, ...(isText && { maps: [{}] }) };
  const value: Outcome = { value: isText ? 0 : Number(own.value) + 0 };
  return {
    columns: [value, { value: own.timeMs }, ...counts],
    weight: 0,
    ...(isText && { maps: [{ [String(own.value)]: 1 }] }),
  };
}

interface Held {
  readonly timeMs: number;
  readonly value: PropertyValue;
}

function pickedOf(pick: LastValue['pick'], held: readonly Held[]): Held | undefined {
  if (pick === 'first') return held[0];
  if (pick === 'last') return held.at(-1);
  const sign = pick === 'max' ? 1 : -1;
  return held.reduce<Held | undefined>(
    (best, one) => (best === undefined || sign * compared(one.value, best.value) > 0 ? one : best),
    undefined,
  );
}

function compared(a: PropertyValue, b: PropertyValue): number {
  return typeof a === 'string' ? bytes(a, String(b)) : Number(a) - Number(b);
}

function isOf(type: LastValue['type'], value: PropertyValue | undefined): boolean {
  return typeof value === JS_TYPES[type] && (typeof value !== 'string' || [...value].length <= 200);
}

function bytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
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
