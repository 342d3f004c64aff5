import type { RowReason, RowStatus, ValidationMode } from '../../../src/core/upload/upload-row.js';

/** What naive reading of a list of users says of its rows. */
export interface NaiveUpload {
  readonly rows: readonly NaiveRow[];
  /** Distinct users whom the validation accepts. */
  readonly members: readonly string[];
}

export interface NaiveRow {
  readonly row: number;
  readonly status: RowStatus;
  readonly reason: RowReason | null;
  readonly first_row: number | null;
}

/**
 * `cells` are what stands for a user in each row; anything but a text cannot be one. The first row has the number
 * `firstRow`.
 */
export function naiveUpload(
  cells: readonly unknown[],
  known: ReadonlySet<string>,
  mode: ValidationMode,
  firstRow = 1,
): NaiveUpload {
  const seen = new Map<string, number>();
  const members: string[] = [];
  const rows = cells.map((cell, i): NaiveRow => {
    const row = firstRow + i;
    const refused = (status: RowStatus, reason: RowReason, first: number | null = null): NaiveRow => ({
      row,
      status,
      reason,
      first_row: first,
    });
    if (typeof cell !== 'string') return refused('invalid', 'not_a_text');
    if (cell === '') return refused('blank', 'blank');
    if (new TextEncoder().encode(cell).length > 256) return refused('invalid', 'too_long');
    if (/\p{Surrogate}/u.test(cell) || cell.includes('\0')) return refused('invalid', 'invalid_text');
    const first = seen.get(cell);
    if (first !== undefined) return refused('duplicate', 'duplicate', first);
    seen.set(cell, row);
    if (known.has(cell) || mode === 'lenient') members.push(cell);
    return known.has(cell)
      ? { row, status: 'valid', reason: null, first_row: null }
      : refused('unknown', 'unknown_user');
  });
  return { rows, members };
}
