import type { Column } from '../core/metric/metric.js';
import type { ValidityFacts } from '../core/request/freshness.js';
import type { AggregatePart, AggregateRow, ColumnAggregateRow } from '../core/request/run-result.js';
import { fits, histogramOf, nameOf, type Aggregator } from '../core/statistics/aggregators.js';
import { histogram, type Histogram, type HistogramSpec } from '../core/statistics/histogram.js';
import { EARLIEST_MS, LATEST_MS } from './compiled-query.js';
import { quantileKeys, requestedStatistics, requestsDeviation } from './statistics.js';
import { keysByPart, OF_MAP, refuseTooManyKeys, withKeys, type KeyAnswer } from './map-aggregates.js';

/**
 * What the engine answers of a measured run, as its JSON with statistics: large ones are parsed where nothing else
 * waits.
 */
export interface AggregateAnswers {
  /** Groups of the breakdown, or the most that there can be; 0 without one. */
  readonly groups: number;
  /** Of `compileAggregates`. */
  readonly whole: Uint8Array;
  /** Of `compileMapAggregates` of each map column, by its index from 0. */
  readonly keys: readonly { readonly index: number; readonly answer: Uint8Array }[];
}

/** The aggregates of a run, over all its users and in its parts. */
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
 * Reads the answers of the engine; `columns` and `aggregators` are those that the statements were compiled for.
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
    const pointer = columns[index]?.type === 'map' ? OF_MAP : '/aggregators';
    return { index, pointer, byPart: keysByPart(parsed<KeyAnswer>(rows).data), requested, aggregators };
  });
  const { row, parts } = withKeys(read, ofColumns);
  const { elapsed, rows_read: rowsRead, bytes_read: bytesRead } = statistics;
  return { row, parts, facts: read.facts, stats: { rowsRead, bytesRead, elapsedMs: elapsed * 1000 } };
}

function parsed<T>(json: Uint8Array): EngineJson<T> {
  return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8'));
}

/** The statistics of one column. The engine writes what is not finite as null; what was not requested is absent. */
export interface ColumnStatistics {
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly std: number | null;
  /** In the order of the column's `RequestedStatistics.quantiles`. */
  readonly quantiles: readonly (number | null)[];
  /** Users by bin. */
  readonly bins: Readonly<Record<string, number>>;
  /** Sums of weighted values and of weights. */
  readonly weighted: number | null;
  readonly weights: number | null;
  readonly distinct: number;
  /** Users by whole number. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** One cell (of the whole window 0) and group (of everybody empty; else a colon and the group's code). */
interface PartKey {
  readonly cell: number;
  readonly group_code: string;
}

interface AnswerPart extends PartKey {
  readonly users: number;
  /** What is requested of each column, by `c` and its position, from 1. */
  readonly columns?: Readonly<Record<string, Partial<ColumnStatistics>>>;
  /** Users by the reasons of all columns, joined by commas, where one column has a reason. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** The row of `compileAggregates`. Without users there are no parts. */
export interface AggregatesAnswer {
  readonly parts: readonly AnswerPart[];
  readonly next_change_ms: number | null;
  readonly unfinished_users: number;
  readonly later_events: number;
  readonly next_registration_ms: number | null;
}

/**
 * What the engine's answer to `compileAggregates` means: the row over everybody and the whole window, and the parts
 * beside it; `columns` and `aggregators` are those it was compiled for.
 */
export function readAggregates(
  answer: AggregatesAnswer,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): { readonly row: AggregateRow; readonly parts: readonly AggregatePart[]; readonly facts: ValidityFacts } {
  const parts = answer.parts.map(({ cell, group_code: code, users, columns: found = {}, outcomes }): AggregatePart => {
    const reasons = reasonsOf(outcomes, columns.length);
    const rows = columns.map((column, i) => {
      const requested = aggregators.filter((aggregator) => fits(aggregator, column));
      return columnRow({ ...NOTHING, ...found[`c${i + 1}`] }, users, reasons[i] ?? {}, requested);
    });
    return { cell, code, size: users, columns: rows };
  });
  const isWhole = ({ cell, code }: AggregatePart): boolean => cell === 0 && code === '';
  const whole = parts.find(isWhole) ?? nobody(columns, aggregators);
  const nextChangeMs = inBounds(answer.next_change_ms);
  return {
    row: {
      cohort_size: whole.size,
      users_known: whole.size - (whole.columns[0]?.reasons['unknown_user'] ?? 0),
      users_unfinished: answer.unfinished_users,
      next_change_ms: nextChangeMs,
      columns: whole.columns,
    },
    parts: parts.filter((part) => !isWhole(part)),
    facts: {
      nextChangeMs,
      laterEvents: answer.later_events > 0,
      nextRegistrationMs: answer.next_registration_ms,
    },
  };
}

/** As rows that are stored hold instants. */
function inBounds(ms: number | null): number | null {
  return ms === null ? null : Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS);
}

type Reasons = Readonly<Record<string, number>>;

/** Of each column the users without a value, by reason. */
function reasonsOf(outcomes: AnswerPart['outcomes'], columns: number): readonly Reasons[] {
  const found = Array.from({ length: columns }, (): Record<string, number> => ({}));
  for (const [reasons, users] of Object.entries(outcomes)) {
    reasons.split(',').forEach((reason, i) => {
      const counts = found[i];
      if (counts && reason !== '' && users !== 0) counts[reason] = (counts[reason] ?? 0) + users;
    });
  }
  return found;
}

function nobody(columns: readonly Column[], aggregators: readonly Aggregator[]): AggregatePart {
  const rows = columns.map((column) => {
    const requested = aggregators.filter((aggregator) => fits(aggregator, column));
    return columnRow(NOTHING, 0, {}, requested);
  });
  return { cell: 0, code: '', size: 0, columns: rows };
}

function columnRow(
  measures: ColumnStatistics,
  users: number,
  reasons: Reasons,
  aggregators: readonly Aggregator[],
): ColumnAggregateRow {
  const n = users - Object.values(reasons).reduce((sum, count) => sum + count, 0);
  const { sum, min, max, std, quantiles, distinct } = n === 0 ? NOTHING : measures;
  const requested = aggregators.map(nameOf);
  const bins = histogramOf(aggregators);
  const ifAsked = (name: string, value: number | null): number | null => (requested.includes(name) ? value : null);
  const byLevel = quantileKeys(requested).map((key, i): [string, number | null] => [key, quantiles[i] ?? null]);
  return {
    n,
    reasons,
    sum: ifAsked('sum', sum),
    mean: ifAsked('mean', sum === null ? null : sum / n),
    min: ifAsked('min', min),
    max: ifAsked('max', max),
    std: requestsDeviation(requested) && n >= 2 ? std : null,
    // Stored booleans are 0 and 1.
    positives: ifAsked('proportion', sum),
    quantiles: Object.fromEntries(byLevel),
    ...(bins ? { histogram: n === 0 ? null : readHistogram(bins, measures) } : {}),
    ...(requested.includes('weighted_rate') ? { weightedRate: n === 0 ? null : weightedRate(measures) } : {}),
    ...(requested.includes('distinct') ? { distinct } : {}),
    ...(measures.counts ? { counts: readCounts(measures.counts, n) } : {}),
  };
}

/** @throws Failure limit_exceeded for more values than an answer may have */
function readCounts(counts: Readonly<Record<string, number>>, n: number): Readonly<Record<string, number>> {
  refuseTooManyKeys(Object.keys(counts).length, '/aggregators');
  return n === 0 ? {} : counts;
}

/** Null where the numbers are too large for bins. */
function readHistogram(spec: HistogramSpec, { min, max, bins }: ColumnStatistics): Histogram | null {
  if (min === null || max === null) return null;
  return histogram(spec, { min, max }, new Map(Object.entries(bins).map(([bin, users]) => [Number(bin), users])));
}

function weightedRate({ weighted, weights }: ColumnStatistics): number | null {
  if (weighted === null || weights === null || weights === 0) return null;
  const rate = weighted / weights;
  return Number.isFinite(rate) ? rate : null;
}

const NOTHING: ColumnStatistics = {
  sum: null,
  min: null,
  max: null,
  std: null,
  quantiles: [],
  bins: {},
  weighted: null,
  weights: null,
  distinct: 0,
};
