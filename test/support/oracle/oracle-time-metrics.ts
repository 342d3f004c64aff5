import type { PlannedMetric } from '../../../src/core/metric/catalogue.js';
import type { RunPlan } from '../../../src/core/request/run-plan.js';
import { NEVER, truth, type Outcome, type Window } from './oracle-outcome.js';
import type { SentEvent } from './world.js';

type AsOf = Pick<RunPlan, 'asOfMs'>;

/** What docs/semantics.md says of rates: a fixed window that is not over is taken up to as_of. */
export function eventRate(periodMs: number, { asOfMs }: AsOf, window: Window, count: number): Outcome[] {
  const observedMs = Math.min(asOfMs, window.endMs) - window.startMs;
  const period = observedMs / periodMs;
  const rate: Outcome = period === 0 ? { reason: 'no_denominator' } : { value: count / period };
  return [{ value: count }, rate, { value: period }];
}

export function occurrence(inside: readonly SentEvent[], soFar: boolean): Outcome[] {
  const times = inside.map(({ timeMs }) => timeMs);
  if (times.length === 0) return [truth(false), { value: 0 }, NEVER, NEVER, truth(soFar)];
  const [first, last] = [{ value: Math.min(...times) }, { value: Math.max(...times) }];
  return [truth(true), { value: times.length }, first, last, truth(soFar)];
}

type TimeToThreshold = Extract<PlannedMetric, { kind: 'time_to_threshold' }>;

/** In a fixed window its start is read for birth. */
export function timeToThreshold(
  { first, threshold, unitMs }: TimeToThreshold,
  window: Window,
  birthMs: number | null,
  inside: readonly SentEvent[],
): Outcome {
  const times = inside.map(({ timeMs }) => timeMs).sort((a, b) => a - b);
  const originMs = window.startsAtBirth ? birthMs : window.startMs;
  const fromMs = first === 'birth' ? originMs : times[first - 1];
  const untilMs = threshold === 'last' ? times.at(-1) : times[threshold - 1];
  return untilMs !== undefined && typeof fromMs === 'number' ? { value: (untilMs - fromMs) / unitMs } : NEVER;
}

/** A registration at or after as_of is not seen. */
export function newlyRegistered({ asOfMs }: AsOf, window: Window, registeredMs: number | null): Outcome {
  if (registeredMs === null) throw new Error('A user without registration has no birth');
  return truth(window.startMs <= registeredMs && registeredMs < window.endMs && registeredMs < asOfMs);
}
