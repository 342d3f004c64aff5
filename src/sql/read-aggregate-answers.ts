import type { Column } from '../core/metric/metric.js';
import type { AggregatePart, AggregateRow } from '../core/request/aggregate-row.js';
import type { ValidityFacts } from '../core/request/valid-until.js';
import type { Aggregator } from '../core/statistics/aggregator.js';
import { requestedStatistics } from './requested-statistics.js';
import { readAggregates, type AggregatesAnswer } from './read-aggregates.js';
import { keysByPart, withKeys, type KeyAnswer } from './read-keys.js';

/** What the engine answers of a measured run, as its JSON with statistics: large ones are parsed where nothing else waits. */
export interface AggregateAnswers {
  /** Groups of the breakdown; 0 without one. */
  readonly groups: number;
  /** Of `compileAggregates`. */
  readonly whole: Uint8Array;
  /** Of `compileMapAggregates` of each map column, by its index from 0. */
  readonly keys: readonly { readonly index: number; readonly answer: Uint8Array }[];
}

/** What a run comes to, over all its users and in its parts. */
export interface RunAggregates {
  readonly row: AggregateRow;
  /** Beside the whole: slices, ages and groups. */
  readonly parts: readonly AggregatePart[];
  readonly facts: ValidityFacts;
  readonly stats: { readonly rowsRead: number; readonly bytesRead: number; readonly elapsedMs: number };
}

interface EngineJson<T> {
  readonly data: readonly T[];
  readonly statistics: { readonly elapsed: number; readonly rows_read: number; readonly bytes_read: number };
}

/**
 * What the answers mean; `columns` and `aggregators` are those they were asked by.
 * @throws Failure limit_exceeded for more keys of a map than an answer may have
 */
export function readAggregateAnswers(
  { whole, keys }: AggregateAnswers,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): RunAggregates {
  const { data, statistics } = parsed<AggregatesAnswer>(whole);
  const [answer] = data;
  if (!answer) throw new Error('The aggregates have no row');
  const read = readAggregates(answer, columns, aggregators);
  const requested = requestedStatistics(columns, aggregators);
  const ofColumns = keys.map(({ index, answer: rows }) => {
    return { index, byPart: keysByPart(parsed<KeyAnswer>(rows).data), requested, aggregators };
  });
  const { row, parts } = withKeys(read, ofColumns);
  const { elapsed, rows_read: rowsRead, bytes_read: bytesRead } = statistics;
  return { row, parts, facts: read.facts, stats: { rowsRead, bytesRead, elapsedMs: elapsed * 1000 } };
}

function parsed<T>(json: Uint8Array): EngineJson<T> {
  return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8')) as EngineJson<T>;
}
