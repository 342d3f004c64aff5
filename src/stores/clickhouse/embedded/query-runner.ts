import { randomUUID } from 'node:crypto';
import type { Native, NativeResult } from './native.js';
import { Slots } from './slots.js';

/** Queries that compute at once. The pool has sixteen threads; the rest stay free for cancelling, for files and for gzip. */
const MAX_RUNNING = 10;
const KILL_INTERVAL_MS = 50;

export interface QueryText {
  /** SET and USE statements. */
  readonly prologue: string;
  readonly sql: string;
  readonly format: string;
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
  readonly #slots = new Slots(MAX_RUNNING);

  constructor(
    private readonly native: Native,
    private readonly folder: string,
  ) {}

  /** Throws `QueryError`. When `signal` aborts the query is stopped in the engine, and 394 is what comes out. */
  async run(query: QueryText, signal: AbortSignal): Promise<NativeResult> {
    if (isControl(query.sql)) return this.#onConnection(query.prologue + query.sql, query.format);
    const release = await this.#slots.take(signal);
    try {
      return await this.#cancellable(query, signal);
    } finally {
      release();
    }
  }

  async #cancellable({ prologue, sql, format }: QueryText, signal: AbortSignal): Promise<NativeResult> {
    const mark = randomUUID();
    const cancel = (): void => void this.#killUntilGone(mark, () => running);
    let running = true;
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#onConnection(`${prologue}/* ${mark} */ ${sql}`, format);
    } finally {
      running = false;
      signal.removeEventListener('abort', cancel);
    }
  }

  /** A query that has only just been sent is not in system.processes yet: asked again until it has ended. */
  async #killUntilGone(mark: string, running: () => boolean): Promise<void> {
    while (running()) {
      // ClickHouse: SYNC never returns in chdb.
      const kill = `KILL QUERY WHERE position(query, '${mark}') > 0 AND query NOT LIKE 'KILL%' ASYNC`;
      await this.#onConnection(kill, 'Null').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, KILL_INTERVAL_MS));
    }
  }

  // ClickHouse: a failed query stays in system.processes, with its memory, until its connection closes.
  async #onConnection(sql: string, format: string): Promise<NativeResult> {
    const connection = this.native.CreateConnection(this.folder);
    try {
      return await this.native.QueryAsyncConnection(connection, sql, format);
    } catch (cause) {
      throw new QueryError(cause instanceof Error ? cause.message : String(cause), { cause });
    } finally {
      this.native.CloseConnection(connection);
    }
  }
}

/** Statements that look after other queries: they must run while every slot is taken. */
function isControl(sql: string): boolean {
  return /\bKILL\s+QUERY\b|\bsystem\s*\.\s*processes\b/i.test(sql);
}
