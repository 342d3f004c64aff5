import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Native, NativeConnection, NativeResult } from './native.js';
import { quote } from './query-options.js';
import { Semaphore } from './semaphore.js';

/**
 * Queries that compute at once. The pool has sixteen threads; the rest stay free for cancelling, for files and for
 * gzip.
 */
const MAX_RUNNING = 10;
/**
 * Of them, how many may be work that nobody may be waiting for, such as bulk runs: what somebody waits for finds a
 * place.
 */
const MAX_BACKGROUND = 8;
/**
 * Whole results that are written to the disk: each takes seconds, whoever reads it takes longer, and what is small does
 * not wait behind them.
 */
const MAX_EXPORTS = 2;
const BACKGROUND = /^muster:(run|evaluation):/;
const EXPORT = /^muster:export:/;
const KILL_INTERVAL_MS = 50;
const MAX_UTF8_LENGTH = 4;
const SHORT_SQL_LENGTH = 65_536;

export interface QueryText {
  /** SET and USE statements. */
  readonly prologue: string;
  /** The caller's own `log_comment`. */
  readonly comment: string;
  readonly sql: string;
  readonly format: string;
  /** Whether to find out how much the query reads; costs two more small queries. */
  readonly measured: boolean;
}

export interface QueryResult {
  readonly bytes: Buffer;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsedMs: number;
}

/** An error of the engine with ClickHouse's number for it; 0 where it gave none. */
export class QueryError extends Error {
  readonly code: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueryError';
    this.code = Number(/^Code:\s*(\d+)/.exec(message)?.[1] ?? 0);
  }
}

/** Runs queries, each on a connection of its own, so that the settings of one are never seen by another. */
export class QueryRunner {
  readonly #slots = new Semaphore(MAX_RUNNING);
  readonly #background = new Semaphore(MAX_BACKGROUND);
  readonly #exports = new Semaphore(MAX_EXPORTS);

  constructor(
    private readonly native: Native,
    private readonly folder: string,
  ) {}

  /** Throws `QueryError`; with code 394 after `signal` has aborted, which stops the query in the engine. */
  async run(query: QueryText, signal: AbortSignal): Promise<QueryResult> {
    if (isControl(query.sql)) return this.#onConnection((connection) => this.#timed(connection, query));
    const taken: (() => void)[] = [];
    try {
      if (BACKGROUND.test(query.comment)) taken.push(await this.#background.acquire(signal));
      if (EXPORT.test(query.comment)) taken.push(await this.#exports.acquire(signal));
      taken.push(await this.#slots.acquire(signal));
      return await this.#cancellable(query, signal);
    } finally {
      for (const release of taken) release();
    }
  }

  async #cancellable(query: QueryText, signal: AbortSignal): Promise<QueryResult> {
    signal.throwIfAborted();
    const mark = randomUUID();
    let running = true;
    const cancel = (): void => void this.#killUntil(() => !running, mark);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      // ClickHouse: a query with parameters stands in system.processes as it was parsed, without its comments; its
      // settings are kept.
      const marking = `SET log_comment = ${quote(query.comment + mark)}; `;
      const marked = { ...query, prologue: query.prologue + marking };
      return await this.#onConnection((connection) =>
        (query.measured ? this.#measured : this.#timed).call(this, connection, marked),
      );
    } finally {
      running = false;
      signal.removeEventListener('abort', cancel);
    }
  }

  /** A query that has only just been sent is not in system.processes yet: asked again until it has ended. */
  async #killUntil(ended: () => boolean, mark: string): Promise<void> {
    // ClickHouse: SYNC never returns in chdb.
    const sql = `KILL QUERY WHERE position(Settings['log_comment'], '${mark}') > 0 ASYNC`;
    while (!ended()) {
      await this.#onConnection((connection) => this.#send(connection, sql, 'Null')).catch(() => undefined);
      await sleep(KILL_INTERVAL_MS);
    }
  }

  async #timed(connection: NativeConnection, { prologue, sql, format }: QueryText): Promise<QueryResult> {
    const startedMs = performance.now();
    const { bytes, rowsRead, bytesRead } = await this.#send(connection, withRoom(prologue + sql), format);
    return { bytes, rowsRead, bytesRead, elapsedMs: performance.now() - startedMs };
  }

  /**
   * ClickHouse: chdb does not say what an INSERT has read. The engine's own counters do, and where other queries run at
   * the same moment theirs are in them too.
   */
  async #measured(connection: NativeConnection, query: QueryText): Promise<QueryResult> {
    const before = await this.#counters(connection);
    const result = await this.#timed(connection, query);
    const after = await this.#counters(connection);
    const rowsRead = after.rows - before.rows - before.ownRows;
    return { ...result, rowsRead: Math.max(rowsRead, 0), bytesRead: after.bytes - before.bytes };
  }

  /** All of them: to filter or to add them up costs more than the rest of it. */
  async #counters(connection: NativeConnection): Promise<{ rows: number; bytes: number; ownRows: number }> {
    const { bytes } = await this.#send(connection, 'SELECT event, value FROM system.events', 'TSV');
    const lines = bytes.toString().trim().split('\n');
    const values = new Map(lines.map((line) => line.split('\t') as [string, string]));
    return {
      rows: Number(values.get('SelectedRows') ?? 0),
      bytes: Number(values.get('SelectedBytes') ?? 0),
      ownRows: lines.length,
    };
  }

  async #send(connection: NativeConnection, sql: string, format: string): Promise<NativeResult> {
    try {
      return await this.native.QueryAsyncConnection(connection, sql, format);
    } catch (cause) {
      throw new QueryError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }

  // ClickHouse: a failed query stays in system.processes, with its memory, until its connection closes.
  async #onConnection<T>(use: (connection: NativeConnection) => Promise<T>): Promise<T> {
    const connection = this.native.CreateConnection(this.folder);
    try {
      return await use(connection);
    } finally {
      this.native.CloseConnection(connection);
    }
  }
}

// ClickHouse: max_query_size (256 KiB) counts the parameters here, as they come by SET; over HTTP it does not.
function withRoom(sql: string): string {
  return sql.length < SHORT_SQL_LENGTH ? sql : `SET max_query_size = ${sql.length * MAX_UTF8_LENGTH}; ${sql}`;
}

/** Statements that look after other queries: they must run while every slot is taken. */
function isControl(sql: string): boolean {
  return /\bKILL\s+QUERY\b|\bsystem\s*\.\s*processes\b/i.test(sql);
}
