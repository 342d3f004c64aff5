import type { Column, UndefinedReason } from '../core/metric/metric.js';

/** A value as it is told: booleans, RFC 3339 instants, numbers (durations in the column's unit), maps of numbers. */
export type ColumnValue = number | boolean | string | Readonly<Record<string, number>>;

/** One user's values; a column is either in `values` or, with its reason, in `undefined`. */
export interface UserRow {
  readonly user: string;
  readonly values: Readonly<Record<string, ColumnValue>>;
  readonly undefined: Readonly<Record<string, UndefinedReason>>;
}

/** A row of the engine's `run_values`: one number and one reason (empty: defined) for each column. */
export interface StoredRow {
  readonly user: string;
  readonly numbers: readonly number[];
  readonly reasons: readonly string[];
  /** One for each map column. */
  readonly maps: readonly Readonly<Record<string, number>>[];
}

/** @throws Error when the row has not one element for each column */
export function userRow(columns: readonly Column[], stored: StoredRow): UserRow {
  if (stored.numbers.length !== columns.length || stored.reasons.length !== columns.length) {
    throw new Error(`a stored row has not the ${columns.length} columns of its run`);
  }
  const values: Record<string, ColumnValue> = {};
  const reasons: Record<string, UndefinedReason> = {};
  columns.forEach((column, i) => {
    const reason = stored.reasons[i];
    if (reason === '') values[column.name] = valueOf(columns, i, stored);
    else reasons[column.name] = reason as UndefinedReason;
  });
  return { user: stored.user, values, undefined: reasons };
}

function valueOf(columns: readonly Column[], i: number, { numbers, maps }: StoredRow): ColumnValue {
  const stored = numbers[i] ?? 0;
  switch (columns[i]?.type) {
    case 'boolean':
      return stored === 1;
    case 'instant':
      return new Date(stored).toISOString();
    case 'number':
    case 'duration':
      return stored;
    case 'map':
      return maps[columns.slice(0, i).filter(({ type }) => type === 'map').length] ?? {};
    case undefined:
      throw new Error(`there is no column ${i}`);
  }
}
