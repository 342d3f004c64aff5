import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { QueryOptions } from './query-options.js';
import { QueryError, type QueryResult } from './query-runner.js';

const gzipped = promisify(gzip);
const CHUNK_BYTES = 256 * 1024;

/** Answers as ClickHouse does, with its headers. */
export async function sendResult(response: ServerResponse, options: QueryOptions, result: QueryResult): Promise<void> {
  const compress = options.gzip && result.bytes.length > 0;
  const body = compress ? await gzipped(result.bytes) : result.bytes;
  response.writeHead(200, {
    'content-type': 'text/plain; charset=UTF-8',
    'content-length': body.length,
    'x-clickhouse-format': options.format,
    'x-clickhouse-timezone': 'UTC',
    'x-clickhouse-summary': summaryOf(result),
    ...(options.queryId && { 'x-clickhouse-query-id': options.queryId }),
    ...(compress && { 'content-encoding': 'gzip' }),
  });
  response.end(body);
}

/** Answers with what is in the file, as fast as it is taken. */
export async function sendFile(
  response: ServerResponse,
  { format, queryId }: QueryOptions,
  file: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  const { size } = await file.stat();
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': size,
    'x-clickhouse-format': format,
    'x-clickhouse-timezone': 'UTC',
    ...(queryId && { 'x-clickhouse-query-id': queryId }),
  });
  await pipeline(file.createReadStream({ autoClose: false, highWaterMark: CHUNK_BYTES }), response, { signal });
}

/** Answers with the engine's message and number where it gave one, else with a 500. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const code = error instanceof QueryError ? error.code : 0;
  const message = error instanceof Error ? error.message : String(error);
  response.writeHead(httpStatus(code), {
    'content-type': 'text/plain; charset=UTF-8',
    ...(code > 0 && { 'x-clickhouse-exception-code': code }),
  });
  response.end(`${message}\n`);
}

/** All members of the header are text, as ClickHouse writes it. */
function summaryOf({ rowsRead, bytesRead, bytes, elapsedMs }: QueryResult): string {
  return JSON.stringify({
    read_rows: String(rowsRead),
    read_bytes: String(bytesRead),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: String(bytes.length),
    elapsed_ns: String(Math.round(elapsedMs * 1e6)),
  });
}

/** The HTTP status with which ClickHouse answers one of its error codes (its exceptionCodeToHTTPStatus, 26.7). */
export function httpStatus(code: number): number {
  return STATUS_OF_CODE.get(code) ?? 500;
}

const CODES_BY_STATUS: readonly (readonly [status: number, codes: readonly number[]])[] = [
  [400, [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676]],
  [401, [194]],
  [403, [192, 193, 497, 512, 516]],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]],
  [408, [159]],
  [411, [381]],
  [413, [229]],
  [501, [48]],
  [503, [76, 209, 439]],
];

const STATUS_OF_CODE = new Map(CODES_BY_STATUS.flatMap(([status, codes]) => codes.map((code) => [code, status])));
