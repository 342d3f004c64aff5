import { exactSum } from './exact-sum.js';
import type { OracleRow } from './oracle.js';

/** What the aggregates of one column must be. Null where there is no value to make them of. */
export interface OracleAggregates {
  readonly n: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly sum: number | null;
  readonly mean: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly std: number | null;
  readonly positives: number;
  /** The sum of absolute values, to which errors may be in proportion. */
  readonly weight: number;
  quantile(level: number): number | null;
}

export function oracleAggregates(rows: readonly Pick<OracleRow, 'columns'>[], column: number): OracleAggregates {
  const outcomes = rows.map(({ columns }) => columns[column]);
  const values = outcomes.flatMap((outcome) => (outcome && 'value' in outcome ? [outcome.value] : []));
  const given = outcomes.flatMap((outcome) => (outcome && 'reason' in outcome ? [outcome.reason] : []));
  const reasons = [...new Set(given)].map((reason): [string, number] => [
    reason,
    given.filter((other) => other === reason).length,
  ]);
  const n = values.length;
  const sum = n === 0 ? null : exactSum(values);
  return {
    n,
    reasons: Object.fromEntries(reasons),
    sum,
    mean: sum === null ? null : sum / n,
    min: n === 0 ? null : Math.min(...values),
    max: n === 0 ? null : Math.max(...values),
    std: sampleDeviation(values),
    positives: values.filter((value) => value === 1).length,
    weight: exactSum(values.map(Math.abs)),
    quantile: (level) => quantile(values, level),
  };
}

/** R's type 7: linear between order statistics, the h-th of 1 to n with h = 1 + level (n - 1). */
function quantile(values: readonly number[], level: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const h = level * (sorted.length - 1) + 1;
  const below = sorted[Math.floor(h) - 1];
  if (below === undefined) return null;
  const above = sorted[Math.floor(h)];
  return above === undefined ? below : below + (h - Math.floor(h)) * (above - below);
}

/** Of values divided by the largest of them, so that squares are doubles. */
function sampleDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const scale = Math.max(...values.map(Math.abs));
  if (scale === 0) return 0;
  const scaled = values.map((value) => value / scale);
  const mean = exactSum(scaled) / scaled.length;
  const squares = exactSum(scaled.map((value) => (value - mean) ** 2));
  return scale * Math.sqrt(squares / (scaled.length - 1));
}
