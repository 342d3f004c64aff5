import { ClickHouseError } from '@clickhouse/client';
import type { ErrorCode } from '../../core/error-codes.js';
import { Failure } from '../../core/failure.js';

/**
 * The query was stopped: by `Engine.kill`, by the caller's signal, or by an engine that shuts down, which looks the
 * same.
 */
export class QueryCancelled extends Failure {
  constructor({ cause }: ErrorOptions = {}) {
    super('engine_unavailable', 'The query was stopped before it ended.');
    this.name = 'QueryCancelled';
    this.cause = cause;
  }
}

const TIMEOUT_EXCEEDED = '159';
const MEMORY_LIMIT_EXCEEDED = '241';
const QUERY_WAS_CANCELLED = '394';
const TOO_MANY_SIMULTANEOUS_QUERIES = '202';
const TOO_MANY_ROWS_OR_BYTES = '396';

const MEBIBYTE = 1024 * 1024;
/** Names of limits, as failures tell them. */
const QUERY_SECONDS = 'query_seconds';
const QUERY_MEMORY = 'query_memory_mb';
const EXPORT_SPOOL = 'export_spool_mb';
/** When somebody may have read on. */
const RETRY_AFTER_S = 10;
const ENGINE_MEMORY = 'engine_memory_mb';

/**
 * ClickHouse: numbers that a server answers with while it starts, shuts down, has lost its replicas or keeper, or has
 * more to do than it takes: socket timeout (209), network (210), no keeper (225, 999), aborted (236), read only (242),
 * no replica (279, 285, 286, 289, 319), as many queries as there may be (202), no thread (439), tables still loading
 * (695, 696, 697).
 */
const AWAY = new Set('202 209 210 225 236 242 279 285 286 289 319 439 695 696 697 999'.split(' '));
/** What engines say of it under other numbers, and proxies in front of them. */
const AWAY_TEXT =
  /shutting down|is shut ?down|shutdown (is )?called|Connection (refused|reset)|Broken pipe|Bad Gateway|Service (Temporarily )?Unavailable|Gateway Time-?out|no healthy upstream|upstream connect error/i;

const NOT_ENOUGH_SPACE = '243';
const DISK_FULL_TEXT = /No space left on device|Disk quota exceeded|\b(ENOSPC|EDQUOT)\b|errno: 28\b/;
const DISK_FULL_DETAIL = 'The disk of the engine is full: nothing can be written. Reading goes on; free some space.';

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'EHOSTDOWN',
  'ENETDOWN',
  'ERR_STREAM_DESTROYED',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** What one query may take. */
export interface EngineLimits {
  readonly timeLimitMs: number;
  readonly memoryLimitBytes: number;
}

/**
 * The failure that an error of the client stands for; the error is its cause. Failures pass as they are. `limits`:
 * those of the query, where it had any of ours.
 */
export function engineFailure(error: unknown, limits?: EngineLimits): Error {
  if (error instanceof Failure || error instanceof QueryCancelled) return error;
  if (isDiskFull(error)) return withCause(new Failure('storage_full', DISK_FULL_DETAIL), error);
  if (isAway(error)) return because('engine_unavailable', error);
  if (!(error instanceof ClickHouseError))
    return because(isUnreachable(error) ? 'engine_unavailable' : 'internal_error', error);
  if (error.code === TIMEOUT_EXCEEDED) return pastTime(error, limits);
  if (error.code === MEMORY_LIMIT_EXCEEDED) return pastMemory(error, limits);
  if (error.code === QUERY_WAS_CANCELLED) return new QueryCancelled({ cause: error });
  return because('internal_error', error);
}

/**
 * Throws what an error of a whole result stands for: there may be no room where such results lie until they are read.
 */
export function rethrowOfStream(error: unknown): never {
  const code = engineErrorCode(error);
  const message = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  const value = Number(/(\d+) MB/.exec(message)?.[1] ?? NaN);
  const limit = `${EXPORT_SPOOL}${Number.isNaN(value) ? '' : `, ${value}`} (MUSTER_EXPORT_SPOOL_MB)`;
  const extra = { limit: EXPORT_SPOOL, ...(!Number.isNaN(value) && { value }) };
  if (code === Number(TOO_MANY_SIMULTANEOUS_QUERIES)) {
    const detail = `Downloads that are under way fill the room on the disk that they may take together, ${limit}. Wait until some of them are read.`;
    throw withCause(new Failure('too_many_exports', detail, [], { ...extra, retry_after: RETRY_AFTER_S }), error);
  }
  if (code === Number(TOO_MANY_ROWS_OR_BYTES)) {
    const detail = `The whole result is larger than downloads may be, ${limit}. Read it in pages of JSON, as Parquet, or for fewer users or slices.`;
    throw withCause(new Failure('limit_exceeded', detail, [], extra), error);
  }
  throw error;
}

/** ClickHouse's number of the error behind a failure; null where the engine did not answer with one. */
export function engineErrorCode(error: unknown): number | null {
  const origin = error instanceof Failure || error instanceof QueryCancelled ? error.cause : error;
  return origin instanceof ClickHouseError ? Number(origin.code) : null;
}

function pastTime(cause: unknown, limits: EngineLimits | undefined): Failure {
  if (limits === undefined) return because('time_limit_exceeded', cause);
  const value = limits.timeLimitMs / 1000;
  const detail = `The query took longer than ${QUERY_SECONDS}, ${value} (MUSTER_QUERY_TIME_LIMIT_SECONDS). Ask for fewer users, a shorter window or fewer slices.`;
  return withCause(new Failure('time_limit_exceeded', detail, [], { limit: QUERY_SECONDS, value }), cause);
}

/**
 * ClickHouse: the same number stands for the limit of a query and for the ceiling of all, which may be another query's
 * doing.
 */
function pastMemory(cause: Error, limits: EngineLimits | undefined): Failure {
  if (limits === undefined || !/query memory limit|\(for query\)/i.test(cause.message)) {
    const detail = `All queries of the engine together needed more than ${ENGINE_MEMORY}, what it may use (MUSTER_ENGINE_MEMORY_MB, or the setting of your server). Try again when less runs, or give it more.`;
    return withCause(new Failure('engine_memory_exhausted', detail, [], { limit: ENGINE_MEMORY }), cause);
  }
  const value = Math.round(limits.memoryLimitBytes / MEBIBYTE);
  const detail = `The query needed more memory than ${QUERY_MEMORY}, ${value} (MUSTER_QUERY_MEMORY_LIMIT_MB). Ask for fewer users, or fewer slices or groups.`;
  return withCause(new Failure('memory_limit_exceeded', detail, [], { limit: QUERY_MEMORY, value }), cause);
}

function because(code: ErrorCode, cause: unknown): Failure {
  return withCause(new Failure(code), cause);
}

function withCause(failure: Failure, cause: unknown): Failure {
  failure.cause = cause;
  return failure;
}

/** ClickHouse: it says so under several numbers, the one of its own (243) when it sees it beforehand. */
function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error instanceof ClickHouseError && error.code === NOT_ENOUGH_SPACE) || DISK_FULL_TEXT.test(error.message);
}

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error instanceof ClickHouseError && AWAY.has(error.code)) || AWAY_TEXT.test(error.message);
}

function isUnreachable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  // The client gives no code to its own socket timeout.
  return (code !== undefined && UNREACHABLE.has(code)) || message === 'Timeout error.';
}
