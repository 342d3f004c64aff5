import { traitNames } from '../../core/event/filter.js';
import type { ActiveUsersPlan } from '../../core/usage/active-users-plan.js';
import { compileSelector } from '../compile-filter.js';
import { dateTime, int64Ms, ParamList, scanSettings, type CompiledQuery } from '../compiled-query.js';
import {
  CHANGE_VERSION,
  compileTraitFilter,
  ofLastRegistration,
  traitFacts,
  traitGroup,
  traitMeasures,
} from '../fact-columns.js';
import { gatheredTimes } from './gathered-times.js';
import { activityLayers, CONNECTED, ENDED_BY_MAX, newOf, usersOf, type Span } from './activity-spans.js';
import { placeOf } from './instant-places.js';
import { gatheredMarks, markColumns, noMarks, sessionSpans } from './session-spans.js';

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
    ['actors', actors(plan, params)],
    ['profiles', profiles(plan, params)],
    ['people', people(plan)],
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

/** A row for each user with events up to the last instant. */
function actors(plan: ActiveUsersPlan, params: ParamList): string {
  const { activity, instants, presence } = plan;
  const takesAll = activity.event === null && activity.where === null;
  const facts = [
    'user_id',
    'toUnixTimestamp64Milli(time) AS at_ms',
    ...(takesAll ? [] : [`${compileSelector(activity, params)} AS acted`]),
    ...(presence === null ? [] : markColumns(presence, params)),
  ];
  const of = (aggregate: string): string => (takesAll ? `${aggregate}(at_ms)` : `${aggregate}If(at_ms, acted)`);
  const hasActed = takesAll ? 'true' : 'max(acted)';
  const columns = [
    'user_id',
    'min(at_ms) AS first_event_ms',
    `${hasActed} AS has_acted`,
    `${of('min')} AS first_act_ms`,
    `${actsOf(plan, takesAll, params)} AS acts`,
    ...(presence === null ? [] : [`${gatheredMarks()} AS own_marks`]),
  ];
  const property = params.add('UInt32', plan.propertyNumber);
  const version = params.add('UInt64', plan.dataVersion);
  return `SELECT ${columns.join(', ')}
    FROM (
        SELECT ${facts.join(', ')}
        FROM events${readsProperties(plan) ? ' FINAL' : ''}
        PREWHERE property = ${property} AND seq <= ${version} AND time <= ${dateTime(instants.at(-1) ?? 0, params)}
    )
    GROUP BY user_id`;
}

/** Of one instant the last activity is enough, of several those that a window can reach. */
function actsOf(plan: ActiveUsersPlan, takesAll: boolean, params: ParamList): string {
  if (plan.instants.length === 1) return takesAll ? '[max(at_ms)]' : 'if(max(acted), [maxIf(at_ms, acted)], [])';
  const { afterMs, written } = gatheredTimes(plan, params);
  return `groupArrayIf(${written('at_ms')}, ${takesAll ? '' : 'acted AND '}at_ms > ${int64Ms(afterMs, params)})`;
}

/** All activities of a user, in milliseconds and in order. */
function timesOf(plan: ActiveUsersPlan, acts: string, params: ParamList): string {
  if (plan.instants.length === 1) return acts;
  return `arrayMap(at -> ${gatheredTimes(plan, params).read('at')}, arraySort(${acts}))`;
}

/** A row for each user who was upserted: the registration, and the traits that are read. */
function profiles(plan: ActiveUsersPlan, params: ParamList): string {
  const traits = traitsOf(plan);
  const facts = [
    'user_id',
    'registration_given',
    'registered_at IS NOT NULL AS registered',
    'ifNull(toUnixTimestamp64Milli(registered_at), 0) AS at_ms',
    ...[CHANGE_VERSION, ...traitFacts(traits, params)].map(({ name, change }) => `${change} AS ${name}`),
  ];
  const columns = [
    'user_id',
    `${ofLastRegistration('registered')} AS is_registered`,
    `${ofLastRegistration('at_ms')} AS registered_ms`,
    ...traitMeasures(traits),
  ];
  const property = params.add('UInt32', plan.propertyNumber);
  return `SELECT ${columns.join(', ')}
    FROM (
        SELECT ${facts.join(', ')}
        FROM user_changes
        PREWHERE property = ${property} AND seq <= ${params.add('UInt64', plan.dataVersion)}
    )
    GROUP BY user_id`;
}

function traitsOf({ excludes }: ActiveUsersPlan): readonly string[] {
  return excludes ? traitNames(excludes) : [];
}

/** Both put together: a row for each user. Without a join, which would hold one side in memory. */
function people(plan: ActiveUsersPlan): string {
  const { presence } = plan;
  const codes = traitsOf(plan).map((trait) => traitGroup(trait, traitsOf(plan)));
  const marks = presence === null ? [] : [noMarks(presence)];
  const both: readonly (readonly [name: string, ofActor: string, ofProfile: string, aggregate: string])[] = [
    ['has_events', 'true', 'false', 'max(has_events)'],
    ['first_event_ms', 'first_event_ms', 'toInt64(0)', 'maxIf(first_event_ms, has_events)'],
    ['has_acted', 'has_acted', 'false', 'max(has_acted)'],
    ['first_act_ms', 'first_act_ms', 'toInt64(0)', 'maxIf(first_act_ms, has_acted)'],
    ['acts', 'acts', '[]', 'groupArrayArray(acts)'],
    ...marks.map((none) => ['own_marks', 'own_marks', none, 'groupArrayArray(own_marks)'] as const),
    ['is_registered', 'false', 'is_registered', 'max(is_registered)'],
    ['registered_ms', 'toInt64(0)', 'registered_ms', 'maxIf(registered_ms, NOT has_events)'],
    ...codes.map((code) => [code, `''`, code, `max(${code})`] as const),
  ];
  const rows = (column: 1 | 2): string => both.map((one) => `${one[column]} AS ${one[0]}`).join(', ');
  return `SELECT user_id, max(NOT has_events) AS was_upserted,
        ${both.map(([name, , , aggregate]) => `${aggregate} AS all_${name}`).join(',\n        ')}
    FROM (
        SELECT user_id, ${rows(1)} FROM actors
        UNION ALL
        SELECT user_id, ${rows(2)} FROM profiles
    )
    GROUP BY user_id`;
}

/**
 * Known from the first event, or from the registration of an upserted user; one without a registration at any time. An
 * excluded user has nothing else.
 */
function counted(plan: ActiveUsersPlan, params: ParamList): string {
  const traits = traitsOf(plan);
  const codes = traits.map((trait) => traitGroup(trait, traits));
  const excluded = plan.excludes ? compileTraitFilter(plan.excludes, traits, params) : 'false';
  const since = `least(if(all_has_events, all_first_event_ms, ${NEVER}), if(was_upserted, if(all_is_registered, all_registered_ms, ${ALWAYS}), ${NEVER}))`;
  const columns = [
    ...codes.map((code) => `all_${code} AS ${code}`),
    `${excluded} AS is_excluded`,
    `${placeOf(since, plan.instants, params)} AS since_place`,
    'if(is_excluded, -1, since_place) AS known_place',
    'if(is_excluded, since_place, -1) AS excluded_place',
    `if(is_excluded, [], ${timesOf(plan, 'all_acts', params)}) AS times`,
    'if(is_excluded OR NOT all_has_acted, [], [all_first_act_ms]) AS first_acts',
    ...(plan.presence === null ? [] : ['if(is_excluded, [], arraySort(all_own_marks)) AS marks']),
  ];
  return `SELECT known_place, excluded_place, times, first_acts${plan.presence === null ? '' : ', marks'}
    FROM (
        SELECT ${columns.join(',\n        ')}
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
