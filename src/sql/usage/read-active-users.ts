import type { ActiveUsersPlan } from '../../core/usage/active-users-plan.js';
import type { ActiveUsersFigures } from '../../core/usage/active-users-figures.js';
import { formatDuration } from '../../core/time/duration.js';
import { CONNECTED, ENDED_BY_MAX, newOf, usersOf, type Span } from './activity-spans.js';
import { EXCLUDED, KNOWN, type PlaceCounts } from './compile-active-users.js';

/** The figures of each instant of a plan, from the row that its statement gives. */
export function readActiveUsers(plan: ActiveUsersPlan, counts: PlaceCounts): ActiveUsersFigures[] {
  const { instants, presence, windowsMs } = plan;
  const sums = new Map(Object.entries(counts).map(([column, own]) => [column, runningSums(own)]));
  const at = (column: string, i: number): number => {
    const sum = sums.get(column)?.[i];
    if (sum === undefined) throw new Error(`The answer has no ${column} at ${i}`);
    return sum;
  };
  const open = ({ begun, ended }: Span, i: number): number => at(begun, i) - at(ended, i);
  return instants.map((_, i) => ({
    windows: windowsMs.map((length, window) => ({
      window: formatDuration(length),
      users: open(usersOf(plan, window), i),
      new: open(newOf(window), i),
    })),
    connected: presence && open(CONNECTED, i),
    ended_by_max: presence && open(ENDED_BY_MAX, i),
    known_users: at(KNOWN, i),
    excluded_users: at(EXCLUDED, i),
  }));
}

function runningSums(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}
