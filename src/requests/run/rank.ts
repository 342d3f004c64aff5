import type { Priority } from '../../core/request/raw-request.js';

/**
 * The rank of a queued run: the lowest is started next. `bulk` runs are started when no `interactive` run is queued. Not part of the hash.
 *
 * Within a priority, accounts share the workers fairly (start-time fair queueing): the first run of an account that has nothing queued gets the rank that
 * is being served, and each further run of it one rank more than its last. A thousand queued runs of one account therefore delay the single run of another
 * account by no more than the runs that are already running.
 */
export const LAST_INTERACTIVE_RANK = 1_000_000;
/** BullMQ takes priorities up to 2^21 - 1; runs beyond it share a rank. */
const LAST_RANK = 2 * LAST_INTERACTIVE_RANK;

export const FIRST_RANK = 1;

export function priorityOf(rank: number): Priority {
  return rank > LAST_INTERACTIVE_RANK ? 'bulk' : 'interactive';
}

/** The SQL expression of the rank that a new run of the account gets. `accountId` is SQL, such as `$1`. */
export function newRank(accountId: string, priority: Priority): string {
  const [first, last] =
    priority === 'interactive' ? [FIRST_RANK, LAST_INTERACTIVE_RANK] : [LAST_INTERACTIVE_RANK + 1, LAST_RANK];
  const ranks = `rank BETWEEN ${first} AND ${last}`;
  return `least(${last}, greatest(
    (SELECT max(rank) + 1 FROM runs WHERE account_id = ${accountId} AND state IN ('queued', 'running') AND ${ranks}),
    coalesce(
      (SELECT max(rank) FROM runs WHERE state = 'running' AND ${ranks}),
      (SELECT min(rank) FROM runs WHERE state = 'queued' AND ${ranks}),
      ${first})))`;
}
