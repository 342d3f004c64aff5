import type { Column } from '../core/metric/metric.js';
import type { AggregateRow, ColumnAggregateRow } from '../core/request/aggregate-row.js';
import type { ValidityFacts } from '../core/request/valid-until.js';
import { fits, quantileKey } from '../core/statistics/aggregator.js';
import { askedQuantiles, isQuantile } from './compile-aggregates.js';

/** The users of one reason (empty: those with a value) in one column. The engine writes what is not finite as null. */
export interface AggregatesGroup {
  /** Of the column, from 1. */
  readonly position: number;
  readonly reason: string;
  readonly n: number;
  readonly sum: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly std: number | null;
  /** In the order of `askedQuantiles`. */
  readonly quantiles: readonly (number | null)[];
}

/** The row of `compileAggregates`. Without users there are no groups. */
export interface AggregatesAnswer {
  readonly groups: readonly AggregatesGroup[];
  readonly next_change_ms: number | null;
  readonly later_events: number;
  readonly next_registration_ms: number | null;
}

/** What the engine's answer to `compileAggregates` means; `columns` and `aggregators` are those it was compiled for. */
export function readAggregates(
  answer: AggregatesAnswer,
  columns: readonly Column[],
  aggregators: readonly string[],
): { readonly row: AggregateRow; readonly facts: ValidityFacts } {
  const rows = columns.map((column, i) => columnRow(column, groupsAt(answer, i + 1), columns, aggregators));
  const size = groupsAt(answer, 1).reduce((sum, { n }) => sum + n, 0);
  const row = {
    cohort_size: size,
    users_known: size - (rows[0]?.reasons['unknown_user'] ?? 0),
    next_change_ms: answer.next_change_ms,
    columns: rows,
  };
  const facts = {
    nextChangeMs: answer.next_change_ms,
    laterEvents: answer.later_events > 0,
    nextRegistrationMs: answer.next_registration_ms,
  };
  return { row, facts };
}

function groupsAt({ groups }: AggregatesAnswer, position: number): readonly AggregatesGroup[] {
  return groups.filter((group) => group.position === position);
}

const NOTHING: Omit<AggregatesGroup, 'position' | 'reason'> = {
  n: 0,
  sum: null,
  min: null,
  max: null,
  std: null,
  quantiles: [],
};

function columnRow(
  { type }: Column,
  groups: readonly AggregatesGroup[],
  columns: readonly Column[],
  aggregators: readonly string[],
): ColumnAggregateRow {
  const asked = aggregators.filter((name) => fits(name, type));
  const keys = new Set(asked.filter(isQuantile).map(quantileKey));
  const { n, sum, min, max, std, quantiles } = groups.find(({ reason }) => reason === '') ?? NOTHING;
  const ifAsked = (name: string, value: number | null): number | null => (asked.includes(name) ? value : null);
  return {
    n,
    reasons: Object.fromEntries(groups.filter(({ reason }) => reason !== '').map((group) => [group.reason, group.n])),
    sum: ifAsked('sum', sum),
    mean: ifAsked('mean', sum === null ? null : sum / n),
    min: ifAsked('min', min),
    max: ifAsked('max', max),
    std: ifAsked('std', n < 2 ? null : std),
    // Stored booleans are 0 and 1.
    positives: ifAsked('proportion', sum),
    quantiles: Object.fromEntries(
      askedQuantiles(columns, aggregators)
        .map(({ key }, i): [string, number | null] => [key, quantiles[i] ?? null])
        .filter(([key]) => keys.has(key)),
    ),
  };
}
