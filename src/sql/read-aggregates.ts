import type { Column } from '../core/metric/metric.js';
import type { AggregatePart, AggregateRow, ColumnAggregateRow } from '../core/request/aggregate-row.js';
import type { ValidityFacts } from '../core/request/valid-until.js';
import { fits, histogramOf, nameOf, type Aggregator } from '../core/statistics/aggregator.js';
import { histogram, type Histogram, type HistogramSpec } from '../core/statistics/histogram.js';
import { askedStatistics, asksDeviation, quantileKeys } from './asked-statistics.js';

/** The users of one reason (empty: those with a value) in one column. The engine writes what is not finite as null. */
export interface AggregatesGroup {
  /** Of the whole window 0. */
  readonly cell: number;
  /** Of everybody empty; else a colon and the group's code. */
  readonly group_code: string;
  /** Of the column, from 1. */
  readonly position: number;
  readonly reason: string;
  readonly n: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly std: number | null;
  /** In the order of `AskedStatistics.quantiles`. */
  readonly quantiles: readonly (number | null)[];
  /** Where they are asked: users by bin; sums of weighted values and of weights; distinct values. */
  readonly bins?: Readonly<Record<string, number>>;
  readonly weighted?: number | null;
  readonly weights?: number | null;
  readonly distinct?: number;
}

/** The row of `compileAggregates`. Without users there are no groups. */
export interface AggregatesAnswer {
  readonly groups: readonly AggregatesGroup[];
  readonly next_change_ms: number | null;
  readonly later_events: number;
  readonly next_registration_ms: number | null;
}

/**
 * What the engine's answer to `compileAggregates` means: the row over everybody and the whole window, and the parts beside it; `columns` and `aggregators` are those it was
 * compiled for.
 */
export function readAggregates(
  { groups, ...rest }: AggregatesAnswer,
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): { readonly row: AggregateRow; readonly parts: readonly AggregatePart[]; readonly facts: ValidityFacts } {
  const read = (of: readonly AggregatesGroup[]): readonly ColumnAggregateRow[] => columnRows(of, columns, aggregators);
  const [whole = [], others] = byPart(groups);
  const rows = read(whole);
  const size = sizeOf(whole);
  return {
    row: {
      cohort_size: size,
      users_known: size - (rows[0]?.reasons['unknown_user'] ?? 0),
      next_change_ms: rest.next_change_ms,
      columns: rows,
    },
    parts: others.map(({ cell, code, groups: own }) => ({ cell, code, size: sizeOf(own), columns: read(own) })),
    facts: {
      nextChangeMs: rest.next_change_ms,
      laterEvents: rest.later_events > 0,
      nextRegistrationMs: rest.next_registration_ms,
    },
  };
}

interface Part {
  readonly cell: number;
  readonly code: string;
  readonly groups: AggregatesGroup[];
}

/** The groups of everybody in the whole window, and those of each other cell and group of users. */
function byPart(groups: readonly AggregatesGroup[]): readonly [readonly AggregatesGroup[], readonly Part[]] {
  const parts = new Map<string, Part>();
  for (const group of groups) {
    const { cell, group_code: code } = group;
    const key = `${cell}${code}`;
    const part = parts.get(key) ?? { cell, code, groups: [] };
    part.groups.push(group);
    parts.set(key, part);
  }
  const whole = parts.get('0')?.groups ?? [];
  parts.delete('0');
  return [whole, [...parts.values()]];
}

function sizeOf(groups: readonly AggregatesGroup[]): number {
  return groupsAt(groups, 1).reduce((sum, { n }) => sum + n, 0);
}

function columnRows(
  groups: readonly AggregatesGroup[],
  columns: readonly Column[],
  aggregators: readonly Aggregator[],
): readonly ColumnAggregateRow[] {
  const levels = askedStatistics(columns, aggregators).quantiles.map(({ key }) => key);
  return columns.map((column, i) => {
    const asked = aggregators.filter((aggregator) => fits(aggregator, column));
    return columnRow(groupsAt(groups, i + 1), asked, levels);
  });
}

function groupsAt(groups: readonly AggregatesGroup[], position: number): readonly AggregatesGroup[] {
  return groups.filter((group) => group.position === position);
}

function columnRow(
  groups: readonly AggregatesGroup[],
  aggregators: readonly Aggregator[],
  levels: readonly string[],
): ColumnAggregateRow {
  const values = groups.find(({ reason }) => reason === '') ?? NOBODY;
  const { n, sum, min, max, std } = values;
  const asked = aggregators.map(nameOf);
  const bins = histogramOf(aggregators);
  const ifAsked = (name: string, value: number | null): number | null => (asked.includes(name) ? value : null);
  const quantiles = quantileKeys(asked).map((key): [string, number | null] => [
    key,
    values.quantiles[levels.indexOf(key)] ?? null,
  ]);
  return {
    n,
    reasons: Object.fromEntries(groups.filter(({ reason }) => reason !== '').map((group) => [group.reason, group.n])),
    sum: ifAsked('sum', sum),
    mean: ifAsked('mean', sum === null ? null : sum / n),
    min: ifAsked('min', min),
    max: ifAsked('max', max),
    std: asksDeviation(asked) && n >= 2 ? std : null,
    // Stored booleans are 0 and 1.
    positives: ifAsked('proportion', sum),
    quantiles: Object.fromEntries(quantiles),
    ...(bins ? { histogram: readHistogram(bins, values) } : {}),
    ...(asked.includes('weighted_rate') ? { weightedRate: weightedRate(values) } : {}),
    ...(asked.includes('distinct') ? { distinct: values.distinct ?? 0 } : {}),
  };
}

/** Null where there are no numbers. */
export function readHistogram(
  spec: HistogramSpec,
  { min, max, bins }: Pick<AggregatesGroup, 'min' | 'max' | 'bins'>,
): Histogram | null {
  if (min === null || max === null || !bins) return null;
  return histogram(spec, { min, max }, new Map(Object.entries(bins).map(([bin, users]) => [Number(bin), users])));
}

type Measures = Omit<AggregatesGroup, 'cell' | 'group_code' | 'position' | 'reason'>;

function weightedRate({ weighted, weights }: Measures): number | null {
  if (typeof weighted !== 'number' || typeof weights !== 'number' || weights === 0) return null;
  const rate = weighted / weights;
  return Number.isFinite(rate) ? rate : null;
}

const NOBODY: Measures = {
  n: 0,
  sum: null,
  min: null,
  max: null,
  std: null,
  quantiles: [],
};
