import type { PendingChange } from '../storage/tracked.js';

/** Changes of one upload at the most. */
const MAX_CHANGES = 1_000;
/** What an event has beside its texts: names of fields, ids, time. */
const EVENT_BYTES = 600;

/**
 * How many of the first changes go up together: of one application and version, as the body says these once, and of not
 * many more bytes than `maxBytes`; one at least.
 */
export function cutBatch(pending: readonly PendingChange[], maxBytes: number): readonly PendingChange[] {
  const [first] = pending;
  if (first === undefined) return [];
  let bytes = 0;
  const end = pending.slice(0, MAX_CHANGES).findIndex(({ change, run }, i) => {
    const events = 1 + (change.completedAt?.length ?? 0);
    bytes += events * (EVENT_BYTES + 4 * JSON.stringify({ ...change, completedAt: [] }).length);
    const isOther = run.application !== first.run.application || run.version !== first.run.version;
    return isOther || (i > 0 && bytes > maxBytes);
  });
  return pending.slice(0, end < 0 ? MAX_CHANGES : end);
}
