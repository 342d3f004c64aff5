import type { ActiveUsersPlan, PlannedPresence } from '../../core/usage/active-users-plan.js';
import { compileSelector, hasProperty, valueHash } from '../compile-filter.js';
import { int64Ms, type ParamList } from '../compiled-query.js';
import { placeOf } from './instant-places.js';

/** The session of an event without one. */
const noSession = (session: string | null): string => (session === null ? 'toUInt8(0)' : 'toUInt128(0)');

/**
 * Of an event. `mark`: twice the time of one that begins a session, and one more of one that ends it, so that marks
 * order by time and an end after a beginning; -1 of others. `session`: which of the user's it is, by the value and its
 * type; those without the property are one.
 */
export function markColumns({ from, to, session }: PlannedPresence, params: ParamList): readonly string[] {
  const begins = compileSelector({ event: from, where: null }, params);
  const ends = compileSelector({ event: to, where: null }, params);
  const none = noSession(session);
  const own = session === null ? none : `if(${hasProperty(session, params)}, ${valueHash(session, params)}, ${none})`;
  return [`multiIf(${begins}, at_ms * 2, ${ends}, at_ms * 2 + 1, toInt64(-1)) AS mark`, `${own} AS session`];
}

/** The marks of all sessions of a user. */
export function gatheredMarks(): string {
  return 'groupArrayIf((session, mark), mark >= 0)';
}

/** Those of a user without events. */
export function noMarks({ session }: PlannedPresence): string {
  return `CAST([], 'Array(Tuple(${session === null ? 'UInt8' : 'UInt128'}, Int64))')`;
}

/**
 * A layer with the places of each user's sessions: when each begins and when it closes, by its next event or by `max`;
 * and of those that `max` closes from when on they are left open, up to their next event. What no instant sees is left
 * out. `marks` are sorted.
 */
export function sessionSpans(plan: ActiveUsersPlan, { session, maxMs }: PlannedPresence, params: ParamList): string {
  const place = (ms: string): string => placeOf(ms, plan.instants, params);
  const max = int64Ms(maxMs, params);
  const next = `arrayShiftLeft(marks, 1, (${noSession(session)}, toInt64(-1)))`;
  const until = `if(next.2 >= 0 AND next.1 = mark.1, intDiv(next.2, 2), toInt64(${Number.MAX_SAFE_INTEGER}))`;
  const columns = [
    `arrayMap((mark, next) -> (mark.2, ${until}), marks, ${next}) AS all_sessions`,
    'arrayMap(one -> (intDiv(one.1, 2), one.2), arrayFilter(one -> one.1 % 2 = 0, all_sessions)) AS sessions',
    `arrayMap(one -> (${place('one.1')}, ${place(`least(one.1 + ${max}, one.2)`)}, ${place('one.2')}), sessions) AS all_places`,
    'arrayFilter(one -> one.1 != one.2, all_places) AS open',
    'arrayFilter(one -> one.2 != one.3, all_places) AS left',
  ];
  return `SELECT * EXCEPT (marks, all_sessions, sessions, all_places, open, left),
        open.1 AS sessions_begun, open.2 AS sessions_closed, left.2 AS left_begun, left.3 AS left_ended
    FROM (
        SELECT *,
        ${columns.join(',\n        ')}
        FROM counted
    )`;
}

/**
 * The steps of spans that may overlap, in order: twice the place of each beginning, and one more of each end, so that
 * spans which touch are one.
 */
export function stepsOf(begun: string, ended: string): string {
  return `arraySort(arrayConcat(arrayMap(place -> place * 2, ${begun}), arrayMap(place -> place * 2 + 1, ${ended})))`;
}

/** How many spans are open after each step. */
export function depthsOf(steps: string): string {
  return `arrayCumSum(arrayMap(step -> if(step % 2 = 0, 1, -1), ${steps}))`;
}

/** Where none was open before, and where none is open after: the spans put together. */
export function unionOf(steps: string, depths: string): { readonly begun: string; readonly ended: string } {
  const places = (test: string): string =>
    `arrayMap(step -> intDiv(step, 2), arrayFilter((step, depth) -> ${test}, ${steps}, ${depths}))`;
  return { begun: places('step % 2 = 0 AND depth = 1'), ended: places('step % 2 = 1 AND depth = 0') };
}
