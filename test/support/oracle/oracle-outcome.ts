import type { UndefinedReason } from '../../../src/core/metric/metric.js';

/** A value of a column, or why there is none. */
export type Outcome = { readonly value: number } | { readonly reason: UndefinedReason };

export const CENSORED: Outcome = { reason: 'censored' };
export const NEVER: Outcome = { reason: 'never' };

export function repeated(length: number, outcome: Outcome): Outcome[] {
  return Array.from({ length }, () => outcome);
}

export function truth(is: boolean): Outcome {
  return { value: is ? 1 : 0 };
}

/** The columns of a window that is not over; `soFar`: what stands already, null where it has not begun. */
export function unobserved(names: readonly string[], soFar: boolean | null): Outcome[] {
  return names.map((name) => {
    if (name === 'censored') return truth(true);
    return name === 'so_far' && soFar !== null ? truth(soFar) : CENSORED;
  });
}

/** A user's window, and what is known of it at as_of. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
  readonly startsAtBirth: boolean;
}

/**
 * `final`: nothing can change. `ahead`: not begun. `open`: begun, and more may come. `measured`: a fixed window taken
 * up to as_of, and one without end.
 */
export type Phase = 'final' | 'ahead' | 'open' | 'measured';

export function phaseOf({ startMs, endMs, startsAtBirth }: Window, asOfMs: number): Phase {
  if (endMs <= asOfMs) return 'final';
  if (startMs >= asOfMs) return 'ahead';
  return startsAtBirth && endMs !== Infinity ? 'open' : 'measured';
}
