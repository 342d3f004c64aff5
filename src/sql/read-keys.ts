import { Failure } from '../core/failure.js';
import { MAX_KEYS } from '../core/metric/count-by.js';
import type {
  AggregatePart,
  AggregateRow,
  ColumnAggregateRow,
  KeyAggregateRow,
} from '../core/request/aggregate-row.js';
import { histogramOf, nameOf, type Aggregator } from '../core/statistics/aggregator.js';
import { binOf, histogram, type Histogram, type HistogramSpec } from '../core/statistics/histogram.js';
import { requestsDeviation, quantileKeys, type RequestedStatistics } from './requested-statistics.js';

/** A row of `compileMapAggregates`. The engine writes what is not finite as null. */
export interface KeyAnswer {
  readonly cell: number;
  readonly group_code: string;
  readonly key: string;
  /** Users with a map without the key. */
  readonly missing: number;
  readonly users: number;
  readonly sum: number | null;
  readonly min: number;
  readonly max: number;
  readonly std: number | null;
  readonly quantiles: readonly (number | null)[];
  readonly bins?: Readonly<Record<string, number>>;
}

/** The keys of one map column. */
export interface ColumnKeys {
  /** Of the column, from 0. */
  readonly index: number;
  readonly byPart: ReadonlyMap<string, readonly KeyAnswer[]>;
  readonly requested: RequestedStatistics;
  readonly aggregators: readonly Aggregator[];
}

/** The engine's answer to `compileMapAggregates` by cell and group. */
export function keysByPart(answers: readonly KeyAnswer[]): ReadonlyMap<string, readonly KeyAnswer[]> {
  const found = new Map<string, KeyAnswer[]>();
  for (const answer of answers) {
    const key = `${answer.cell}${answer.group_code}`;
    const part = found.get(key) ?? [];
    part.push(answer);
    found.set(key, part);
  }
  return found;
}

/**
 * Map columns with what their keys come to.
 * @throws Failure limit_exceeded where there are more keys than an answer may have
 */
export function withKeys(
  { row, parts }: { readonly row: AggregateRow; readonly parts: readonly AggregatePart[] },
  keys: readonly ColumnKeys[],
): { readonly row: AggregateRow; readonly parts: readonly AggregatePart[] } {
  if (keys.length === 0) return { row, parts };
  return {
    row: { ...row, columns: filled(row.columns, '0', keys) },
    parts: parts.map((part) => ({ ...part, columns: filled(part.columns, `${part.cell}${part.code}`, keys) })),
  };
}

function filled(
  columns: readonly ColumnAggregateRow[],
  part: string,
  keys: readonly ColumnKeys[],
): readonly ColumnAggregateRow[] {
  return columns.map((column, i) => {
    const own = keys.find(({ index }) => index === i);
    if (!own || column.n === 0) return column;
    const rows = readKeys(own.byPart.get(part) ?? [], column.n, own.requested, own.aggregators);
    return Object.assign({}, column, { keys: rows });
  });
}

function readKeys(
  answers: readonly KeyAnswer[],
  n: number,
  requested: RequestedStatistics,
  aggregators: readonly Aggregator[],
): Readonly<Record<string, KeyAggregateRow>> {
  if (answers.length > MAX_KEYS) throw tooManyKeys();
  return Object.fromEntries(answers.map((answer) => [answer.key, keyRow(answer, n, requested, aggregators)]));
}

function keyRow(
  answer: KeyAnswer,
  n: number,
  { quantiles }: RequestedStatistics,
  aggregators: readonly Aggregator[],
): KeyAggregateRow {
  const names = aggregators.map(nameOf);
  const levels = quantiles.map(({ key }) => key);
  const bins = histogramOf(aggregators);
  const { users, sum, min, max, std } = answer;
  return {
    users,
    sum,
    mean: sum === null ? null : sum / n,
    min,
    max,
    std: requestsDeviation(names) && n >= 2 ? std : null,
    quantiles: Object.fromEntries(
      quantileKeys(names).map((key) => [key, answer.quantiles[levels.indexOf(key)] ?? null]),
    ),
    ...(bins ? { histogram: withZeros(bins, answer) } : {}),
  };
}

/** Who lacks the key is in the bin of 0. */
function withZeros(spec: HistogramSpec, { min, max, bins, missing }: KeyAnswer): Histogram {
  const counted = new Map(Object.entries(bins ?? {}).map(([bin, users]) => [Number(bin), users]));
  const zero = binOf(spec, { min, max }, 0);
  if (missing > 0) counted.set(zero, (counted.get(zero) ?? 0) + missing);
  return histogram(spec, { min, max }, counted);
}

function tooManyKeys(): Failure {
  const detail = `The users have more values together than the limit \`map_keys\`, ${MAX_KEYS}; give the \`values\` to be counted, or narrow the events with \`where\`.`;
  const errors = [{ pointer: '/params/values', detail }];
  return new Failure('limit_exceeded', detail, errors, { limit: 'map_keys', value: MAX_KEYS });
}
