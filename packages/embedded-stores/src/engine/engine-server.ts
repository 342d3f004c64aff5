import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { sendError, sendFile, sendResult } from './engine-answers.js';
import { commentOf, prologue, queryOptions, type QueryOptions } from './query-options.js';
import { QueryError, type QueryResult, type QueryRunner, type QueryText } from './query-runner.js';
import { bodyInsert, fileSelect, isInsertSelect } from './rewrite-sql.js';
import type { ResultSpool } from './spool.js';

/** Typed parameters stand in the address, and a list of values can be long. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const CLOSE_POLL_MS = 5;

/** The part of ClickHouse's HTTP interface that @clickhouse/client uses. */
export class EngineServer {
  readonly #http: Server;
  /** One for every request being answered. */
  readonly #requests = new Set<AbortController>();
  #closing = false;

  constructor(
    private readonly runner: QueryRunner,
    private readonly spool: ResultSpool,
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

  /**
   * Takes no more requests, waits up to `graceMs` for those being answered, then stops their queries. They see a closed
   * connection, as from an engine that died: to be told that the query was cancelled would mean that somebody wanted it
   * so.
   */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeIdleConnections();
    const impatience = setTimeout(() => this.#requests.forEach((request) => request.abort()), graceMs);
    while (this.#requests.size > 0) await new Promise((resolve) => setTimeout(resolve, CLOSE_POLL_MS));
    clearTimeout(impatience);
    this.#http.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#closing) return void response.destroy();
    const controller = new AbortController();
    this.#requests.add(controller);
    response.once('close', () => controller.abort());
    try {
      await this.#serve(request, response, controller.signal);
    } catch (error) {
      if (this.#closing && controller.signal.aborted) response.destroy();
      else sendError(response, error);
    } finally {
      this.#requests.delete(controller);
      // What is left of the body has to be read before the connection can be used again.
      request.resume();
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine');
    if (url.pathname === '/ping') return void response.end('Ok.\n');
    const options = queryOptions(url.searchParams);
    if (!options)
      throw new QueryError('Code: 36. DB::Exception: The address holds a name that is not valid. (BAD_ARGUMENTS)');
    const body = bodyOf(request);
    const insert = options.sql ? bodyInsert(options.sql) : null;
    if (insert) {
      const insertFrom = (path: string): Promise<QueryResult> =>
        this.#run(insert.fromFile(path), options, signal, false);
      return await sendResult(response, options, await this.spool.through(body, signal, insertFrom));
    }
    const rest = await text(body);
    const sql = options.sql && rest ? `${options.sql}\n${rest}` : options.sql || rest;
    const select = options.streams ? fileSelect(sql) : null;
    if (!select) return await sendResult(response, options, await this.#run(sql, options, signal));
    await this.spool.answered(
      (path, stop) => this.#run(select.intoFile(path), options, stop, false),
      signal,
      (file) => sendFile(response, options, file, signal),
    );
  }

  #run(sql: string, options: QueryOptions, signal: AbortSignal, measured = isInsertSelect(sql)): Promise<QueryResult> {
    const query: QueryText = {
      prologue: prologue(options),
      comment: commentOf(options),
      sql,
      format: options.format,
      measured,
    };
    return this.runner.run(query, signal);
  }
}

function bodyOf(request: IncomingMessage): Readable {
  if (request.headers['content-encoding'] !== 'gzip') return request;
  // An error reaches whoever reads the result.
  return pipeline(request, createGunzip(), () => undefined);
}
