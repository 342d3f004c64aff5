import type { ColumnType, UndefinedReason } from '../../../src/core/metric/metric.js';
import type { ColumnAggregateRow } from '../../../src/core/request/run-result.js';
import type { RunValuesRow } from '../../../src/stores/clickhouse/run-values-store.js';
import type { OracleAggregates } from './oracle-aggregates.js';
import type { OracleRow } from './oracle.js';

/** Sums may be off by this part of the sum of absolute values. */
const TOLERANCE = 1e-12;

export function expectSameRows(stored: readonly RunValuesRow[], expected: readonly OracleRow[]): void {
  expect(stored.map(({ user }) => user)).toEqual(expected.map(({ user }) => user));
  stored.forEach((row, i) => {
    const { columns, weight, maps } = expected[i]!;
    const reasons = columns.map((outcome) => ('reason' in outcome ? outcome.reason : ''));
    expect([row.user, row.reasons]).toEqual([row.user, reasons]);
    if (maps !== undefined) expect([row.user, row.maps]).toEqual([row.user, maps]);
    columns.forEach((outcome, c) => expectNear(row.numbers[c]!, 'value' in outcome ? outcome.value : 0, weight));
  });
}

/** Of a column of numbers or durations all but the proportion, of booleans nothing else. */
export function expectSameAggregates(row: ColumnAggregateRow, expected: OracleAggregates, type: ColumnType): void {
  expect([row.n, row.reasons]).toEqual([expected.n, expected.reasons]);
  if (type === 'boolean') {
    const nothing = { sum: null, mean: null, min: null, max: null, std: null, quantiles: {} };
    return expect(row).toMatchObject({ ...nothing, positives: expected.n === 0 ? null : expected.positives });
  }
  // Its values are keys, which the oracle of answers compares.
  if (type === 'text') return;
  if (type === 'instant') {
    const { min, max, ...rest } = row;
    const nothing = { sum: null, mean: null, std: null, positives: null };
    expect(rest).toMatchObject({ ...nothing, quantiles: { p50: expected.quantile(0.5) } });
    return expect([min, max]).toEqual([expected.min, expected.max]);
  }
  for (const statistic of ['sum', 'mean', 'std'] as const) {
    expectNear(row[statistic], expected[statistic], expected.weight);
  }
  const { quantile } = expected;
  expect({ ...row.quantiles }).toEqual({ p25: quantile(0.25), p50: quantile(0.5), p90: quantile(0.9) });
  expect([row.min, row.max, row.positives]).toEqual([expected.min, expected.max, null]);
  expectSameHistogram(row, expected);
}

/** The edges span the values, and each bin holds what lies between its edges. */
function expectSameHistogram({ histogram }: ColumnAggregateRow, expected: OracleAggregates): void {
  if (histogram === null || histogram === undefined) return expect(expected.n).toBe(0);
  const { edges, counts } = histogram;
  expect(counts).toEqual(expected.countsBetween(edges));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(expected.n);
}

/** The stored rows as outcomes: the aggregates are to be exact for what is stored, down to its last bit. */
export function storedOutcomes(stored: readonly RunValuesRow[]): Pick<OracleRow, 'columns'>[] {
  return stored.map(({ numbers, reasons }) => ({
    columns: numbers.map((value, c) => (reasons[c] === '' ? { value } : { reason: reasons[c] as UndefinedReason })),
  }));
}

/** A weight of 0 asks for equality. */
export function expectNear(actual: number | null, expected: number | null, weight: number): void {
  if (actual === expected) return;
  if (actual !== null && expected !== null && Math.abs(actual - expected) <= TOLERANCE * weight) return;
  expect(actual).toBe(expected);
}
