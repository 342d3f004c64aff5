import type { Column } from '../core/metric/metric.js';
import type { ColumnValue, UserRow } from './user-row.js';

/** RFC 4180 wants it, on every system. */
const LINE_END = '\r\n';

/** `user`, the columns, then for each column `<column>.reason`. */
export function csvHeader(columns: readonly Column[]): string {
  const names = columns.map((column) => column.name);
  return csvLine(['user', ...names, ...names.map((name) => `${name}.reason`)]);
}

/** One user's line: an undefined value is an empty cell, and its reason stands in the second half. */
export function csvRow(columns: readonly Column[], row: UserRow): string {
  const values = columns.map((column) => cellText(row.values[column.name]));
  const reasons = columns.map((column) => row.undefined[column.name] ?? '');
  return csvLine([row.user, ...values, ...reasons]);
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
