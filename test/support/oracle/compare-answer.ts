import type { Aggregator } from '../../../src/core/statistics/aggregators.js';
import { expectNear } from './compare.js';
import { expectToldAggregates, type ToldAggregates } from './compare-aggregates.js';
import type { GroupValue } from './request-breakdown.js';
import type { Measured } from './request-measure.js';
import type { OracleColumn } from './request-metric.js';
import type { MeasuredPoint, OracleAnswer } from './request-oracle.js';

export interface ToldPoint {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly age: number | null;
  readonly complete: boolean;
  readonly aggregates: ToldAggregates;
}

/** What an answer tells of everybody. */
export interface ToldAnswer {
  readonly aggregates: ToldAggregates;
  readonly series: readonly ToldPoint[] | null;
  readonly breakdown:
    | readonly {
        readonly by: string;
        readonly group: GroupValue;
        readonly rest?: true;
        readonly aggregates: ToldAggregates;
        readonly series: readonly ToldPoint[] | null;
      }[]
    | null;
}

/** A user's row as an answer to a request with a series tells it. */
export interface ToldUser {
  readonly user: string;
  readonly slices: readonly {
    readonly from: string;
    readonly age: number | null;
    readonly values: Readonly<Record<string, unknown>>;
    readonly undefined: Readonly<Record<string, string>>;
  }[];
}

export function expectSameAnswer(
  reported: ToldAnswer,
  expected: OracleAnswer,
  aggregators: readonly Aggregator[],
): void {
  const { columns } = expected;
  expectToldAggregates(reported.aggregates, columns, expected.rows, aggregators);
  expectSameSeries(reported.series, expected.series, columns, aggregators);
  expect(reported.breakdown?.map(({ by, group, rest = false }) => [by, group, rest])).toEqual(
    expected.breakdown?.map(({ by, group, rest }) => [by, group, rest]),
  );
  expected.breakdown?.forEach((group, i) => {
    const own = reported.breakdown?.[i];
    expectToldAggregates(own?.aggregates ?? {}, columns, group.rows, aggregators);
    expectSameSeries(own?.series ?? null, group.series, columns, aggregators);
  });
}

function expectSameSeries(
  reported: readonly ToldPoint[] | null,
  expected: readonly MeasuredPoint[] | null,
  columns: readonly OracleColumn[],
  aggregators: readonly Aggregator[],
): void {
  expect(reported?.map(({ from, to, label, age, complete }) => [from, to, label, age, complete])).toEqual(
    expected?.map(({ fromMs, toMs, label, age, complete }) => [written(fromMs), written(toMs), label, age, complete]),
  );
  expected?.forEach(({ rows }, i) => expectToldAggregates(reported?.[i]?.aggregates ?? {}, columns, rows, aggregators));
}

function written(ms: number): string {
  return new Date(ms).toISOString();
}

export function expectSameUsers(reported: readonly ToldUser[], { users, columns }: OracleAnswer): void {
  const places = (all: readonly { user: string; slices: readonly { age: number | null }[] }[]): unknown =>
    all.map(({ user, slices }) => [user, slices.map(({ age }) => age)]);
  expect(places(reported)).toEqual(places(users ?? []));
  users?.forEach(({ slices }, u) =>
    slices.forEach((slice, s) => {
      const { from, values, undefined: reasons } = reported[u]!.slices[s]!;
      expect(from).toBe(new Date(slice.fromMs).toISOString());
      expectSameValues(values, reasons, slice, columns);
    }),
  );
}

function expectSameValues(
  values: Readonly<Record<string, unknown>>,
  reasons: Readonly<Record<string, string>>,
  { columns: outcomes, weight, maps }: Measured,
  columns: readonly OracleColumn[],
): void {
  const without = columns.flatMap(({ name }, c) => {
    const outcome = outcomes[c];
    return outcome && 'reason' in outcome ? [[name, outcome.reason]] : [];
  });
  expect(reasons).toEqual(Object.fromEntries(without));
  columns.forEach(({ name, type }, c) => {
    const outcome = outcomes[c]!;
    if ('reason' in outcome) return expect([name, Object.hasOwn(values, name)]).toEqual([name, false]);
    switch (type) {
      case 'boolean':
        return expect([name, values[name]]).toEqual([name, outcome.value === 1]);
      case 'instant':
        return expect([name, values[name]]).toEqual([name, new Date(outcome.value).toISOString()]);
      case 'text':
        return expect([name, values[name]]).toEqual([name, Object.keys(maps?.[0] ?? {})[0]]);
      case 'map':
        return expect(values[name]).toEqual(maps?.[0]);
      default:
        expectNear(values[name] as number, outcome.value, weight);
    }
  });
}
