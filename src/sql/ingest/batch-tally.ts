import {
  EXAMPLE_CHARACTERS,
  MAX_ENTRIES,
  MAX_EXAMPLES,
  shortened,
  type Tally,
  type TallyEntry,
  type ValueName,
} from '../../core/ingest/batch-tally.js';
import type { CompiledQuery } from '../compiled-query.js';
import { likeOneOf, within, type InstantRange } from './event-batch.js';

/**
 * What is stored of an event, a property or a trait; `key` empty: the event itself. Examples are texts as the engine
 * writes them, cut.
 */
export interface TallyRow {
  readonly event: string;
  readonly key: string;
  readonly type: string;
  readonly count: number;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly examples: string[];
}

const VALUES = `arrayMap((k, v) -> (k, 'text', v), mapKeys(text), mapValues(text)),
        arrayMap((k, v) -> (k, 'number', toString(v)), mapKeys(number), mapValues(number)),
        arrayMap((k, v) -> (k, 'boolean', if(v, 'true', 'false')), mapKeys(flag), mapValues(flag))`;
/** One more than is reported, so that an excess is noticed. */
const ROWS = MAX_ENTRIES + 1;

/**
 * Of the events of a batch, which lie in `range`, or of all up to one (null), those that count: the first of their
 * identity. All batches of lower numbers are stored.
 */
export function compileEventTally(propertyNumber: number, seq: number, range: InstantRange | null): CompiledQuery {
  const isUpTo = range === null;
  const params = { p0: propertyNumber, p1: seq, ...(range && { p2: range.fromMs, p3: range.toMs }) };
  const sql = `SELECT event, entry.1 AS key, entry.2 AS type, count() AS count, min(ms) AS first_ms, max(ms) AS last_ms,
  arrayFilter(x -> x != '', groupUniqArray(${MAX_EXAMPLES})(substringUTF8(entry.3, 1, ${EXAMPLE_CHARACTERS + 1}))) AS examples
FROM (
  SELECT toString(name) AS event, toUnixTimestamp64Milli(time) AS ms,
    arrayJoin(arrayConcat([('', '', '')],
        ${VALUES})) AS entry
  FROM events FINAL
  PREWHERE property = {p0:UInt32}${isUpTo ? '' : ` AND ${within('p2', 'p3')} AND ${likeOneOf()}`}
  WHERE seq ${isUpTo ? '<=' : '='} {p1:UInt64}
)
GROUP BY event, key, type
ORDER BY key != '', event, key, type
LIMIT ${ROWS}
SETTINGS do_not_merge_across_partitions_select_final = 1`;
  return { sql, params };
}

/** Of a batch of upserts, or of all up to one. */
export function compileTraitTally(propertyNumber: number, seq: number, isUpTo = false): CompiledQuery {
  const sql = `SELECT '' AS event, entry.1 AS key, entry.2 AS type, count() AS count, 0 AS first_ms, 0 AS last_ms,
  groupUniqArray(${MAX_EXAMPLES})(substringUTF8(entry.3, 1, ${EXAMPLE_CHARACTERS + 1})) AS examples
FROM (
  SELECT arrayJoin(arrayConcat(
        ${VALUES})) AS entry
  FROM user_changes
  WHERE property = {p0:UInt32} AND seq ${isUpTo ? '<=' : '='} {p1:UInt64}
)
GROUP BY key, type
ORDER BY key, type
LIMIT ${ROWS}`;
  return { sql, params: { p0: propertyNumber, p1: seq } };
}

/** A tally as a batch itself would make it. */
export function tallyOf(rows: readonly TallyRow[]): Tally {
  return { entries: rows.slice(0, MAX_ENTRIES).map(entryOf), isWhole: rows.length <= MAX_ENTRIES };
}

function entryOf({ event, key, type, count, first_ms: first, last_ms: last, examples }: TallyRow): TallyEntry {
  if (event === '') return [null, key, type as ValueName, count, null, null, examples.map((one) => valueOf(one, type))];
  if (key === '') return [event, null, null, count, first, last, []];
  return [event, key, type as ValueName, count, first, last, examples.map((one) => valueOf(one, type))];
}

function valueOf(text: string, type: string): string | number | boolean {
  if (type === 'number') return Number(text);
  return type === 'boolean' ? text === 'true' : shortened(text);
}
