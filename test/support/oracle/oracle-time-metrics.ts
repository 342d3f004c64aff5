import type { PlannedMetric, RunPlan } from '../../../src/core/request/run-plan.js';
import { CENSORED, NEVER, phaseOf, repeated, truth, type Outcome, type Window } from './oracle-outcome.js';
import type { SentEvent } from './world.js';

type AsOf = Pick<RunPlan, 'asOfMs'>;

/** What SEMANTICS says of rates: nothing of a window is told before it is over, but a fixed one is taken up to as_of. */
export function eventRate(periodMs: number, { asOfMs }: AsOf, window: Window, count: number): Outcome[] {
  const phase = phaseOf(window, asOfMs);
  if (phase === 'ahead' || phase === 'open') return repeated(3, CENSORED);
  const observedMs = (phase === 'measured' ? asOfMs : window.endMs) - window.startMs;
  const period = observedMs / periodMs;
  return [{ value: count }, { value: count / period }, { value: period }];
}

export function occurrence({ asOfMs }: AsOf, window: Window, inside: readonly SentEvent[]): Outcome[] {
  const times = inside.map(({ timeMs }) => timeMs);
  const first = { value: Math.min(...times) };
  const last = { value: Math.max(...times) };
  const phase = phaseOf(window, asOfMs);
  if (phase === 'ahead') return repeated(4, CENSORED);
  if (phase === 'open') return times.length > 0 ? [truth(true), CENSORED, first, CENSORED] : repeated(4, CENSORED);
  return times.length > 0
    ? [truth(true), { value: times.length }, first, last]
    : [truth(false), { value: 0 }, NEVER, NEVER];
}

type TimeToThreshold = Extract<PlannedMetric, { kind: 'time_to_threshold' }>;

/** In a fixed window its start is read for birth. */
export function timeToThreshold(
  { first, threshold, unitMs }: TimeToThreshold,
  { asOfMs }: AsOf,
  window: Window,
  birthMs: number | null,
  inside: readonly SentEvent[],
): Outcome {
  const times = inside.map(({ timeMs }) => timeMs).sort((a, b) => a - b);
  const originMs = window.startsAtBirth ? birthMs : window.startMs;
  const fromMs = first === 'birth' ? originMs : times[first - 1];
  const untilMs = threshold === 'last' ? times.at(-1) : times[threshold - 1];
  const phase = phaseOf(window, asOfMs);
  if (phase === 'ahead') return CENSORED;
  if (phase === 'open' && threshold === 'last') return CENSORED;
  if (untilMs !== undefined && typeof fromMs === 'number') return { value: (untilMs - fromMs) / unitMs };
  return phase === 'open' ? CENSORED : NEVER;
}

/** A registration at or after as_of is not seen. */
export function newlyRegistered({ asOfMs }: AsOf, window: Window, registeredMs: number | null): Outcome {
  if (phaseOf(window, asOfMs) === 'ahead') return CENSORED;
  if (registeredMs === null) throw new Error('A user without registration has no birth');
  return truth(window.startMs <= registeredMs && registeredMs < window.endMs && registeredMs < asOfMs);
}
