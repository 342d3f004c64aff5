import type { JsonValue } from '../json.js';
import { columnsOf } from '../metric/columns-of.js';
import { UNDEFINED_REASONS, type Column, type UndefinedReason } from '../metric/metric.js';
import { fits, isPercentile, nameOf, quantileKey, type Aggregator } from '../statistics/aggregator.js';
import { wilson } from '../statistics/wilson.js';
import { formatInstant } from '../time/instant.js';
import type { AggregateRow, ColumnAggregateRow, KeyAggregateRow, Statistics } from './aggregate-row.js';
import type { CanonicalRequest } from './canonical-request.js';
import { resultWarnings } from './result-warnings.js';
import { observedTo } from './observed-to.js';
import type { ColumnAggregates, RunResult } from './run-result.js';

/** What the run itself adds. */
export interface RunFacts {
  readonly asOfMs: number;
  readonly attempt: number;
  readonly timings: RunResult['timings'];
}

/** The stored answer of a run from the one row of its aggregates. */
export function shapeResult(canonical: CanonicalRequest, row: AggregateRow, facts: RunFacts): RunResult {
  const columns = columnsOf(canonical);
  const observedToMs = observedTo(canonical, facts.asOfMs);
  const shaped = columns.map((column, i): [string, ColumnAggregates] => [
    column.name,
    shapeColumn(column, canonical.aggregators, columnRow(row, i)),
  ]);
  return {
    columns,
    aggregates: Object.fromEntries(shaped),
    cohort_size: row.cohort_size,
    observed_to: observedToMs === null ? null : formatInstant(observedToMs),
    warnings: resultWarnings(canonical, row, observedToMs),
    attempt: facts.attempt,
    timings: facts.timings,
  };
}

/** For every column `n + n_undefined` is the size of the cohort; a row of another metric or a lost user is a defect. */
function columnRow(row: AggregateRow, index: number): ColumnAggregateRow {
  const column = row.columns[index];
  if (!column) throw new Error(`The aggregates have ${row.columns.length} columns, not ${index + 1} or more`);
  const total = column.n + undefinedCount(column);
  if (total !== row.cohort_size)
    throw new Error(`Column ${index} speaks of ${total} users, the cohort has ${row.cohort_size}`);
  return column;
}

function shapeColumn(column: Column, aggregators: readonly Aggregator[], row: ColumnAggregateRow): ColumnAggregates {
  const asked = aggregators.filter((aggregator) => fits(aggregator, column)).map(nameOf);
  return {
    ...Object.fromEntries(asked.map((name) => [name, shapeAggregate(name, column, row)])),
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
    case 'proportion':
      return { ...wilson(row.positives ?? missing(name), row.n) };
    case 'weighted_rate':
      return asked(row.weightedRate, name);
    case 'distinct':
      return asked(row.distinct, name);
  }
  const value = statistic(name, row.n, row);
  if (typeof value !== 'number' || column.type !== 'instant') return value;
  return formatInstant(Math.round(value));
}

function byKey({ keys }: ColumnAggregateRow, shape: (key: KeyAggregateRow) => JsonValue): JsonValue {
  return Object.fromEntries(Object.entries(keys ?? missing('keys')).map(([key, row]) => [key, shape(row)]));
}

function keyValue(name: string, n: number, row: KeyAggregateRow): JsonValue {
  return name === 'count_by_value' ? row.users : statistic(name, n, row);
}

function statistic(name: string, n: number, row: Statistics): JsonValue {
  if (name === 'median' || isPercentile(name)) return asked(row.quantiles[quantileKey(name)], name);
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
      const { edges, counts } = asked(row.histogram, name) ?? missing(name);
      return { edges, counts };
    }
    default:
      throw new Error(`There is no aggregator ${name}`);
  }
}

function square(std: number | null): number | null {
  return std !== null && Number.isFinite(std * std) ? std * std : null;
}

function asked<T>(value: T | undefined, name: string): T {
  return value === undefined ? missing(name) : value;
}

/** A statistic that was asked must be there: null would pass for "no value". */
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
