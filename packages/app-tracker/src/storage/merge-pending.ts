import type { Change } from './records.js';
import { figureKey, type PendingChange } from './tracked.js';

/**
 * Pending changes, the older half of them merged: what a trackable has become since is one change, with the number and
 * the time of the last of them, and what they have added is added up.
 *
 * @param from changes up to this number are on their way, and stay as they are
 */
export function mergePending(pending: readonly PendingChange[], from: number): PendingChange[] {
  const free = pending.filter(({ change }) => change.n > from);
  const merged = new Map<string, PendingChange>();
  for (const one of free.slice(0, Math.ceil(free.length / 2))) {
    const key = `${one.run.application}\n${one.run.version}\n${figureKey(one.change)}\n${one.change.completed !== undefined}`;
    const before = merged.get(key);
    // Taken out and put in again, so that they stay in the order of their numbers.
    merged.delete(key);
    merged.set(key, before === undefined ? one : { ...one, change: added(before.change, one.change) });
  }
  const sent = pending.slice(0, pending.length - free.length);
  return [...sent, ...merged.values(), ...free.slice(Math.ceil(free.length / 2))];
}

/** Both changes as one: the later one, from where the first began. */
function added(first: Change, last: Change): Change {
  return { ...last, previous: first.previous, ...(last.by !== undefined && { by: (first.by ?? 0) + last.by }) };
}
