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
  /** How many values lie in each [e, e') of the edges, the last closed. */
  countsBetween(edges: readonly number[]): number[];
  /** sum(w v) / sum(w) over the users with a value in both columns, and by how much it may be off. */
  weightedBy(weights: number): { readonly rate: number | null; readonly tolerance: number };
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
    countsBetween: (edges) => countsBetween(values, edges),
    weightedBy: (weights) => weighted(rows, column, weights),
  };
}

function countsBetween(values: readonly number[], edges: readonly number[]): number[] {
  const last = edges.length - 2;
  return edges.slice(0, -1).map((from, i) => {
    const to = edges[i + 1]!;
    return values.filter((v) => v >= from && (v < to || (i === last && v === to))).length;
  });
}

function weighted(
  rows: readonly Pick<OracleRow, 'columns'>[],
  column: number,
  weights: number,
): { readonly rate: number | null; readonly tolerance: number } {
  const pairs = rows.flatMap(({ columns }) => {
    const [value, weight] = [columns[column]!, columns[weights]!];
    return 'value' in value && 'value' in weight ? [[value.value, weight.value] as const] : [];
  });
  const total = exactSum(pairs.map(([, weight]) => weight));
  const products = pairs.map(([value, weight]) => value * weight);
  if (total === 0 || products.some((product) => !Number.isFinite(product))) return { rate: null, tolerance: 0 };
  return { rate: exactSum(products) / total, tolerance: exactSum(products.map(Math.abs)) / Math.abs(total) };
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
