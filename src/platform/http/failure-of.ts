import { HttpException } from '@nestjs/common';
import { ERROR_CODES, type ErrorCode } from '../../core/error-codes.js';
import { Failure } from '../../core/failure.js';

/** Fastify's own errors that deserve better than the code of their status. */
const FASTIFY_FAILURES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_BAD_URL: ['invalid_parameter', 'The path holds a percent-encoding that is not valid.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'There is no resource with a name that long.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body with a Content-Type, such as application/json.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed_body', 'The body is not as long as its Content-Length says.'],
};

/**
 * SQLSTATE classes and codes of a PostgreSQL that is away, on its way out, out of connections or memory, or has become
 * a replica, and Node's for a lost connection.
 */
const DATABASE_AWAY =
  /^(08...|25006|25P0[34]|57P0[1-5]|53[0234]00|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN|ERR_STREAM_(DESTROYED|WRITE_AFTER_END))$/;

/** What pg and TypeORM say, without a code, of a connection that was lost before or while it was used. */
const CONNECTION_LOST =
  /^(Connection terminated|timeout e(xceeded when trying to connect|xpired)|Client has encountered a connection error|Client was closed|Query read timeout|Cannot use a pool after calling end|Driver not Connected)/;

/** What TypeORM throws where a connection went in the middle of a transaction, and its next statement finds none. */
const CONNECTION_GONE: ReadonlySet<string> = new Set([
  'QueryRunnerAlreadyReleasedError',
  'QueryRunnerProviderAlreadyReleasedError',
  'TransactionNotStartedError',
  'ConnectionIsNotSetError',
  'CannotExecuteNotConnectedError',
  'CannotGetEntityManagerNotConnectedError',
]);

interface ErrorWithCode extends Error {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly driverError?: unknown;
}

/**
 * What the caller learns of anything that was thrown. Text of engines, libraries and stacks stays inside: an error that
 * is not ours becomes `database_unavailable` where a connection was lost, else `internal_error`.
 */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Failure) {
    return thrown;
  }
  if (thrown instanceof HttpException) {
    return ofFastify(thrown.cause) ?? ofStatus(thrown.getStatus());
  }
  return ofFastify(thrown) ?? ofDisk(thrown) ?? ofDatabase(thrown) ?? new Failure('internal_error');
}

function ofFastify(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error) || thrown.name !== 'FastifyError') {
    return undefined;
  }
  const { code, statusCode } = thrown as ErrorWithCode & { statusCode?: number };
  const known = typeof code === 'string' ? FASTIFY_FAILURES[code] : undefined;
  return known ? new Failure(...known) : ofStatus(statusCode ?? 500);
}

/** PostgreSQL's `disk_full`, and what every program says of a disk without room; Redis, of what it cannot save. */
const DISK_FULL = /^53100$|^(ENOSPC|EDQUOT)$/;
const DISK_FULL_TEXT = /No space left on device|Disk quota exceeded|^MISCONF /;

function ofDisk(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { driverError } = thrown as ErrorWithCode;
  const { code, message } = (driverError instanceof Error ? driverError : thrown) as ErrorWithCode;
  const isFull = (typeof code === 'string' && DISK_FULL.test(code)) || DISK_FULL_TEXT.test(message);
  if (!isFull) return undefined;
  return new Failure(
    'storage_full',
    'The disk of the database is full: nothing can be written. Reading goes on; free some space.',
  );
}

function ofDatabase(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error) || !isConnectionLost(thrown)) {
    return undefined;
  }
  return new Failure('database_unavailable', 'The database cannot be reached. Try again in a moment.');
}

/** An error of the connection comes as Node's or pg's own, one of a query wrapped by TypeORM. */
function isConnectionLost(error: Error): boolean {
  if (CONNECTION_GONE.has(error.name)) return true;
  const { driverError } = error as ErrorWithCode;
  const { code, syscall, message } = (driverError instanceof Error ? driverError : error) as ErrorWithCode;
  const isSocketMissing = code === 'ENOENT' && syscall === 'connect';
  return isSocketMissing || (typeof code === 'string' && DATABASE_AWAY.test(code)) || CONNECTION_LOST.test(message);
}

function ofStatus(status: number): Failure {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  const exact = codes.find((code) => ERROR_CODES[code].status === status);
  return new Failure(exact ?? (status < 500 ? 'malformed_body' : 'internal_error'));
}
