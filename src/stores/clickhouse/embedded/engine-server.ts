import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import { httpStatus } from './http-status.js';
import type { NativeResult } from './native.js';
import { prologue, queryOptions, type QueryOptions } from './query-options.js';
import { QueryError, type QueryRunner } from './query-runner.js';
import { bodyInsert } from './rewrite-insert.js';
import type { Spool } from './spool.js';

/** Typed parameters stand in the address, and a list of members can be long. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const gzipped = promisify(gzip);

/** The part of ClickHouse's HTTP interface that @clickhouse/client uses. */
export class EngineServer {
  readonly #http: Server;
  /** One for every request being answered. */
  readonly #requests = new Set<AbortController>();

  constructor(
    private readonly runner: QueryRunner,
    private readonly spool: Spool,
  ) {
    this.#http = createServer(
      { maxHeaderSize: MAX_HEADER_BYTES },
      (request, response) => void this.#answer(request, response),
    );
    // A body may stream for hours, and a connection closed here just as the client takes it up again is a failed query.
    this.#http.requestTimeout = 0;
    this.#http.keepAliveTimeout = 0;
  }

  listen(socketPath: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(socketPath, () => resolve());
    });
  }

  /** Takes no more requests, waits up to `graceMs` for those being answered, then stops their queries. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeIdleConnections();
    const deadline = setTimeout(() => this.#requests.forEach((request) => request.abort()), graceMs);
    while (this.#requests.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    clearTimeout(deadline);
    this.#http.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine');
    if (url.pathname === '/ping') return void response.end('Ok.\n');
    const options = queryOptions(url.searchParams);
    if (!options)
      return sendError(
        response,
        new QueryError('Code: 36. DB::Exception: a name in the address is not valid. (BAD_ARGUMENTS)'),
      );
    const controller = new AbortController();
    this.#requests.add(controller);
    response.once('close', () => controller.abort());
    try {
      await this.#run(request, response, options, controller.signal);
    } catch (error) {
      sendError(response, error);
    } finally {
      this.#requests.delete(controller);
      request.resume();
    }
  }

  async #run(
    request: IncomingMessage,
    response: ServerResponse,
    options: QueryOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const startedMs = performance.now();
    const result = await this.#execute(bodyOf(request), options, signal);
    await sendResult(response, options, result, performance.now() - startedMs);
  }

  async #execute(body: Readable, options: QueryOptions, signal: AbortSignal): Promise<NativeResult> {
    const query = { prologue: prologue(options), format: options.format };
    const insert = options.sql ? bodyInsert(options.sql) : null;
    if (insert) {
      return this.spool.through(body, signal, (path) =>
        this.runner.run({ ...query, sql: insert.fromFile(path) }, signal),
      );
    }
    const text = (await buffer(body)).toString();
    const sql = options.sql && text ? `${options.sql}\n${text}` : options.sql || text;
    return this.runner.run({ ...query, sql }, signal);
  }
}

function bodyOf(request: IncomingMessage): Readable {
  if (request.headers['content-encoding'] !== 'gzip') return request;
  const plain = createGunzip();
  request.on('error', (error) => plain.destroy(error));
  return request.pipe(plain);
}

async function sendResult(
  response: ServerResponse,
  options: QueryOptions,
  result: NativeResult,
  elapsedMs: number,
): Promise<void> {
  const compress = options.gzip && result.bytes.length > 0;
  const body = compress ? await gzipped(result.bytes) : result.bytes;
  const summary = {
    read_rows: String(result.rowsRead),
    read_bytes: String(result.bytesRead),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: String(result.bytes.length),
    elapsed_ns: String(Math.round(elapsedMs * 1e6)),
  };
  response.writeHead(200, {
    'content-type': 'text/plain; charset=UTF-8',
    'content-length': body.length,
    'x-clickhouse-format': options.format,
    'x-clickhouse-timezone': 'UTC',
    'x-clickhouse-summary': JSON.stringify(summary),
    ...(options.queryId && { 'x-clickhouse-query-id': options.queryId }),
    ...(compress && { 'content-encoding': 'gzip' }),
  });
  response.end(body);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const code = error instanceof QueryError ? error.code : 0;
  const message = error instanceof Error ? error.message : String(error);
  response.writeHead(httpStatus(code), {
    'content-type': 'text/plain; charset=UTF-8',
    ...(code > 0 && { 'x-clickhouse-exception-code': code }),
  });
  response.end(`${message}\n`);
}
