import { ClickHouseError } from '@clickhouse/client';
import type { ErrorCode } from '../../core/error-codes.js';
import { Failure } from '../../core/failure.js';

/** The query was stopped, by `Engine.kill` or by the caller's signal. */
export class QueryCancelled extends Error {
  constructor(options?: ErrorOptions) {
    super('The query was cancelled', options);
    this.name = 'QueryCancelled';
  }
}

const TIMEOUT_EXCEEDED = '159';
const MEMORY_LIMIT_EXCEEDED = '241';
const QUERY_WAS_CANCELLED = '394';

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** The failure that an error of the client stands for; the error is its cause. Failures pass as they are. */
export function engineFailure(error: unknown): Error {
  if (error instanceof Failure || error instanceof QueryCancelled) return error;
  if (!(error instanceof ClickHouseError))
    return because(isUnreachable(error) ? 'engine_unavailable' : 'internal_error', error);
  if (error.code === TIMEOUT_EXCEEDED) return because('time_limit_exceeded', error);
  if (error.code === MEMORY_LIMIT_EXCEEDED) return because('memory_limit_exceeded', error);
  if (error.code === QUERY_WAS_CANCELLED) return new QueryCancelled({ cause: error });
  return because('internal_error', error);
}

/** ClickHouse's number of the error behind a failure; null where the engine did not answer with one. */
export function engineErrorCode(error: unknown): number | null {
  const origin = error instanceof Failure || error instanceof QueryCancelled ? error.cause : error;
  return origin instanceof ClickHouseError ? Number(origin.code) : null;
}

function because(code: ErrorCode, cause: unknown): Failure {
  const failure = new Failure(code);
  failure.cause = cause;
  return failure;
}

function isUnreachable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  // The client gives no code to its own socket timeout.
  return (code !== undefined && UNREACHABLE.has(code)) || message === 'Timeout error.';
}
