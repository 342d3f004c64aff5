import { Failure } from '../../core/failure.js';
import { UPLOAD_LIMITS } from '../../core/upload/upload-row.js';
import { csvRecords } from '../../properties/ingest/csv-records.js';
import type { UploadRows } from './upload-rows.js';

export const HEADERS = ['auto', 'present', 'absent'] as const;
export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const;

/** How the rows of a CSV body name their users. */
export interface CsvAsked {
  readonly header: (typeof HEADERS)[number];
  /** The name of a column or its number, from 1; undefined: the one that has a name for users, or else the first. */
  readonly column: string | undefined;
  readonly delimiter: keyof typeof DELIMITERS;
}

/** What the first row has shown. */
export interface CsvFound {
  hasHeader: boolean | null;
  /** From 1. */
  columnNumber: number | null;
}

/** Names for users in headers, the best first. */
const USER_NAMES = ['user', 'user_id', 'userid', 'user id', 'id'];

/**
 * Rows of CSV. Cells stand for themselves, blanks included. Each step is a good moment to store what there is; `found` is told the column.
 * @throws Failure what `csvRecords` throws; invalid_parameter where the column is not there
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  rows: UploadRows,
  asked: CsvAsked,
  found: CsvFound,
): AsyncGenerator<void> {
  const form = {
    maxBytes: UPLOAD_LIMITS.rowBytes,
    delimiter: DELIMITERS[asked.delimiter],
    endsAtReturn: true,
    keepsBlank: true,
    takesLooseQuotes: true,
  };
  for await (const records of csvRecords(chunks, form)) {
    for (const record of records) {
      if (found.columnNumber === null && !isBlank(record)) {
        Object.assign(found, columnOf(record, asked));
        if (found.hasHeader) {
          rows.pass();
          continue;
        }
      }
      rows.take(record[(found.columnNumber ?? 1) - 1] ?? '');
    }
    yield;
  }
}

function isBlank(record: readonly string[]): boolean {
  return record.every((cell) => cell === '');
}

function columnOf(first: readonly string[], { header, column }: CsvAsked): CsvFound {
  const number = numberOf(column);
  const named = indexOfName(first, number === null ? column : undefined);
  const hasHeader = header === 'present' || (header === 'auto' && named >= 0);
  if (number !== null) return { hasHeader, columnNumber: number };
  if (column !== undefined && (!hasHeader || named < 0)) throw noColumn(column, first, header);
  return { hasHeader, columnNumber: hasHeader && named >= 0 ? named + 1 : 1 };
}

function numberOf(column: string | undefined): number | null {
  return column !== undefined && /^[1-9]\d{0,5}$/.test(column) ? Number(column) : null;
}

/** The place of a column of that name; without one, of the best name for users. -1: there is none. */
function indexOfName(header: readonly string[], column: string | undefined): number {
  if (column !== undefined) return header.indexOf(column);
  const names = header.map((name) => name.trim().toLowerCase());
  return USER_NAMES.map((name) => names.indexOf(name)).find((at) => at >= 0) ?? -1;
}

function noColumn(column: string, first: readonly string[], header: CsvAsked['header']): Failure {
  const shown = first.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 50)));
  const more = first.length > 20 ? ' and more' : '';
  const detail =
    header === 'absent'
      ? 'Without a header a column is named by its number, from 1.'
      : `The first row has no column ${JSON.stringify(column.slice(0, 50))}; it has ${shown.join(', ')}${more}. Name one of them, or give its number, from 1.`;
  return new Failure('invalid_parameter', detail, [{ parameter: 'column', detail }]);
}
