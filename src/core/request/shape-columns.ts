import type { JsonValue } from '../json.js';
import { UNDEFINED_REASONS, type Column, type UndefinedReason } from '../metric/metric.js';
import { compareGroups } from '../series/breakdown.js';
import { fits, isPercentile, nameOf, quantileKey, type Aggregator } from '../statistics/aggregators.js';
import { formatInstant } from '../time/instant.js';
import type { ColumnAggregateRow, ColumnAggregates, KeyAggregateRow, Statistics } from './run-result.js';

/**
 * The aggregates of a set of users by column, as the answer has them.
 * @throws Error where the rows are not of these columns, or a user is lost: for every column `n + n_undefined` is
 * `size`
 */
export function shapeColumns(
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
  rows: readonly ColumnAggregateRow[],
  size: number,
): Readonly<Record<string, ColumnAggregates>> {
  const shaped = columns.map((column, i): [string, ColumnAggregates] => [
    column.name,
    shapeColumn(column, aggregators, columnRow(rows, i, size)),
  ]);
  return Object.fromEntries(shaped);
}

function columnRow(rows: readonly ColumnAggregateRow[], index: number, size: number): ColumnAggregateRow {
  const column = rows[index];
  if (!column) throw new Error(`The aggregates have ${rows.length} columns, not ${index + 1} or more`);
  const total = column.n + undefinedCount(column);
  if (total !== size) throw new Error(`Column ${index} speaks of ${total} users, there are ${size}`);
  return column;
}

function shapeColumn(column: Column, aggregators: readonly Aggregator[], row: ColumnAggregateRow): ColumnAggregates {
  const requested = aggregators.filter((aggregator) => fits(aggregator, column)).map(nameOf);
  return {
    ...Object.fromEntries(requested.map((name) => [name, shapeAggregate(name, column, row)])),
    n: row.n,
    n_undefined: undefinedCount(row),
    undefined: reasons(row),
  };
}

/** Null where nobody has a value, or where it has no finite number: sums can overflow. */
function shapeAggregate(name: string, column: Column, row: ColumnAggregateRow): JsonValue {
  if (row.n === 0) return null;
  if (column.type === 'map') return byKey(row, (key) => keyValue(name, row.n, key));
  switch (name) {
    case 'count_by_value':
      return byValue(column, row);
    case 'proportion':
      return { ...wilson(row.positives ?? missing(name), row.n) };
    case 'weighted_rate':
      return required(row.weightedRate, name);
    case 'distinct':
      return required(row.distinct, name);
  }
  const value = statistic(name, row.n, row);
  if (typeof value !== 'number' || column.type !== 'instant') return value;
  return formatInstant(Math.round(value));
}

function byKey({ keys }: ColumnAggregateRow, shape: (key: KeyAggregateRow) => JsonValue): JsonValue {
  return Object.fromEntries(Object.entries(keys ?? missing('keys')).map(([key, row]) => [key, shape(row)]));
}

/** Users of each value with their share, most first; of as many the texts by their bytes, the numbers by size. */
function byValue({ type }: Column, { n, counts, keys }: ColumnAggregateRow): JsonValue {
  const users =
    type === 'text'
      ? Object.entries(keys ?? missing('keys')).map(([value, key]) => ({ value, users: key.users }))
      : Object.entries(counts ?? missing('counts')).map(([value, own]) => ({ value: Number(value), users: own }));
  return users
    .toSorted((a, b) => b.users - a.users || compareGroups(a.value, b.value))
    .map(({ value, users: own }) => ({ value, users: own, share: own / n }));
}

function keyValue(name: string, n: number, row: KeyAggregateRow): JsonValue {
  return name === 'count_by_value' ? row.users : statistic(name, n, row);
}

function statistic(name: string, n: number, row: Statistics): JsonValue {
  if (name === 'median' || isPercentile(name)) return required(row.quantiles[quantileKey(name)], name);
  switch (name) {
    case 'mean':
    case 'min':
    case 'max':
    case 'sum':
      return row[name];
    case 'std':
      return n < 2 ? null : row.std;
    case 'variance':
      return n < 2 ? null : square(row.std);
    case 'histogram': {
      const { edges, counts } = required(row.histogram, name) ?? missing(name);
      return { edges, counts };
    }
    default:
      throw new Error(`There is no aggregator ${name}`);
  }
}

function square(std: number | null): number | null {
  return std !== null && Number.isFinite(std * std) ? std * std : null;
}

function required<T>(value: T | undefined, name: string): T {
  return value === undefined ? missing(name) : value;
}

/** A requested statistic must be there: null would mean "no value". */
function missing(name: string): never {
  throw new Error(`The aggregates lack ${name}`);
}

function reasons(row: ColumnAggregateRow): Partial<Record<UndefinedReason, number>> {
  return Object.fromEntries(
    UNDEFINED_REASONS.map((reason) => [reason, row.reasons[reason] ?? 0]).filter(([, count]) => count !== 0),
  );
}

function undefinedCount(row: ColumnAggregateRow): number {
  return Object.values(row.reasons).reduce((sum, count) => sum + count, 0);
}

/** The quantile of the normal distribution that leaves 2.5 % on either side. */
const Z = 1.959963984540054;
const LEVEL = 0.95;

export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly positives: number;
}

/**
 * A proportion with its 95 % score interval (Wilson 1927, without continuity correction; Newcombe 1998, method 3).
 * Takes 0 <= positives <= n and n > 0. The interval touches 0 and 1 exactly where no or every user is positive.
 */
export function wilson(positives: number, n: number): Proportion {
  const value = positives / n;
  const shrink = 1 + (Z * Z) / n;
  const centre = (value + (Z * Z) / (2 * n)) / shrink;
  const half = (Z / shrink) * Math.sqrt((value * (1 - value)) / n + (Z * Z) / (4 * n * n));
  return {
    value,
    low: positives === 0 ? 0 : centre - half,
    high: positives === n ? 1 : centre + half,
    level: LEVEL,
    positives,
  };
}
