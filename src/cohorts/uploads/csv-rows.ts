import type { CsvFormat } from '../../bodies/csv-query.dto.js';
import { Failure, invalidParameter } from '../../core/failure.js';
import { unescapedFormula } from '../../core/formula.js';
import { listedNames, namedColumn, refuseOtherDelimiter } from '../../core/ingest/csv-columns.js';
import { CsvScanner, type CsvRow, type CsvSink } from '../../core/ingest/csv-scanner.js';
import { UPLOAD_LIMITS } from '../../core/upload/upload-row.js';
import { rowTooLong, type UploadRows } from './upload-rows.js';

export const HEADERS = ['auto', 'present', 'absent'] as const;

/** How the rows of a CSV body name their users. */
export interface UploadCsvParameters extends CsvFormat {
  readonly header: (typeof HEADERS)[number];
  /** The name of a column or its number, from 1; undefined: the one that has a name for users, or else the only one. */
  readonly column: string | undefined;
}

/** What the first row has shown. */
export interface CsvFound {
  hasHeader: boolean | null;
  /** From 1. */
  columnNumber: number | null;
  /** As the header has it. */
  columnName: string | null;
}

/** Names for users in headers, the best first. */
const USER_NAMES = [
  'user',
  'user_id',
  'userid',
  'user id',
  'distinct_id',
  'customer_id',
  'external_id',
  'person_id',
  'uid',
  'username',
  'id',
  'email',
];

/**
 * Cuts CSV into rows. Cells stand for themselves, blanks included. `found` receives the column. The scanner throws
 * Failure malformed_body, body_too_large; invalid_parameter where the column is not there; invalid_field where nobody
 * can tell which it is.
 */
export function csvRows(rows: UploadRows, requested: UploadCsvParameters, found: CsvFound): CsvScanner {
  return new CsvScanner(requested.delimiter, UPLOAD_LIMITS.rowBytes, new RowTaker(rows, requested, found));
}

class RowTaker implements CsvSink {
  constructor(
    private readonly rows: UploadRows,
    private readonly requested: UploadCsvParameters,
    private readonly found: CsvFound,
  ) {}

  row(row: CsvRow): void {
    const { found } = this;
    if (found.columnNumber === null && !isBlank(row)) {
      Object.assign(found, columnOf(row.texts(), this.requested));
      if (found.hasHeader) return this.rows.pass();
    }
    const at = (found.columnNumber ?? 1) - 1;
    const cell = at < row.count ? row.at(at).toString() : '';
    this.rows.take(this.requested.isEscaped ? unescapedFormula(cell) : cell);
  }

  tooLong(): void {
    throw rowTooLong(this.rows);
  }
}

function isBlank(row: CsvRow): boolean {
  for (let at = 0; at < row.count; at++) if (row.at(at).length > 0) return false;
  return true;
}

function columnOf(first: readonly string[], requested: UploadCsvParameters): CsvFound {
  const { header, column } = requested;
  const known = userColumn(first);
  const hasHeader = header === 'present' || (header === 'auto' && (known >= 0 || isNameOf(first, column)));
  const at =
    column === undefined
      ? unasked(first, known, hasHeader, requested)
      : requestedColumn(first, column, hasHeader, header);
  return { hasHeader, columnNumber: at + 1, columnName: hasHeader ? (first[at] ?? null) : null };
}

/** Where nothing is asked. @throws Failure invalid_field */
function unasked(
  first: readonly string[],
  known: number,
  hasHeader: boolean,
  { header, delimiter }: UploadCsvParameters,
): number {
  if (header === 'absent') return 0;
  if (known >= 0 && hasHeader) return known;
  if (first.length === 1) {
    refuseOtherDelimiter(first[0] ?? '', delimiter, ['semicolon', 'tab']);
    return 0;
  }
  const detail = `None of the ${first.length} columns has a name for users; the first row has ${listedNames(first)}. Say which column by column=, with its name or its number, from 1. Known names are ${USER_NAMES.join(', ')}.`;
  throw new Failure('invalid_field', detail, [{ parameter: 'column', detail }]);
}

/** @throws Failure invalid_parameter */
function requestedColumn(
  first: readonly string[],
  column: string,
  hasHeader: boolean,
  header: UploadCsvParameters['header'],
): number {
  if (isNumber(column) && !isNameOf(first, column)) return Number(column) - 1;
  if (hasHeader || header === 'auto') return namedColumn(first, column, 'column');
  throw invalidParameter('column', 'Without a header a column is named by its number, from 1.');
}

function isNumber(column: string): boolean {
  return /^[1-9]\d{0,5}$/.test(column);
}

function isNameOf(header: readonly string[], column: string | undefined): boolean {
  if (column === undefined) return false;
  const wanted = column.trim().toLowerCase();
  return !isNumber(column) && header.some((name) => name.trim().toLowerCase() === wanted);
}

/** The place of the best name for users; -1: there is none. */
function userColumn(header: readonly string[]): number {
  const names = header.map((name) => name.trim().toLowerCase());
  return USER_NAMES.map((name) => names.indexOf(name)).find((at) => at >= 0) ?? -1;
}
