import type { Aggregator } from '../../../src/core/statistics/aggregators.js';
import type { ColumnType } from '../../../src/core/metric/metric.js';
import { expectNear } from './compare.js';
import { oracleAggregates, type OracleAggregates } from './oracle-aggregates.js';
import type { OracleRow } from './oracle.js';
import type { OracleColumn } from './request-metric.js';

/** Aggregates as an answer tells them. */
export type ToldAggregates = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const OF_NUMBERS = ['mean', 'median', 'min', 'max', 'sum', 'std', 'variance'];
const FITTING: Readonly<Record<ColumnType, readonly string[]>> = {
  number: [...OF_NUMBERS, 'histogram', 'weighted_rate'],
  duration: [...OF_NUMBERS, 'histogram', 'weighted_rate'],
  map: [...OF_NUMBERS, 'histogram', 'count_by_value'],
  boolean: ['proportion'],
  instant: ['min', 'max', 'median'],
  text: ['count_by_value'],
};
/** Of every metric these are whole numbers. */
const WHOLE = ['count', 'reversed_count', 'changes', 'sessions', 'events', 'bounces'];
const PERCENTILE = /^p[\d.]+$/;
/** Of the normal distribution, for 0.95. */
const Z = 1.959963984540054;

/**
 * Every column tells how many users it has a value of, why the others have none, and each aggregator that fits its
 * type. Nothing else.
 */
export function expectToldAggregates(
  reported: ToldAggregates,
  columns: readonly OracleColumn[],
  rows: readonly OracleRow[],
  aggregators: readonly Aggregator[],
): void {
  expect(Object.keys(reported)).toEqual(columns.map(({ name }) => name));
  columns.forEach((column, c) => {
    const expected = oracleAggregates(rows, c);
    const own = reported[column.name] ?? {};
    const { n, n_undefined: without, undefined: reasons, ...requested } = own;
    expect([column.name, n, without, reasons]).toEqual([
      column.name,
      expected.n,
      rows.length - expected.n,
      expected.reasons,
    ]);
    const fitting = aggregators.filter((aggregator) => fits(aggregator, column));
    expect(Object.keys(requested).sort()).toEqual(fitting.map(nameOf).sort());
    for (const name of fitting.map(nameOf)) {
      if (expected.n === 0) expect([name, requested[name]]).toEqual([name, null]);
      else expectTold(requested[name], name, column, columns, rows, expected);
    }
  });
}

function fits(aggregator: Aggregator, { name, type }: OracleColumn): boolean {
  const requested = nameOf(aggregator);
  if (requested === 'distinct') return true;
  if (requested === 'count_by_value' && WHOLE.includes(name)) return true;
  if (PERCENTILE.test(requested)) return ['number', 'duration', 'map'].includes(type);
  if (typeof aggregator === 'object' && 'weighted_rate' in aggregator && aggregator.weighted_rate.weight === name) {
    return false;
  }
  return FITTING[type].includes(requested);
}

function nameOf(aggregator: Aggregator): string {
  return typeof aggregator === 'string' ? aggregator : (Object.keys(aggregator)[0] ?? '');
}

function expectTold(
  reported: unknown,
  name: string,
  { name: own, type }: OracleColumn,
  columns: readonly OracleColumn[],
  rows: readonly OracleRow[],
  expected: OracleAggregates,
): void {
  if (name === 'distinct') return expect(reported).toBe(new Set(rows.flatMap(({ values }) => values ?? [])).size);
  if (name === 'weighted_rate') {
    const { rate, tolerance } = expected.weightedBy(columns.findIndex((column) => column.name === 'count'));
    return expectNear(reported as number | null, rate, tolerance);
  }
  if (type === 'map') return expectByKey(reported, name, rows);
  if (name === 'count_by_value')
    return expectByValue(
      reported,
      type,
      columns.findIndex((column) => column.name === own),
      rows,
    );
  if (type === 'boolean') return expectProportion(reported, expected);
  if (type === 'instant') {
    const instant = { min: expected.min, max: expected.max, median: expected.quantile(0.5) }[name] ?? 0;
    return expect([name, reported]).toEqual([name, new Date(Math.round(instant)).toISOString()]);
  }
  // Values that are sums themselves may differ in their last bits, and whatever is picked from them.
  const ofSums = rows.reduce((sum, { weight }) => sum + weight, 0);
  expectStatistic(reported, name, expected, ofSums);
}

function expectStatistic(reported: unknown, name: string, expected: OracleAggregates, ofSums: number): void {
  const weight = expected.weight + ofSums;
  switch (name) {
    case 'mean':
    case 'sum':
    case 'std':
      return expectNear(reported as number | null, expected[name], weight);
    case 'variance':
      return expectVariance(reported as number | null, expected.std, weight);
    case 'min':
    case 'max':
      return expectNear(reported as number | null, expected[name], ofSums);
    case 'histogram': {
      const { edges, counts } = reported as { edges: number[]; counts: number[] };
      return expect(counts).toEqual(expected.countsBetween(edges));
    }
    default: {
      const level = name === 'median' ? 0.5 : Number(`${name.slice(1)}e-2`);
      expectNear(reported as number | null, expected.quantile(level), ofSums);
    }
  }
}

/** As far off as its root may be. A square that is no double is null. */
function expectVariance(reported: number | null, std: number | null, weight: number): void {
  if (std === null || !Number.isFinite(std * std)) return expect(reported).toBeNull();
  expect(reported).not.toBeNull();
  if (std * std < Number.MIN_VALUE * 1e20) return expect(Math.abs(reported ?? NaN)).toBeLessThan(1e-290 + weight);
  expectNear(Math.sqrt(reported ?? NaN), std, weight + std);
}

/** Wilson's interval. */
function expectProportion(reported: unknown, { n, positives }: OracleAggregates): void {
  const p = positives / n;
  const scale = 1 + Z ** 2 / n;
  const middle = (p + Z ** 2 / (2 * n)) / scale;
  const half = (Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2))) / scale;
  const { low, high, ...rest } = reported as { low: number; high: number };
  expect(rest).toEqual({ value: p, level: 0.95, positives });
  expect([low, high].map((bound) => Number(bound.toFixed(12)))).toEqual(
    [Math.max(0, middle - half), Math.min(1, middle + half)].map((bound) => Number(bound.toFixed(12))),
  );
}

/** Most users first; of as many the texts by their bytes, the numbers by size. */
function expectByValue(reported: unknown, type: ColumnType, c: number, rows: readonly OracleRow[]): void {
  const values = rows.flatMap(({ columns, maps }): (string | number)[] => {
    const outcome = columns[c]!;
    if ('reason' in outcome) return [];
    return type === 'text' ? [Object.keys(maps![0]!)[0]!] : [outcome.value];
  });
  const told = [...new Set(values)].map((value) => {
    const users = values.filter((other) => other === value).length;
    return { value, users, share: users / values.length };
  });
  const before = (a: string | number, b: string | number): number =>
    typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  expect(reported).toEqual(told.sort((a, b) => b.users - a.users || before(a.value, b.value)));
}

/** By key as a column of numbers, 0 for every user whose map lacks it. */
function expectByKey(reported: unknown, name: string, rows: readonly OracleRow[]): void {
  const maps = rows.flatMap((row) => row.maps ?? []);
  const keys = [...new Set(maps.flatMap((map) => Object.keys(map)))];
  const byKey = reported as Readonly<Record<string, unknown>>;
  expect(Object.keys(byKey).sort()).toEqual(keys.sort());
  for (const key of keys) {
    const numbers = maps.map((map) => map[key] ?? 0);
    if (name === 'count_by_value') {
      expect(byKey[key]).toBe(numbers.filter((number) => number !== 0).length);
      continue;
    }
    const columns = numbers.map((value) => ({ columns: [{ value }] }));
    expectStatistic(byKey[key], name, oracleAggregates(columns, 0), 0);
  }
}
