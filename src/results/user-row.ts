import type { Column, UndefinedReason } from '../core/metric/metric.js';

/** A value as it is told: booleans, RFC 3339 instants, numbers (durations in the column's unit). */
export type ColumnValue = number | boolean | string;

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
    if (reason === '') values[column.name] = valueOf(column, stored.numbers[i] ?? 0);
    else reasons[column.name] = reason as UndefinedReason;
  });
  return { user: stored.user, values, undefined: reasons };
}

function valueOf(column: Column, stored: number): ColumnValue {
  switch (column.type) {
    case 'boolean':
      return stored === 1;
    case 'instant':
      return new Date(stored).toISOString();
    case 'number':
    case 'duration':
      return stored;
    case 'map':
      throw new Error(`column ${column.name} is a map, which is not stored as a number`);
  }
}
