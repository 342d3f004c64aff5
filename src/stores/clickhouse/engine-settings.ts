import type { ClickHouseSettings } from '@clickhouse/client';
import type { EngineLimits } from './engine-failure.js';

/** For what may take as long as it takes: migrations, backups. */
export const NO_LIMITS: EngineLimits = { timeLimitMs: 0, memoryLimitBytes: 0 };

/** For a statement that may take long, within the memory of all others. */
export const NO_TIME_LIMIT = { timeLimitMs: 0 } as const;

/** Of a statement whose answer is a stream, over those of `settingsOf`. */
export const AS_STREAM: ClickHouseSettings = {
  wait_end_of_query: 0,
  // An error in the middle then ends the connection instead of standing among the rows.
  http_write_exception_in_output_format: 0,
  // Small enough for a client's memory, and in what every reader knows without further libraries.
  output_format_parquet_row_group_size: '100000',
  output_format_parquet_compression_method: 'snappy',
  output_format_arrow_compression_method: 'none',
  // The embedded engine writes a file, for which a million rows would be gathered at a time.
  min_insert_block_size_rows: '65536',
  min_insert_block_size_bytes: '0',
};

/** What goes with every statement. */
export function settingsOf({ timeLimitMs, memoryLimitBytes }: EngineLimits): ClickHouseSettings {
  return {
    max_execution_time: timeLimitMs / 1000,
    max_memory_usage: String(memoryLimitBytes),
    // A 2xx says that the rows are written, not that they are in somebody's buffer.
    async_insert: 0,
    wait_for_async_insert: 1,
    output_format_json_quote_64bit_integers: 0,
    // A statement is seldom sent twice: to compile its expressions costs more than it saves (decision 0071).
    compile_expressions: 0,
    compile_aggregate_expressions: 0,
    compile_sort_description: 0,
    // ClickHouse: for the index, IN keeps its set a second time and sorted: of five million users 2 GB, and nothing is
    // skipped by so many.
    use_index_for_in_with_subqueries_max_values: '100000',
    // The status and the summary are then those of the whole query.
    wait_end_of_query: 1,
  };
}
