import type { Column } from '../core/metric/metric.js';
import type { ColumnValue, ToldValues, UserRow } from './user-row.js';

/** RFC 4180 wants it, on every system. */
const LINE_END = '\r\n';

/** `user`, with a series `from` and `age`, the columns, then for each column `<column>.reason`. */
export function csvHeader(columns: readonly Column[], withSlices: boolean): string {
  const names = columns.map((column) => column.name);
  const keys = withSlices ? ['user', 'from', 'age'] : ['user'];
  return csvLine([...keys, ...names, ...names.map((name) => `${name}.reason`)]);
}

/**
 * One user's lines: one, or with a series one for each slice (a user who is in none has one with an empty `from`). An undefined value is an empty cell, and its reason
 * stands in the second half.
 */
export function csvRows(columns: readonly Column[], row: UserRow): string {
  if (!row.slices) return csvRow(columns, [row.user], row);
  if (row.slices.length === 0) return csvRow(columns, [row.user, '', ''], row);
  return row.slices.map((slice) => csvRow(columns, [row.user, slice.from, String(slice.age ?? '')], slice)).join('');
}

function csvRow(columns: readonly Column[], keys: readonly string[], told: ToldValues): string {
  const values = columns.map((column) => cellText(told.values[column.name]));
  const reasons = columns.map((column) => told.undefined[column.name] ?? '');
  return csvLine([...keys, ...values, ...reasons]);
}

/** A map is a JSON text. */
function cellText(value: ColumnValue | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
}

function csvLine(cells: readonly string[]): string {
  return cells.map(csvCell).join(',') + LINE_END;
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
