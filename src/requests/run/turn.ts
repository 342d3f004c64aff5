import type { Priority } from '../../core/request/asked-request.js';

/**
 * Who waits for an answer goes before who does not: `bulk` runs are started when no `interactive` one is queued. Not part of the hash.
 *
 * Within a kind each account has its own line, and lines take turns: the first run of an account that had nothing queued comes at the turn that is being
 * served, each further one a turn after the last of its account. So a thousand queued runs of one account hold up the single run of another by no more
 * than what is already running (start-time fair queueing).
 */
export const LAST_INTERACTIVE_TURN = 1_000_000;
/** BullMQ takes priorities up to 2^21 - 1; beyond, turns are shared. */
const LAST_TURN = 2 * LAST_INTERACTIVE_TURN;

export const FIRST_TURN = 1;

export function priorityOf(turn: number): Priority {
  return turn > LAST_INTERACTIVE_TURN ? 'bulk' : 'interactive';
}

/** The SQL expression of the turn that a new run of the account gets. `accountId` is SQL, such as `$1`. */
export function newTurn(accountId: string, priority: Priority): string {
  const [first, last] =
    priority === 'interactive' ? [FIRST_TURN, LAST_INTERACTIVE_TURN] : [LAST_INTERACTIVE_TURN + 1, LAST_TURN];
  const turns = `turn BETWEEN ${first} AND ${last}`;
  return `least(${last}, greatest(
    (SELECT max(turn) + 1 FROM runs WHERE account_id = ${accountId} AND state IN ('queued', 'running') AND ${turns}),
    coalesce(
      (SELECT max(turn) FROM runs WHERE state = 'running' AND ${turns}),
      (SELECT min(turn) FROM runs WHERE state = 'queued' AND ${turns}),
      ${first})))`;
}
