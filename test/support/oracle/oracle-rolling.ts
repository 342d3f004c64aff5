import type { PlannedMetric } from '../../../src/core/metric/catalogue.js';
import { truth, type Outcome } from './oracle-outcome.js';
import { currentTraits, passesTraits } from './oracle-traits.js';
import type { OraclePlan } from './oracle.js';
import { PLANNED_TIMES } from './passes.js';
import type { SentEvent, UserChange } from './world.js';

type RollingActive = Extract<PlannedMetric, { kind: 'rolling_active' }>;

/** The table of docs/semantics.md#metrics, row by row; `matching` are all the user's matching events, `tMs` is T. */
export function rollingActive(
  { activity, n, uMs }: RollingActive,
  tMs: number,
  birthMs: number | null,
  matching: readonly SentEvent[],
): Outcome {
  const between = (fromMs: number, toMs: number): number =>
    matching.filter(({ timeMs }) => fromMs <= timeMs && timeMs < toMs).length;
  const m1 = between(tMs - 2 * uMs, tMs - uMs);
  const m2 = between(tMs - uMs, tMs);
  if (activity === 'active') return truth(m2 >= n);
  if (birthMs === null) throw new Error('A user without birth is of no other kind');
  const isOfKind = {
    new: birthMs >= tMs - uMs,
    surviving_new: m1 >= n && tMs - 2 * uMs <= birthMs && birthMs < tMs - uMs,
    recurring_old: m1 >= n && birthMs < tMs - 2 * uMs,
    reactivated: m1 < n && birthMs < tMs - uMs,
  };
  return truth(m2 >= n && isOfKind[activity]);
}

export function isExcluded(user: string, { excludes }: OraclePlan, changes: readonly UserChange[]): boolean {
  if (excludes === null) return false;
  return passesTraits(excludes, currentTraits(user, changes), PLANNED_TIMES);
}
