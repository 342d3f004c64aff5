import type { RowReason, RowStatus } from '../../core/upload/upload-row.js';
import type { CompiledQuery } from '../compiled-query.js';
import type { ExportedList } from '../export/compile-list.js';
import { ParamList } from '../param-list.js';
import { attemptSql, type UploadAttempt } from './compile-upload.js';

export interface UploadRowRow {
  readonly row: number;
  readonly text: string;
  readonly status: RowStatus;
  /** Empty: valid. */
  readonly reason: RowReason | '';
  /** 0: no duplicate. */
  readonly first_row: number;
}

/** Rows with one of these statuses (none: with any). */
export interface RowsFilter {
  readonly target: UploadAttempt;
  readonly statuses: readonly RowStatus[];
}

/** At most `limit` rows behind the row `after`. */
export function compileRowsPage(requested: RowsFilter, after: number, limit: number): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT row, text, status, reason, first_row
FROM upload_verdicts
WHERE ${askedSql(requested, params)} AND row > ${params.add('UInt32', after)}
ORDER BY row
LIMIT ${params.add('UInt32', limit)}`;
  return { sql, params: params.values };
}

/** All of them. */
export function uploadRowList(requested: RowsFilter): ExportedList {
  return {
    columns: [
      { name: 'row', type: 'integer', nullable: false },
      { name: 'status', type: 'word', nullable: false },
      { name: 'reason', type: 'word', nullable: true },
      { name: 'first_row', type: 'integer', nullable: true },
      { name: 'text', type: 'text', nullable: false },
    ],
    rows: (
      params,
    ) => `SELECT row, status, nullIf(toString(reason), '') AS reason, nullIf(first_row, 0) AS first_row, text
FROM upload_verdicts
WHERE ${askedSql(requested, params)}`,
    order: 'row',
    settings: null,
  };
}

function askedSql({ target, statuses }: RowsFilter, params: ParamList): string {
  const ofAttempt = attemptSql(target, params);
  return statuses.length === 0 ? ofAttempt : `${ofAttempt} AND status IN ${params.add('Array(String)', statuses)}`;
}
