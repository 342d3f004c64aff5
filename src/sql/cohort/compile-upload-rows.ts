import type { RowReason, RowStatus } from '../../core/upload/upload-row.js';
import type { CompiledQuery } from '../compiled-query.js';
import { csvTextSql } from '../export/csv-sql.js';
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
export interface AskedRows {
  readonly target: UploadAttempt;
  readonly statuses: readonly RowStatus[];
}

/** At most `limit` rows behind the row `after`. */
export function compileRowsPage(asked: AskedRows, after: number, limit: number): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT row, text, status, reason, first_row
FROM upload_verdicts
WHERE ${askedSql(asked, params)} AND row > ${params.add('UInt32', after)}
ORDER BY row
LIMIT ${params.add('UInt32', limit)}`;
  return { sql, params: params.values };
}

/** All of them as CSV without the header, for the format RawBLOB. */
export function compileRowsCsv(asked: AskedRows, escapesFormulas: boolean): CompiledQuery {
  const cells = [
    'toString(row)',
    'toString(status)',
    'toString(reason)',
    `if(first_row = 0, '', toString(first_row))`,
    csvTextSql('text', escapesFormulas),
  ];
  return lines(asked, `concat(${cells.join(", ',', ")}, '\\r\\n')`);
}

/** All of them as NDJSON, as the pages of JSON have them. */
export function compileRowsJson(asked: AskedRows): CompiledQuery {
  const members = [
    `'{"row":', toString(row)`,
    `',"text":', toJSONString(text)`,
    `',"status":"', toString(status)`,
    `'","reason":', if(reason = '', 'null', concat('"', toString(reason), '"'))`,
    `',"first_row":', if(first_row = 0, 'null', toString(first_row))`,
  ];
  return lines(asked, `concat(${members.join(', ')}, '}\\n')`);
}

function lines(asked: AskedRows, line: string): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT ${line}
FROM upload_verdicts
WHERE ${askedSql(asked, params)}
ORDER BY row
SETTINGS output_format_json_escape_forward_slashes = 0`;
  return { sql, params: params.values };
}

function askedSql({ target, statuses }: AskedRows, params: ParamList): string {
  const ofAttempt = attemptSql(target, params);
  return statuses.length === 0 ? ofAttempt : `${ofAttempt} AND status IN ${params.add('Array(String)', statuses)}`;
}
