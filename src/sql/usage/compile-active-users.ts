import { traitNames } from '../../core/event/filter.js';
import type { ActiveUsersPlan } from '../../core/usage/active-users-plan.js';
import { compileSelector } from '../compile-filter.js';
import { dateTime, int64Ms, ParamList, scanSettings, type CompiledQuery } from '../compiled-query.js';
import {
  CHANGE_VERSION,
  compileTraitFilter,
  ofLastRegistration,
  traitFacts,
  traitMeasures,
  type FactColumn,
} from '../fact-columns.js';
import { activityLayers, CONNECTED, ENDED_BY_MAX, newOf, usersOf, type Span } from './activity-spans.js';
import { placeOf } from './instant-places.js';
import { presenceFacts, sessionMarks, sessionSpans } from './session-spans.js';

/**
 * Counts by place of an instant, from 0 up to the number of instants: how many begin there and how many end. A place is
 * the number of the plan's instants before; so what has begun less what has ended, up to place i, holds at instant i.
 */
export type PlaceCounts = Readonly<Record<string, readonly number[]>>;

/** Users who are known and in the figures, and those who are excluded; from when on. */
export const KNOWN = 'known';
export const EXCLUDED = 'excluded';

/**
 * The statement that counts active users at all instants of a plan: one row (`PlaceCounts`). One pass over the events
 * and no join, however many windows and instants there are.
 */
export function compileActiveUsers(plan: ActiveUsersPlan): CompiledQuery {
  const params = new ParamList();
  const { presence } = plan;
  const layers = [
    ['facts', facts(plan, params)],
    ['people', people(plan, params)],
    ['counted', counted(plan, params)],
    ...(presence === null ? [] : [['connections', sessionSpans(plan, presence, params)]]),
    ...activityLayers(plan, presence === null ? 'counted' : 'connections', params),
  ];
  const arrays = new Set(spansOf(plan).flatMap(({ begun, ended }) => [begun, ended]));
  const columns = [
    `${byPlace('known_place', plan)} AS ${KNOWN}`,
    `${byPlace('excluded_place', plan)} AS ${EXCLUDED}`,
    ...[...arrays].map((places) => `${byPlaces(`spans.${places}`, plan)} AS ${places}`),
  ];
  const sql = `WITH
${layers.map(([name, select]) => `${name} AS (\n    ${select}\n)`).join(',\n')}
SELECT
    ${columns.join(',\n    ')}
FROM spans`;
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}

function spansOf({ windowsMs, presence }: ActiveUsersPlan): readonly Span[] {
  return [
    ...windowsMs.flatMap((_, i) => [usersOf({ presence }, i), newOf(i)]),
    ...(presence === null ? [] : [CONNECTED, ENDED_BY_MAX]),
  ];
}

/** What is read of properties depends on which of the events of an identity is the first: FINAL keeps that one. */
function readsProperties({ activity, presence }: ActiveUsersPlan): boolean {
  return activity.where !== null || (presence !== null && presence.session !== null);
}

/** The events up to the last instant and the changes of users as thin rows. */
function facts(plan: ActiveUsersPlan, params: ParamList): string {
  const property = params.add('UInt32', plan.propertyNumber);
  const version = params.add('UInt64', plan.dataVersion);
  const columns = factColumns(plan, params);
  const named = columns.map(({ name, event }) => (name === event ? name : `${event} AS ${name}`));
  const last = dateTime(plan.instants.at(-1) ?? 0, params);
  return `SELECT ${named.join(', ')}
    FROM events${readsProperties(plan) ? ' FINAL' : ''}
    PREWHERE property = ${property} AND seq <= ${version} AND time <= ${last}
    UNION ALL
    SELECT ${columns.map(({ change }) => change).join(', ')}
    FROM user_changes
    PREWHERE property = ${property} AND seq <= ${version}`;
}

function factColumns(plan: ActiveUsersPlan, params: ParamList): FactColumn[] {
  return [
    { name: 'user_id', event: 'user_id', change: 'user_id', member: '' },
    { name: 'is_event', event: 'true', change: 'false', member: '' },
    {
      name: 'at_ms',
      event: 'toUnixTimestamp64Milli(time)',
      change: 'ifNull(toUnixTimestamp64Milli(registered_at), 0)',
      member: '',
    },
    { name: 'acted', event: compileSelector(plan.activity, params), change: 'false', member: '' },
    ...(plan.presence === null ? [] : presenceFacts(plan.presence, params)),
    { name: 'registration_given', event: 'false', change: 'registration_given', member: '' },
    { name: 'registered', event: 'false', change: 'registered_at IS NOT NULL', member: '' },
    ...traitFacts(traitsOf(plan), params),
    CHANGE_VERSION,
  ];
}

function traitsOf({ excludes }: ActiveUsersPlan): readonly string[] {
  return excludes ? traitNames(excludes) : [];
}

/** A row for each user. Of one instant the last activity is enough, of several those that a window can reach. */
function people(plan: ActiveUsersPlan, params: ParamList): string {
  const [first = 0] = plan.instants;
  const earliest = first - Math.max(...plan.windowsMs);
  const times =
    plan.instants.length === 1
      ? 'if(max(acted), [maxIf(at_ms, acted)], [])'
      : `groupArrayIf(at_ms, acted AND at_ms > ${int64Ms(earliest, params)})`;
  const columns = [
    'user_id',
    'max(is_event) AS has_events',
    'minIf(at_ms, is_event) AS first_event_ms',
    'max(NOT is_event) AS was_upserted',
    `${ofLastRegistration('registered')} AS is_registered`,
    `${ofLastRegistration('at_ms')} AS registered_ms`,
    'max(acted) AS has_acted',
    'minIf(at_ms, acted) AS first_act_ms',
    `${times} AS all_times`,
    ...(plan.presence === null ? [] : [sessionMarks()]),
    ...traitMeasures(traitsOf(plan)),
  ];
  return `SELECT
        ${columns.join(',\n        ')}
    FROM facts
    GROUP BY user_id`;
}

/**
 * Known from the first event, or from the registration of an upserted user; one without a registration at any time. An
 * excluded user has nothing else.
 */
function counted(plan: ActiveUsersPlan, params: ParamList): string {
  const excluded = plan.excludes ? compileTraitFilter(plan.excludes, traitsOf(plan), params) : 'false';
  const since = `least(if(has_events, first_event_ms, ${NEVER}), if(was_upserted, if(is_registered, registered_ms, ${ALWAYS}), ${NEVER}))`;
  const place = placeOf(since, plan.instants, params);
  const columns = [
    `${excluded} AS is_excluded`,
    `${place} AS since_place`,
    'if(is_excluded, -1, since_place) AS known_place',
    'if(is_excluded, since_place, -1) AS excluded_place',
    `if(is_excluded, [], arraySort(all_times)) AS times`,
    `if(is_excluded OR NOT has_acted, [], [first_act_ms]) AS first_acts`,
    ...(plan.presence === null ? [] : ['if(is_excluded, [], arraySort(all_marks)) AS marks']),
  ];
  return `SELECT known_place, excluded_place, times, first_acts${plan.presence === null ? '' : ', marks'}
    FROM (
        SELECT *,
        ${columns.join(',\n        ')}
        FROM people
    )`;
}

/** Milliseconds that lie beyond every instant; sums with a window stay far below 2^63. */
const ALWAYS = `toInt64(${Number.MIN_SAFE_INTEGER})`;
const NEVER = `toInt64(${Number.MAX_SAFE_INTEGER})`;

/** Counts of a place, one for each up to the number of instants; -1 counts nowhere. */
function byPlace(place: string, { instants }: ActiveUsersPlan): string {
  return `countResample(0, ${instants.length + 1}, 1)(${place})`;
}

function byPlaces(places: string, { instants }: ActiveUsersPlan): string {
  return `countResampleArray(0, ${instants.length + 1}, 1)(${places})`;
}
