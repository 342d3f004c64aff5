import { dateTime, FINAL_APART, int64Ms } from '../compiled-query.js';
import type { DataScope } from '../data-scope.js';
import type { PagedList } from '../export/compile-list.js';

/** Sessions of one day, by the property of their events that names them. */
export interface DaySessionsPlan extends DataScope {
  /** The day, half-open, in UTC milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The properties and the event by which trackers tell of sessions. */
const SESSION = '$session';
const VISITOR = '$visitor';
const SOURCE = '$source';
const PAGE = '$page';

/** A session ends after a day at the latest: what is of its id longer ago, or later, is another one. */
const LONGEST_MS = 86_400_000;

/**
 * The sessions that begin on a day, by their start: with the user of their last event, the visitor and the source that
 * came first, how many events and pages. Their events may be of two users, as the visitor is one until he signs in.
 */
export function daySessions(plan: DaySessionsPlan): PagedList {
  return {
    columns: [
      { name: 'session', type: 'text', nullable: false },
      { name: 'start', type: 'instant', nullable: false },
      { name: 'end', type: 'instant', nullable: false },
      { name: 'events', type: 'integer', nullable: false },
      { name: 'pages', type: 'integer', nullable: false },
      { name: 'source', type: 'text', nullable: true },
      { name: 'visitor', type: 'text', nullable: true },
      { name: 'user', type: 'text', nullable: false },
    ],
    rows: (params) => {
      const { propertyNumber, dataVersion, asOfMs, fromMs, toMs } = plan;
      const lastMs = Math.min(asOfMs, toMs + LONGEST_MS);
      const prewhere = [
        `property = ${params.add('UInt32', propertyNumber)}`,
        `seq <= ${params.add('UInt64', dataVersion)}`,
        `time >= ${dateTime(fromMs - LONGEST_MS, params)}`,
        `time < ${dateTime(lastMs, params)}`,
      ];
      return `SELECT session, start, end, events, pages, source, visitor, user, tuple(leftPad(toString(start), 15, '0'), session) AS place
FROM (
    SELECT text['${SESSION}'] AS session,
        toUnixTimestamp64Milli(min(time)) AS start, toUnixTimestamp64Milli(max(time)) AS end,
        toInt64(count()) AS events, toInt64(countIf(name = '${PAGE}')) AS pages,
        ${first(SOURCE)} AS source, ${first(VISITOR)} AS visitor,
        argMax(user_id, ${IN_ORDER}) AS user
    FROM events FINAL
    PREWHERE ${prewhere.join(' AND ')}
    WHERE mapContains(text, '${SESSION}')
    GROUP BY session
)
WHERE start >= ${int64Ms(fromMs, params)} AND start < ${int64Ms(toMs, params)}`;
    },
    order: 'place',
    keys: 2,
    settings: FINAL_APART,
  };
}

const IN_ORDER = 'tuple(time, name, client_id, content_hash, user_id)';

/** The value of the first event that has one. */
function first(property: string): string {
  const isThere = `mapContains(text, '${property}')`;
  return `if(countIf(${isThere}) > 0, argMinIf(text['${property}'], ${IN_ORDER}, ${isThere}), NULL)`;
}
