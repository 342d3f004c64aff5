import type { Change } from './records.js';
import { figureKey, type PendingChange } from './tracked.js';

/** Completions that are merged at the most: what comes of a change must not be too large for an upload. */
const MAX_COMPLETIONS = 50;

/**
 * Pending changes, the older half of them merged: what a trackable has become since is one change, with the number and
 * the time of the last of them, and what they have added is added up. Completions keep their numbers, as each is counted.
 *
 * @param from changes up to this number are on their way, and stay as they are
 */
export function mergePending(pending: readonly PendingChange[], from: number): PendingChange[] {
  const free = pending.filter(({ change }) => change.n > from);
  const merged = new Map<string, PendingChange>();
  for (const one of free.slice(0, Math.ceil(free.length / 2))) {
    const key = `${one.run.application}\n${one.run.version}\n${figureKey(one.change)}\n${one.change.completed !== undefined}`;
    const before = merged.get(key);
    const isNext = before !== undefined && isFull(before.change);
    if (isNext) merged.set(`${key}\n${before.change.n}`, before);
    merged.set(key, before === undefined || isNext ? one : { ...one, change: added(before.change, one.change) });
  }
  const sent = pending.slice(0, pending.length - free.length);
  const inOrder = [...merged.values()].toSorted((a, b) => a.change.n - b.change.n);
  return [...sent, ...inOrder, ...free.slice(Math.ceil(free.length / 2))];
}

/** Both changes as one: the later one, from where the first began. */
function added(first: Change, last: Change): Change {
  const { by, completed, completedAt = [] } = last;
  return {
    ...last,
    previous: first.previous,
    ...(by !== undefined && { by: (first.by ?? 0) + by }),
    ...(completed && { completedAt: [...(first.completedAt ?? []), first.n, ...completedAt] }),
  };
}

function isFull({ completedAt = [] }: Change): boolean {
  return completedAt.length + 1 >= MAX_COMPLETIONS;
}
