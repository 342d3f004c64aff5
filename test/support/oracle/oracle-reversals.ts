import type { PropertyValue } from '../../../src/core/event/filter.js';
import type { PlannedMetric } from '../../../src/core/metric/catalogue.js';
import { CENSORED, phaseOf, repeated, truth, type Outcome, type Window } from './oracle-outcome.js';
import type { OraclePlan } from './oracle.js';
import type { SentEvent } from './world.js';

type ReversalRate = Extract<PlannedMetric, { kind: 'reversal_rate' }>;

/** `all`: every event that a run sees, by anyone; `inside`: the user's events of the window that match. */
export function reversalRate(
  metric: ReversalRate,
  { asOfMs, selector }: OraclePlan,
  window: Window,
  all: readonly SentEvent[],
  inside: readonly SentEvent[],
): Outcome[] {
  if (phaseOf(window, asOfMs) === 'ahead') return repeated(4, CENSORED);
  const matching = all.filter(({ name }) => selector.event === null || selector.event.includes(name));
  const judged = inside.filter((event) => isInHistory(metric, event));
  const reversed = judged.filter((event) => isReversed(metric, event, historyOf(metric, event, matching)));
  const rate: Outcome = judged.length === 0 ? { reason: 'no_denominator' } : { value: reversed.length / judged.length };
  return [truth(reversed.length > 0), { value: reversed.length }, { value: judged.length }, rate];
}

function isReversed(
  { content, lookAhead, lookBack, ignoreSelf }: ReversalRate,
  event: SentEvent,
  history: readonly SentEvent[],
): boolean {
  const place = history.indexOf(event);
  const before = history.slice(Math.max(0, place - lookBack), place).map((other) => property(other, content));
  const first = history
    .slice(place + 1, place + 1 + lookAhead)
    .find(
      (other) => property(other, content) !== property(event, content) && before.includes(property(other, content)),
    );
  return first !== undefined && (!ignoreSelf || first.user !== event.user);
}

/** By time, then identity. */
function historyOf(metric: ReversalRate, event: SentEvent, matching: readonly SentEvent[]): readonly SentEvent[] {
  return matching
    .filter((other) => isInHistory(metric, other) && property(other, metric.object) === property(event, metric.object))
    .sort(
      (a, b) =>
        a.timeMs - b.timeMs ||
        byBytes(a.user, b.user) ||
        byBytes(a.name, b.name) ||
        byBytes(a.clientId, b.clientId) ||
        a.contentHash - b.contentHash,
    );
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isInHistory({ object, content }: ReversalRate, event: SentEvent): boolean {
  return property(event, object) !== undefined && property(event, content) !== undefined;
}

/** -0 is 0. */
function property({ properties }: SentEvent, name: string): PropertyValue | undefined {
  const value = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return typeof value === 'number' ? value + 0 : value;
}
