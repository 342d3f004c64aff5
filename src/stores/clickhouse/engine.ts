import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { Failure } from '../../core/failure.js';
import type { CompiledQuery } from '../../sql/compiled-query.js';
import { connect, databaseOf, withoutDatabase } from './connect.js';
import { engineFailure, QueryCancelled, rethrowOfStream, type EngineLimits } from './engine-failure.js';
import { AS_STREAM, settingsOf } from './engine-settings.js';
import { carries, markerComment } from './query-marker.js';
import { WatchedSource } from './watched-source.js';

/** Of one query. Limits left out are those of the engine's construction. */
export interface EngineOptions {
  /** Goes along as the setting `log_comment`, so that `kill` and `running` find the query. Letters, digits, `_`, `-` and `:`; several are joined by commas. */
  readonly marker?: string;
  readonly timeLimitMs?: number;
  readonly memoryLimitBytes?: number;
  /** A lower limit of memory is raised to it. */
  readonly atLeastMemoryBytes?: number;
  /** When it aborts, the query is stopped in the engine, with all that carry its marker, and `QueryCancelled` is thrown. */
  readonly signal?: AbortSignal;
}

export interface EngineStats {
  readonly rowsRead: number;
  readonly bytesRead: number;
  /** The engine's own time. */
  readonly elapsedMs: number;
}

/** Of queries under way. `rowsToRead` is the engine's estimate, and grows where it finds more. */
export interface EngineProgress {
  readonly rowsRead: number;
  readonly rowsToRead: number;
  readonly bytesRead: number;
  /** The most that they have held. */
  readonly memoryBytes: number;
}

interface JsonAnswer<T> {
  readonly data: T[];
  readonly statistics: { readonly elapsed: number; readonly rows_read: number; readonly bytes_read: number };
}

/** What a call of the client is given. */
interface Call {
  readonly query: string;
  readonly query_params: Record<string, unknown>;
  readonly clickhouse_settings: ClickHouseSettings;
  readonly abort_signal: AbortSignal;
}

/** `RawBLOB` is texts as they are, with nothing between them. */
export type StreamFormat = 'RawBLOB' | 'Parquet' | 'ArrowStream';

const MIN_QUERY_SIZE = 262_144;
const KILL_DEADLINE_MS = 5_000;
const KILL_INTERVAL_MS = 20;
/** An engine that hangs must not keep a process from ending. */
const CONTROL_DEADLINE_MS = 5_000;
const PING_DEADLINE_MS = 2_000;

/**
 * ClickHouse, embedded or a server: the one client of a process.
 *
 * Throws `Failure` with `time_limit_exceeded`, `memory_limit_exceeded`, `engine_memory_exhausted`, `engine_unavailable` or, for what can only be a
 * mistake of ours, `internal_error`, the client's error as its cause; and `QueryCancelled`.
 */
export class Engine {
  readonly #client: ClickHouseClient;
  readonly #calls = new Map<AbortController, string>();

  /** `url`: `http(s)://user:password@host:port/database` or `unix:/path/to.sock`. */
  constructor(
    private readonly url: string,
    private readonly limits: EngineLimits,
  ) {
    this.#client = connect(url);
  }

  /** All rows of a small result. 64-bit integers arrive as numbers, exact up to 2^53. */
  rows<T>(query: CompiledQuery, options: EngineOptions = {}): Promise<{ rows: T[]; stats: EngineStats }> {
    return this.#call(query, options, async (call) => {
      const answer = await this.#client.query({ ...call, format: 'JSON' });
      const { data, statistics } = (await answer.json()) as JsonAnswer<T>;
      const stats = {
        rowsRead: statistics.rows_read,
        bytesRead: statistics.bytes_read,
        elapsedMs: statistics.elapsed * 1000,
      };
      return { rows: data, stats };
    });
  }

  /**
   * The answer as JSON with its statistics, not parsed: to parse what is large holds the event loop. `accept` is told how many bytes have come; what it throws ends
   * the query.
   */
  bytes(query: CompiledQuery, accept: (bytes: number) => void, options: EngineOptions = {}): Promise<Uint8Array> {
    return this.#call({ sql: `${query.sql}\nFORMAT JSON`, params: query.params }, options, async (call) => {
      const { stream } = await this.#client.exec(call);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        accept((size += chunk.length));
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    });
  }

  /**
   * The answer as the engine writes it in `format`, of any size: read as fast as it is taken, and without a limit of time unless one is given. The embedded engine
   * has all of it on its disk first, so that an error comes before the first byte, and refuses what there is no room for (too_many_exports, limit_exceeded); a server may break off in the middle, an error of the stream. A stream that is
   * destroyed stops the query.
   */
  async stream(query: CompiledQuery, format: StreamFormat, options: EngineOptions = {}): Promise<Readable> {
    const { marker = `export:${randomUUID()}` } = options;
    const text = { sql: `${query.sql}\nFORMAT ${format}`, params: query.params };
    const stream = await this.#call(text, { timeLimitMs: 0, ...options, marker }, async (call) => {
      // ClickHouse: the text has a limit of 256 KiB otherwise, and counts in bytes.
      const max_query_size = String(Math.max(MIN_QUERY_SIZE, 4 * text.sql.length));
      const settings = { ...call.clickhouse_settings, ...AS_STREAM, max_query_size };
      return (await this.#client.exec({ ...call, clickhouse_settings: settings })).stream;
    }).catch(rethrowOfStream);
    // A server may not notice for a while, and one that cannot be reached has nothing to stop.
    stream.once('close', () => void (stream.readableEnded || this.kill(marker).catch(() => undefined)));
    return stream;
  }

  /** A statement without rows of its own: DDL, `INSERT … SELECT`. */
  execute(query: CompiledQuery, options: EngineOptions = {}): Promise<EngineStats> {
    return this.#call(query, options, async (call) => {
      const { summary } = await this.#client.command(call);
      return statsOf(summary);
    });
  }

  /**
   * Sends `lines` as the body of `INSERT … SELECT … FROM input('line String') … FORMAT LineAsString`. An error of the
   * stream is thrown as it is, and nothing of the body is inserted.
   */
  async insertLines(query: CompiledQuery, lines: Buffer | Readable, options: EngineOptions = {}): Promise<EngineStats> {
    const source = new WatchedSource(Buffer.isBuffer(lines) ? [lines] : lines);
    try {
      return await this.#call(query, options, async (call) => {
        const values = Readable.from(source, { objectMode: false });
        const { stream, summary } = await this.#client.exec({ ...call, values });
        for await (const _ of stream) continue;
        return statsOf(summary);
      });
    } catch (error) {
      throw source.failed && !(error instanceof QueryCancelled) ? source.reason : error;
    }
  }

  /** Inserts objects by the names of their columns. `table` is SQL, never a user's text. */
  async insertRows(table: string, rows: readonly object[] | AsyncIterable<object>): Promise<void> {
    const values = Array.isArray(rows) ? rows : Readable.from(rows as AsyncIterable<object>);
    await this.#call({ sql: '', params: {} }, {}, ({ clickhouse_settings, abort_signal }) =>
      this.#client.insert({ table, values, format: 'JSONEachRow', clickhouse_settings, abort_signal }),
    );
  }

  /** Stops the queries that carry the marker, whoever sent them. Resolves when none is left; throws after five seconds, ten where the engine does not answer. */
  async kill(marker: string): Promise<void> {
    const deadline = performance.now() + KILL_DEADLINE_MS;
    for (const [call, of] of this.#calls) if (of.split(',').includes(marker)) call.abort();
    // ClickHouse: SYNC never returns in chdb. The answer lists what matched, so an empty one means that none is left.
    const sql = `KILL QUERY WHERE ${carries(marker)} ASYNC`;
    while ((await this.#control(sql)).length > 0) {
      if (performance.now() > deadline) throw new Failure('engine_unavailable', 'A query could not be stopped in time');
      await sleep(KILL_INTERVAL_MS);
    }
  }

  /** How many queries carry the marker at this moment. */
  async running(marker: string): Promise<number> {
    const sql = `SELECT count() AS n FROM system.processes WHERE ${carries(marker)}`;
    const rows = await this.#control<{ n: number }>(sql);
    return rows[0]?.n ?? 0;
  }

  /** What the queries that carry the marker have done up to now; null where none runs. */
  async progress(marker: string): Promise<EngineProgress | null> {
    const sql = `SELECT count() AS n, sum(read_rows) AS rowsRead, sum(total_rows_approx) AS rowsToRead, sum(read_bytes) AS bytesRead,
      sum(peak_memory_usage) AS memoryBytes
      FROM system.processes WHERE ${carries(marker)}`;
    const [row] = await this.#control<EngineProgress & { n: number }>(sql);
    return row === undefined || row.n === 0 ? null : row;
  }

  /** Makes the database that the URL names, where it is missing. */
  async createDatabase(): Promise<void> {
    const name = databaseOf(this.url);
    if (name === null) return;
    const client = connect(withoutDatabase(this.url));
    try {
      await client.command({ query: `CREATE DATABASE IF NOT EXISTS {name:Identifier}`, query_params: { name } });
    } catch (error) {
      throw engineFailure(error);
    } finally {
      await client.close();
    }
  }

  async ping(): Promise<boolean> {
    const { success } = await this.#client.ping({ select: false, abort_signal: AbortSignal.timeout(PING_DEADLINE_MS) });
    return success;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #control<T>(sql: string): Promise<T[]> {
    const deadline = AbortSignal.timeout(CONTROL_DEADLINE_MS);
    try {
      const clickhouse_settings = { output_format_json_quote_64bit_integers: 0 as const };
      const query = `${sql} FORMAT JSONEachRow`;
      const answer = await this.#client.exec({ query, clickhouse_settings, abort_signal: deadline });
      const lines = (await text(answer.stream)).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as T);
    } catch (error) {
      if (deadline.aborted) throw new Failure('engine_unavailable', 'The analytics engine does not answer');
      throw engineFailure(error);
    }
  }

  async #call<T>(query: CompiledQuery, options: EngineOptions, run: (call: Call) => Promise<T>): Promise<T> {
    const { marker = randomUUID(), signal } = options;
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    if (signal?.aborted) throw new QueryCancelled();
    signal?.addEventListener('abort', abort, { once: true });
    this.#calls.set(controller, marker);
    try {
      return await run({
        query: query.sql,
        query_params: query.params,
        clickhouse_settings: { ...settingsOf(this.#limitsOf(options)), log_comment: markerComment(marker) },
        abort_signal: controller.signal,
      });
    } catch (error) {
      if (!controller.signal.aborted) throw engineFailure(error, this.#limitsOf(options));
      // Where the engine cannot be reached any more, there is nothing to stop.
      if (signal?.aborted) await this.kill(marker).catch(() => undefined);
      throw new QueryCancelled({ cause: error });
    } finally {
      this.#calls.delete(controller);
      signal?.removeEventListener('abort', abort);
    }
  }

  #limitsOf({
    timeLimitMs = this.limits.timeLimitMs,
    memoryLimitBytes = this.limits.memoryLimitBytes,
    atLeastMemoryBytes = 0,
  }: EngineOptions): EngineLimits {
    return { timeLimitMs, memoryLimitBytes: Math.max(memoryLimitBytes, atLeastMemoryBytes) };
  }
}

function statsOf(summary: { read_rows: string; read_bytes: string; elapsed_ns: string } | undefined): EngineStats {
  return {
    rowsRead: Number(summary?.read_rows ?? 0),
    bytesRead: Number(summary?.read_bytes ?? 0),
    elapsedMs: Number(summary?.elapsed_ns ?? 0) / 1e6,
  };
}
