import type { ActiveUsersPlan } from '../../core/usage/active-users-plan.js';
import { int64Ms, type ParamList } from '../compiled-query.js';
import { placeOf } from './instant-places.js';
import { depthsOf, stepsOf, unionOf } from './session-spans.js';

/** Counts by place: a name of the column in which something begins, and of the one in which it ends. */
export interface Span {
  readonly begun: string;
  readonly ended: string;
}

/** The active users of the window of that number. Without presence they begin to be active alike in every window. */
export function usersOf({ presence }: Pick<ActiveUsersPlan, 'presence'>, window: number): Span {
  const own = spanOf(`users_${window + 1}`);
  return presence === null ? { begun: 'acts_begun', ended: own.ended } : own;
}

/** Of the window of that number the users whose first activity is in it. */
export function newOf(window: number): Span {
  return { begun: 'first_begun', ended: `first_${window + 1}_ended` };
}

/** Users with an open session. */
export const CONNECTED = spanOf('connected');
/** Sessions without an end that are closed by `max`. */
export const ENDED_BY_MAX = spanOf('left');

function spanOf(name: string): Span {
  return { begun: `${name}_begun`, ended: `${name}_ended` };
}

/**
 * Layers from a user's activities (`times`, sorted) and sessions to `spans`: arrays of the places where each window
 * begins to have the user, and where it ends to. An activity keeps a user up to the next one or the end of its window,
 * whichever comes first; of those between two instants the last counts. Sessions are put together with them.
 */
export function activityLayers(
  plan: ActiveUsersPlan,
  from: string,
  params: ParamList,
): readonly (readonly [name: string, select: string])[] {
  const place = (ms: string): string => placeOf(ms, plan.instants, params);
  const after = (length: number): string => `at + ${int64Ms(length, params)}`;
  const next = 'arrayShiftLeft(all_begun, 1, toInt64(-1))';
  const placed = `SELECT *,
        arrayMap(at -> ${place('at')}, times) AS all_begun,
        arrayFilter((at, place, next) -> place != next, times, all_begun, ${next}) AS last_times,
        arrayFilter((place, next) -> place != next, all_begun, ${next}) AS acts_begun
    FROM ${from}`;
  const end = params.add('Int64', plan.instants.length);
  const columns = [
    ...plan.windowsMs.map(
      (length, i) =>
        `arrayMap((at, next) -> least(${place(after(length))}, next), last_times, arrayShiftLeft(acts_begun, 1, ${end})) AS ${actsOf(plan, i)}`,
    ),
    `arrayMap(at -> ${place('at')}, first_acts) AS ${newOf(0).begun}`,
    ...plan.windowsMs.map((length, i) => `arrayMap(at -> ${place(after(length))}, first_acts) AS ${newOf(i).ended}`),
  ];
  const windows = `SELECT * EXCEPT (times, all_begun, last_times, first_acts),
        ${columns.join(',\n        ')}
    FROM placed`;
  if (plan.presence === null) return [['placed', placed], ['spans', windows]]; // prettier-ignore
  return [['placed', placed], ['windows', windows], ...together(plan)];
}

function actsOf(plan: ActiveUsersPlan, window: number): string {
  return plan.presence === null ? usersOf(plan, window).ended : `acts_${window + 1}_ended`;
}

/** The activities with the sessions, window by window, and the sessions alone. */
function together(plan: ActiveUsersPlan): readonly (readonly [string, string])[] {
  const parts = [
    { span: CONNECTED, begun: 'sessions_begun', ended: 'sessions_closed' },
    ...plan.windowsMs.map((_, i) => ({
      span: usersOf(plan, i),
      begun: 'arrayConcat(acts_begun, sessions_begun)',
      ended: `arrayConcat(${actsOf(plan, i)}, sessions_closed)`,
    })),
  ];
  const steps = parts.map(({ begun, ended }, i) => `${stepsOf(begun, ended)} AS steps_${i}`);
  const depths = parts.map((_, i) => `${depthsOf(`steps_${i}`)} AS depths_${i}`);
  const spans = parts.flatMap(({ span }, i) => {
    const { begun, ended } = unionOf(`steps_${i}`, `depths_${i}`);
    return [`${begun} AS ${span.begun}`, `${ended} AS ${span.ended}`];
  });
  return [
    ['steps', `SELECT *,\n        ${[...steps, ...depths].join(',\n        ')}\n    FROM windows`],
    ['spans', `SELECT *,\n        ${spans.join(',\n        ')}\n    FROM steps`],
  ];
}
