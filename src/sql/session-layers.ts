import type { SessionsPlan } from '../core/metric/sessions.js';
import { hasProperty, valueHash } from './compile-filter.js';
import { int64Ms, type ParamList } from './compiled-query.js';

/** Which events are cut into sessions, and how. */
export interface SessionEvents {
  readonly by: SessionsPlan['by'];
  /** Conditions on the key of `events`, which keep the winner of an identity. */
  prewhere(): readonly string[];
  where(params: ParamList): string;
  isPage(params: ParamList): string;
  /** The code of the group of an event, or empty; null: there are no groups. */
  readonly group: ((params: ParamList) => string) | null;
}

/**
 * Layers up to `sessions`: a row for each session of each user with `began_ms`, `lasted_ms`, `session_events` and
 * `session_pages`. With groups also `session_group`: empty for the sessions of all events, else of the events of the
 * group alone.
 */
export function sessionLayers(events: SessionEvents, params: ParamList): string[] {
  return typeof events.by === 'string' ? byProperty(events, events.by, params) : bySilence(events, events.by, params);
}

const GROUP = 'session_group';

function byProperty(events: SessionEvents, by: string, params: ParamList): string[] {
  const keys = ['user_id', 'session', ...(events.group ? [GROUP] : [])];
  const session = `${valueHash(by, params)} AS session`;
  return [
    `session_events_read AS (${read(events, [session], (of) => [hasProperty(by, of)], params)}
)`,
    `sessions AS (
    SELECT ${keys.join(', ')}, min(at_ms) AS began_ms, max(at_ms) - began_ms AS lasted_ms,
        toInt64(count()) AS session_events, toInt64(countIf(is_page)) AS session_pages
    FROM session_events_read
    GROUP BY ${keys.join(', ')}
)`,
  ];
}

type Silence = Exclude<SessionsPlan['by'], string>;

/**
 * What lies between two silences is a run. Most runs are one session; of one that lasts longer than `max` the
 * beginnings are found one after another. ClickHouse: a lambda that looks into an array of the row copies it, so that
 * is left to long runs.
 */
function bySilence(events: SessionEvents, { gapMs, maxMs }: Silence, params: ParamList): string[] {
  const keys = ['user_id', ...(events.group ? [GROUP] : [])];
  const rows = read(events, [], () => [], params);
  const gap = int64Ms(gapMs, params);
  const max = int64Ms(maxMs, params);
  return [
    `session_events_read AS (${rows}
)`,
    `session_runs AS (
    SELECT ${keys.join(', ')},
        arrayJoin(arraySplit((act, silence) -> silence >= ${gap}, acts, arrayDifference(acts.1))) AS run
    FROM (SELECT ${keys.join(', ')}, arraySort(groupArray((at_ms, is_page))) AS acts FROM session_events_read GROUP BY ${keys.join(', ')})
)`,
    `session_cuts AS (
    SELECT *, if(run[-1].1 - run[1].1 < ${max}, [run[1].1], arrayFold(
        (found, step) -> if(arrayExists(at -> at >= found[-1] + ${max}, run.1),
            arrayPushBack(found, arrayFirst(at -> at >= found[-1] + ${max}, run.1)), found),
        range(toUInt32(least(intDiv(run[-1].1 - run[1].1, ${max}), length(run) - 1))), [run[1].1]
    )) AS beginnings
    FROM session_runs
)`,
    `sessions AS (
    SELECT ${keys.join(', ')},
        arrayJoin(if(length(beginnings) = 1, [run], arraySplit(
            (act, at, before) -> at != before AND has(beginnings, at), run, run.1, arrayPushFront(arrayPopBack(run.1), toInt64(-1))
        ))) AS acts,
        acts[1].1 AS began_ms, acts[-1].1 - began_ms AS lasted_ms,
        toInt64(length(acts)) AS session_events, toInt64(countEqual(acts.2, true)) AS session_pages
    FROM session_cuts
)`,
  ];
}

/** A row for each event, with groups one more for its group. */
function read(
  { prewhere, where, isPage, group }: SessionEvents,
  columns: readonly string[],
  tests: (params: ParamList) => readonly string[],
  params: ParamList,
): string {
  const own = [
    'user_id',
    ...columns,
    'toUnixTimestamp64Milli(time) AS at_ms',
    `toBool(${isPage(params)}) AS is_page`,
    ...(group ? [`arrayJoin(arrayDistinct(['', ${group(params)}])) AS ${GROUP}`] : []),
  ];
  return `
    SELECT ${own.join(', ')}
    FROM events FINAL
    PREWHERE ${prewhere().join(' AND ')}
    WHERE ${[...tests(params), where(params)].join(' AND ')}`;
}
