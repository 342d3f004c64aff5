/** What a picture shows, as rows: drawn, read out, copied and saved from the same. */
export interface DataTable {
  readonly columns: readonly DataColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

export type Cell = string | number | boolean | null;

export interface DataColumn {
  readonly name: string;
  readonly label: string;
  /** How its values are written; `share` is a part of 1. */
  readonly type: 'text' | 'number' | 'share' | 'flag';
}

/** RFC 4180, with a header; numbers as JSON writes them, and nothing where there is no value. */
export function toCsv({ columns, rows }: DataTable): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => row.map(textOf))];
  return lines.map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
}

/** For spreadsheets, which take what is copied by tabs. */
export function toTabs({ columns, rows }: DataTable): string {
  const lines = [columns.map(({ label }) => label), ...rows.map((row) => row.map(textOf))];
  return lines.map((line) => line.map((cell) => cell.replaceAll(/[\t\r\n]/g, ' ')).join('\t')).join('\n');
}

/** The values of a column, by its name. */
export function valuesOf({ columns, rows }: DataTable, name: string): readonly Cell[] {
  const at = columns.findIndex((column) => column.name === name);
  return rows.map((row) => row[at] ?? null);
}

/** Each row as an object by the names of its columns. */
export function recordsOf({ columns, rows }: DataTable): readonly Readonly<Record<string, Cell>>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));
}

const textOf = (cell: Cell): string => (cell === null ? '' : String(cell));

/** A text that a spreadsheet would take for a formula gets an apostrophe; a number is none. */
function quoted(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
