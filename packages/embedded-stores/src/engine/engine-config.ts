export interface EngineConfig {
  /** Ceiling of all queries, caches and merges together. */
  readonly memoryBytes: number;
  /** Whether an insert is on the disk, not only with the operating system, before it is acknowledged. */
  readonly fsync: boolean;
}

const MEBIBYTE = 1024 * 1024;

/**
 * The engine's configuration file. Its defaults are for a machine of its own: caches of 5 GiB each, 90 % of the memory,
 * sixteen merging threads, and a look at the memory every 50 ms also where nothing happens.
 */
export function engineConfigXml({ memoryBytes, fsync }: EngineConfig): string {
  const cacheBytes = Math.round(Math.min(Math.max(memoryBytes / 32, 16 * MEBIBYTE), 128 * MEBIBYTE));
  const flag = fsync ? 1 : 0;
  return `<clickhouse>
  <timezone>UTC</timezone>
  <max_server_memory_usage>${memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${cacheBytes}</mark_cache_size>
  <primary_index_cache_size>${cacheBytes}</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <mmap_cache_size>0</mmap_cache_size>
  <memory_worker_period_ms>500</memory_worker_period_ms>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>2</background_schedule_pool_size>
  <background_common_pool_size>2</background_common_pool_size>
  <background_move_pool_size>1</background_move_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <merge_tree>
    <fsync_after_insert>${flag}</fsync_after_insert>
    <fsync_part_directory>${flag}</fsync_part_directory>
  </merge_tree>
</clickhouse>
`;
}
