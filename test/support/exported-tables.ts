import { tableFromIPC } from 'apache-arrow';
import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { FORMAT_NAMES, type Format } from '../../src/results/export-format.js';
import type { TestApp } from './test-app.js';

/** Cells by column: instants as RFC 3339, maps as objects, lists as arrays, null where there is none. */
export type ExportedRow = Readonly<Record<string, unknown>>;

/** A call with the admin key whose answer may be compressed: within the process, as supertest would unpack it. */
export async function download(app: TestApp, path: string, headers = {}) {
  const answer = await app.nest.inject({
    method: 'GET',
    url: `/v1/properties/default${path}`,
    headers: { authorization: `Bearer ${app.adminKey}`, ...headers },
  });
  return { status: answer.statusCode, headers: answer.headers, bytes: answer.rawPayload };
}

/** What a file of any format holds; `columns` null where the format names them in rows alone. */
export async function tableOf(
  format: Format,
  bytes: Buffer,
): Promise<{ readonly columns: readonly string[] | null; readonly rows: readonly object[] }> {
  switch (format) {
    case 'json':
      return { columns: null, rows: (JSON.parse(bytes.toString()) as { data: object[] }).data };
    case 'ndjson': {
      const lines = bytes.toString().split('\n').slice(0, -1);
      return { columns: null, rows: lines.map((line) => JSON.parse(line) as object) };
    }
    case 'csv': {
      const [header = []] = parse(bytes, { to_line: 1, bom: true }) as string[][];
      return { columns: header, rows: csvRows(bytes) };
    }
    case 'parquet': {
      const { children } = parquetSchema(parquetMetadata(new Uint8Array(bytes).buffer));
      return { columns: children.map(({ element }) => element.name), rows: await parquetRows(bytes) };
    }
    case 'arrow':
      return { columns: tableFromIPC(bytes).schema.fields.map(({ name }) => name), rows: arrowRows(bytes) };
  }
}

/** In every format; the columns are the same in all that have any. */
export async function expectNoRows(app: TestApp, path: string, query = ''): Promise<void> {
  const columns = new Set<string>();
  for (const format of FORMAT_NAMES) {
    const { status, bytes } = await download(app, `${path}?format=${format}${query}`);
    expect([path, format, status]).toEqual([path, format, 200]);
    const table = await tableOf(format, bytes);
    expect([path, format, table.rows]).toEqual([path, format, []]);
    if (table.columns !== null) columns.add(table.columns.join());
  }
  expect([...columns]).toEqual([expect.stringMatching(/^(user|by,group|row|from)\b/)]);
}

export async function parquetRows(bytes: Buffer): Promise<ExportedRow[]> {
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
  return rows.map(plainRow);
}

export function arrowRows(bytes: Buffer): ExportedRow[] {
  const table = tableFromIPC(bytes);
  const instants = new Set(
    table.schema.fields.filter(({ type }) => String(type).startsWith('Timestamp')).map(({ name }) => name),
  );
  return table.toArray().map((row: { toJSON(): Record<string, unknown> }) => {
    const cells = Object.entries(row.toJSON());
    return plainRow(
      Object.fromEntries(
        cells.map(([name, cell]) => [name, instants.has(name) && cell !== null ? new Date(Number(cell)) : cell]),
      ),
    );
  });
}

export function csvRows(bytes: Buffer): Readonly<Record<string, string>>[] {
  return parse(bytes, { columns: true, record_delimiter: '\r\n' });
}

function plainRow(row: Record<string, unknown>): ExportedRow {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell)]));
}

function plain(cell: unknown): unknown {
  if (typeof cell === 'bigint') return Number(cell);
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell !== 'object' || cell === null) return cell;
  if ('toJSON' in cell && typeof cell.toJSON === 'function') return plain(cell.toJSON());
  if (Array.isArray(cell) || ArrayBuffer.isView(cell)) return Array.from(cell as ArrayLike<unknown>, plain);
  return Object.fromEntries(Object.entries(cell).map(([key, of]) => [key, plain(of)]));
}

/** What CSV says of a row of a typed table: texts, numbers as JSON has them, empty where there is none. */
export function asCsvRow(row: ExportedRow): Record<string, string> {
  const text = (cell: unknown): string => {
    if (cell === null) return '';
    return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
  };
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, text(cell)]));
}
