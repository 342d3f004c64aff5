import type { components } from '@muster/client';
import type { Cell, DataTable } from '../read/data-table.js';

type Part = components['schemas']['TrackablePart'];

export const DIVISIONS = ['application', 'version', 'user', 'state'] as const;

export type Division = (typeof DIVISIONS)[number];

/** Parts of one application, or of all of them together. */
export interface Parts {
  /** Empty: not divided by application. */
  readonly application: string;
  readonly parts: readonly Part[];
}

/** Which figure of a part is drawn: what is added up, or how many users are in a state. */
export function figureOf({ total, users, events }: Part, division: Division): number | null {
  if (division === 'state') return users ?? null;
  return total ?? events ?? users ?? null;
}

/** What a part is called: an alias, or what it is divided by. */
export function partName(part: Part, division: Division): string {
  if (division === 'user') return part.alias ?? part.user ?? '';
  if (division === 'state') return part.state ?? 'in no state';
  const application = part.application ?? 'no application';
  return division === 'version' ? `${application} ${part.version ?? 'without a version'}` : application;
}

/** A row for each part of each application, the largest part first: group, series, value, and the other figures. */
export function trackableTable(all: readonly Parts[], division: Division): DataTable {
  const sums = new Map<string, number>();
  for (const { parts } of all) {
    for (const part of parts) {
      const key = keyOf(part, division);
      sums.set(key, (sums.get(key) ?? 0) + (figureOf(part, division) ?? 0));
    }
  }
  const rows = all
    .flatMap(({ application, parts }) => parts.map((part) => ({ application, part })))
    .toSorted((a, b) => (sums.get(keyOf(b.part, division)) ?? 0) - (sums.get(keyOf(a.part, division)) ?? 0))
    .map(({ application, part }): Cell[] => [
      partName(part, division),
      application,
      figureOf(part, division),
      part.users ?? null,
      part.events ?? null,
      part.added ?? null,
      part.state ?? null,
    ]);
  const table: DataTable = {
    columns: [
      { name: 'group', label: division, type: 'text' },
      { name: 'series', label: 'Application', type: 'text' },
      { name: 'value', label: division === 'state' ? 'Users in it' : 'Total', type: 'number' },
      { name: 'users', label: 'Users', type: 'number' },
      { name: 'events', label: 'Events', type: 'number' },
      { name: 'added', label: 'Added', type: 'number' },
      { name: 'state', label: 'State', type: 'text' },
    ],
    rows,
  };
  return withoutEmptyColumns(table);
}

function keyOf(part: Part, division: Division): string {
  return division === 'user' ? (part.user ?? '') : partName(part, division);
}

/** Columns of which no row has anything are left out, but for what is drawn. */
function withoutEmptyColumns({ columns, rows }: DataTable): DataTable {
  const has = columns.map(
    ({ name }, at) => name === 'group' || name === 'value' || rows.some((row) => row[at] !== null && row[at] !== ''),
  );
  return {
    columns: columns.filter((_, at) => has[at]),
    rows: rows.map((row) => row.filter((_, at) => has[at])),
  };
}
