import { ACCEPTED, type RowReason, type RowStatus, type ValidationMode } from '../../core/upload/upload-row.js';
import { dateTime, ParamList, type CompiledQuery } from '../compiled-query.js';
import type { ExportedList } from '../export/compile-list.js';

/** One validation of an upload, apart from all others of it. */
export interface UploadAttempt {
  readonly uploadId: string;
  readonly attempt: number;
}

/** Whom a validation takes for known: by which data, before which instant. UTC milliseconds. */
export interface KnownScope {
  readonly propertyNumber: number;
  readonly dataVersion: number;
  readonly asOfMs: number;
}

/** Users of an upload that are validated together: those after `after`, up to `until`. */
export interface UserRange {
  readonly after: string;
  readonly until: string;
}

/** Columns of the rows in the body. */
const ROWS = 'row UInt32, user_id String, problem String, text String';

/** Stores rows of an upload from a body of RowBinary. */
export function compileUploadInsert(uploadId: string): CompiledQuery {
  const sql = `INSERT INTO upload_rows (upload_id, row, user_id, problem, text)
SELECT {p0:String}, row, user_id, problem, text
FROM input('${ROWS}')
SETTINGS insert_deduplicate = 0
FORMAT RowBinary`;
  return { sql, params: { p0: uploadId } };
}

/** Stores the members of a list as rows of an upload, in the order of their ids. */
export function compileUploadOfList(uploadId: string, propertyNumber: number, setHash: string): CompiledQuery {
  const params = new ParamList();
  const sql = `INSERT INTO upload_rows (upload_id, row, user_id)
SELECT ${params.add('String', uploadId)}, rowNumberInAllBlocks() + 1, user_id
FROM (
    SELECT DISTINCT user_id
    FROM member_sets
    WHERE property = ${params.add('UInt32', propertyNumber)} AND set_hash = ${params.add('String', setHash)}
    ORDER BY user_id
)
SETTINGS max_threads = 1`;
  return { sql, params: params.values };
}

/** ClickHouse: of an INSERT ... SELECT it gathers 256 MB at a time, and needs as much again to sort them. */
const SMALL_BLOCKS = 'SETTINGS min_insert_block_size_rows = 262144, min_insert_block_size_bytes = 0';

export interface RangeRow {
  /** Empty: there is no user after `after`. */
  readonly until: string;
  /** Rows of the range. */
  readonly rows: number;
}

/** The next users after `after`, so many that they have about `rows` rows. */
export function compileNextRange(uploadId: string, after: string, rows: number): CompiledQuery {
  const params = new ParamList();
  const behind = `upload_id = ${params.add('String', uploadId)} AND user_id > ${params.add('String', after)}`;
  const sql = `WITH (SELECT max(user_id) FROM (SELECT user_id FROM upload_rows WHERE ${behind} ORDER BY user_id LIMIT ${params.add('UInt32', rows)})) AS last
SELECT ifNull(last, '') AS until, count() AS rows
FROM upload_rows
WHERE ${behind} AND user_id <= last`;
  return { sql, params: params.values };
}

/**
 * Notes which users of the range are known. A user's upserts and events lie together, so that only those of the range
 * are read.
 */
export function compileKnown(target: UploadAttempt, scope: KnownScope, range: UserRange): CompiledQuery {
  const params = new ParamList();
  const uploadId = params.add('String', target.uploadId);
  const attempt = params.add('UInt32', target.attempt);
  const inRange = rangeSql(range, params);
  const visible = `property = ${params.add('UInt32', scope.propertyNumber)} AND seq <= ${params.add('UInt64', scope.dataVersion)} AND ${inRange}
        AND user_id IN (SELECT user_id FROM upload_rows WHERE upload_id = ${uploadId} AND ${inRange})`;
  const sql = `INSERT INTO upload_known (upload_id, attempt, user_id)
SELECT DISTINCT ${uploadId}, ${attempt}, user_id
FROM (
    SELECT user_id FROM user_changes WHERE ${visible}
    UNION ALL
    SELECT user_id FROM events WHERE ${visible} AND events.time < ${dateTime(scope.asOfMs, params)}
)`;
  return { sql, params: params.values };
}

/** Stores the verdicts on the rows of the range, whose known users are stored already. */
export function compileVerdicts({ uploadId, attempt }: UploadAttempt, range: UserRange): CompiledQuery {
  const params = new ParamList();
  const ofUpload = `upload_id = ${params.add('String', uploadId)}`;
  const ofAttempt = `attempt = ${params.add('UInt32', attempt)}`;
  const inRange = rangeSql(range, params);
  const sql = `INSERT INTO upload_verdicts (upload_id, attempt, row, status, reason, first_row, text)
SELECT {p0:String}, {p1:UInt32}, row,
    multiIf(row != first_row, 'duplicate', is_known, 'valid', 'unknown'),
    multiIf(row != first_row, 'duplicate', is_known, '', 'unknown_user'),
    if(row != first_row, first_row, 0),
    user_id
FROM (SELECT user_id, row FROM upload_rows WHERE ${ofUpload} AND ${inRange}) AS staged
INNER JOIN (
    SELECT user_id, min(row) AS first_row,
        user_id IN (SELECT user_id FROM upload_known WHERE ${ofUpload} AND ${ofAttempt} AND ${inRange}) AS is_known
    FROM upload_rows
    WHERE ${ofUpload} AND ${inRange}
    GROUP BY user_id
) AS users USING (user_id)`;
  return { sql, params: params.values };
}

/** Stores the verdicts on the rows without a valid user id. */
export function compileProblemVerdicts({ uploadId, attempt }: UploadAttempt): CompiledQuery {
  const params = new ParamList();
  const upload = params.add('String', uploadId);
  const sql = `INSERT INTO upload_verdicts (upload_id, attempt, row, status, reason, first_row, text)
SELECT ${upload}, ${params.add('UInt32', attempt)}, row, if(problem = 'blank', 'blank', 'invalid'), problem, 0, text
FROM upload_rows
WHERE upload_id = ${upload} AND user_id = ''`;
  return { sql, params: params.values };
}

export function compileVerdictCounts(target: UploadAttempt): CompiledQuery {
  const params = new ParamList();
  const sql = `SELECT status, reason, count() AS rows
FROM upload_verdicts
WHERE ${attemptSql(target, params)}
GROUP BY status, reason
ORDER BY status, reason`;
  return { sql, params: params.values };
}

/** The next `limit` users after `after` whom a validation accepts, each once, by the bytes of their ids. */
export function compileAcceptedPage(
  target: UploadAttempt,
  mode: ValidationMode,
  after: string,
  limit: number,
): CompiledQuery {
  const params = new ParamList();
  const from =
    mode === 'strict'
      ? `upload_known WHERE ${attemptSql(target, params)}`
      : `upload_rows WHERE upload_id = ${params.add('String', target.uploadId)}`;
  const sql = `SELECT DISTINCT user_id
FROM ${from} AND user_id > ${params.add('String', after)}
ORDER BY user_id
LIMIT ${params.add('UInt32', limit)}`;
  return { sql, params: params.values };
}

/** Stores the users whom a validation accepts as a list. */
export function compileAcceptedList(
  target: UploadAttempt,
  mode: ValidationMode,
  propertyNumber: number,
  setHash: string,
): CompiledQuery {
  const params = new ParamList();
  const sql = `INSERT INTO member_sets (property, set_hash, user_id)
SELECT ${params.add('UInt32', propertyNumber)}, ${params.add('String', setHash)}, text
FROM upload_verdicts
WHERE ${attemptSql(target, params)} AND status IN ${params.add('Array(String)', ACCEPTED[mode])}
${SMALL_BLOCKS}`;
  return { sql, params: params.values };
}

/** Verdicts of one validation, as a condition. */
function attemptSql({ uploadId, attempt }: UploadAttempt, params: ParamList): string {
  return `upload_id = ${params.add('String', uploadId)} AND attempt = ${params.add('UInt32', attempt)}`;
}

function rangeSql({ after, until }: UserRange, params: ParamList): string {
  return `user_id > ${params.add('String', after)} AND user_id <= ${params.add('String', until)}`;
}

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

/** At most `limit` rows after the row `after`. */
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
