import type { Answer, UserRow } from '@muster/client';
import type { Cell, DataTable } from './data-table.js';

/** Which rows are looked at: a part of the id; a reason, or `value` for those that have one, or nothing. */
export interface UserFilter {
  readonly text: string;
  readonly reason: string;
}

/** A row for each user that fits, a column for each of the answer; a missing value is its reason in brackets. */
export function usersTable({ columns }: Answer, rows: readonly UserRow[], { text, reason }: UserFilter): DataTable {
  const first = columns[0]?.name ?? '';
  const wanted = text.toLowerCase();
  const fits = ({ user, undefined: missing }: UserRow): boolean => {
    if (wanted !== '' && !user.toLowerCase().includes(wanted)) return false;
    if (reason === '') return true;
    return reason === 'value' ? missing[first] === undefined : Object.values(missing).includes(reason as never);
  };
  return {
    columns: [
      { name: 'user', label: 'User', type: 'text' },
      ...columns.map(({ name, unit, type }) => ({
        name,
        label: unit === null ? name : `${name} (${unit}s)`,
        type: type === 'number' || type === 'duration' ? ('number' as const) : ('text' as const),
      })),
    ],
    rows: rows.filter(fits).map(({ user, values, undefined: missing }) => [
      user,
      ...columns.map(({ name }): Cell => {
        const value = values[name];
        if (value === undefined) return missing[name] === undefined ? null : `(${missing[name]})`;
        return typeof value === 'object' ? JSON.stringify(value) : value;
      }),
    ]),
  };
}

/** The reasons that are there, each once, in the order of the alphabet. */
export function reasonsIn(rows: readonly UserRow[]): string[] {
  return [...new Set(rows.flatMap(({ undefined: missing }) => Object.values(missing)))].sort();
}
