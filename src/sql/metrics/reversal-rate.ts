import { REVERSAL_RATE, type ReversalRatePlan } from '../../core/metric/reversal-rate.js';
import type { RunPlan } from '../../core/request/run-plan.js';
import { compileSelector, hasProperty, valueHash } from '../compile-filter.js';
import { IN_COHORT, type FactColumn } from '../fact-columns.js';
import { groupOf } from '../cells.js';
import type { ParamList } from '../compiled-query.js';
import { metricCompiler, type MeasuredEvents } from './metric-sql.js';

/** A second row for each event that is reversed, beside its own. */
const REVERSED: FactColumn = { name: 'reversed', event: 'false', change: 'false', member: 'false' };

const DECIDING = ['reversed_count > 0 AS is_reversed', 'events > 0 AS has_events'];

export const REVERSAL_RATE_SQL = metricCompiler(REVERSAL_RATE, (metric) => ({
  facts: () => [REVERSED],
  counts: (params) => isInHistory(metric, params),
  tables: (plan, measured, params) => compileReversals(plan, metric, measured, params),
  rows: reversalFacts,
  ofFacts: () => [
    'countIf(matched AND NOT reversed) AS events',
    'countIf(matched AND reversed) AS reversed_count',
    ...DECIDING,
  ],
  keeps: { reversed: 'reversed_marks' },
  ofArrays: (isInside) => [
    ...(isInside === null
      ? ['countEqual(reversed_marks, false) AS events', 'countEqual(reversed_marks, true) AS reversed_count']
      : [
          `arrayCount((at, is_reversed) -> ${isInside} AND NOT is_reversed, times, reversed_marks) AS events`,
          `arrayCount((at, is_reversed) -> ${isInside} AND is_reversed, times, reversed_marks) AS reversed_count`,
        ]),
    ...DECIDING,
  ],
  // What is reversed later counts as soon as it is seen: only a window that has not begun is censored.
  measuresOpen: true,
  numbers: ['is_reversed', 'reversed_count', 'events', 'reversed_count / events'],
  reasons: ['outcome', 'outcome', 'outcome', `if(outcome = '' AND NOT has_events, 'no_denominator', outcome)`],
  decides: ['is_reversed', 'has_events'],
  ofNone: { is_reversed: 'false', has_events: 'false' },
}));

/** A condition on an event: it has a place in the history of an object. */
function isInHistory({ object, content }: ReversalRatePlan, params: ParamList): string {
  return `${hasProperty(object, params)} AND ${hasProperty(content, params)}`;
}

/**
 * Tables of the run, to be named before the facts: `history`, of each object the events in order, and `reversals`, the
 * judged events that are reversed. Expects the constants of `compileRun`.
 *
 * Of the events of an object, i is reversed by the first j after it whose content came before it and is not its own.
 * That is the nearest of those that follow an event of the same content with i between the two: so the neighbours of
 * equal content are found by one sort (`repeats`), each puts its mark on what lies between and within reach of both
 * (`reverts`), and the first mark counts. ClickHouse: a lambda that looks into an array of the row copies it for each
 * element, so arrays meet only side by side.
 */
function compileReversals(
  plan: RunPlan,
  metric: ReversalRatePlan,
  measured: MeasuredEvents,
  params: ParamList,
): readonly string[] {
  const history = compileHistory(plan, metric, measured, params);
  const furthest = `toInt64(pair.2) - ${params.add('UInt32', metric.lookAhead)}`;
  const nearest = `pair.1 + ${params.add('UInt32', metric.lookBack)}`;
  const byAnother = metric.ignoreSelf ? ' AND author != entry.2' : '';
  return [
    `history AS (${history}
)`,
    `repeats AS (
    SELECT
        entries,
        arraySort(arrayZip(entries.6, arrayEnumerate(entries), entries.2)) AS by_content,
        arrayZip(arrayPopBack(by_content.2), arrayPopFront(by_content.2), arrayPopFront(by_content.3)) AS neighbours,
        arraySort(pair -> pair.2, arrayFilter(
            (pair, content, next) -> content = next AND pair.2 > pair.1 + 1,
            neighbours, arrayPopBack(by_content.1), arrayPopFront(by_content.1)
        )) AS pairs
    FROM history
)`,
    `reverts AS (
    SELECT
        entries,
        arrayFlatten(arrayMap(pair -> arrayMap(
            between -> (between, pair.3),
            range(toUInt32(greatest(toInt64(pair.1) + 1, ${furthest})), toUInt32(least(pair.2, ${nearest} + 1)))
        ), pairs)) AS marks
    FROM repeats
    WHERE notEmpty(pairs)
)`,
    `reversals AS (
    SELECT arrayJoin(arrayFilter(
        (entry, author) -> entry.7 AND author != ''${byAnother},
        entries,
        arrayResize(arrayReduce('groupArrayInsertAt', marks.2, arrayMap(place -> toUInt32(place - 1), marks.1)), length(entries), '')
    )) AS entry
    FROM reverts
    WHERE notEmpty(marks)
)`,
  ];
}

/** The rows that the reversals are among the facts. */
function reversalFacts(columns: readonly FactColumn[]): string {
  const own: Readonly<Record<string, string>> = {
    user_id: 'entry.2',
    known: 'true',
    at_ms: 'entry.1',
    matched: 'true',
    event_group: 'entry.8',
    is_counted: 'true',
    [REVERSED.name]: 'true',
    [IN_COHORT.name]: 'false',
  };
  return `SELECT ${columns.map(({ name, member }) => own[name] ?? member).join(', ')} FROM reversals`;
}

/** By time, then identity. Objects of which nothing is judged, or too short for a reversal, are left out. */
function compileHistory(
  { selector: { event, where }, breakdown }: RunPlan,
  metric: ReversalRatePlan,
  { isMember, isInReach }: MeasuredEvents,
  params: ParamList,
): string {
  const group = breakdown?.of === 'property' ? () => groupOf(breakdown, params) : null;
  const seen = (): readonly string[] => [
    'property = property_number',
    'seq <= data_version',
    'time < as_of',
    compileSelector({ event, where: null }, params),
  ];
  // Without FINAL: an object too many changes nothing.
  const isOfMembers = (): string => `
            AND object IN (
                SELECT ${valueHash(metric.object, params)}
                FROM events
                PREWHERE ${[...seen(), ...isMember].join(' AND ')}
                WHERE ${isInHistory(metric, params)}
            )`;
  return `
    SELECT arraySort(groupArray((at_ms, user_id, name, client_id, content_hash, content, is_judged${group ? ', event_group' : ''}))) AS entries
    FROM (
        SELECT
            ${valueHash(metric.object, params)} AS object,
            ${valueHash(metric.content, params)} AS content,
            toUnixTimestamp64Milli(time) AS at_ms,
            user_id, name, client_id, content_hash,
            ${[...isMember, compileSelector({ event: null, where }, params), ...isInReach(params)].join(' AND ')} AS is_judged${
              group
                ? `,
            ${group()} AS event_group`
                : ''
            }
        FROM events FINAL
        PREWHERE ${seen().join(' AND ')}
        WHERE ${isInHistory(metric, params)}${isMember.length > 0 ? isOfMembers() : ''}
    )
    GROUP BY object
    HAVING max(is_judged) AND count() > 2`;
}
