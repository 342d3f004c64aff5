/**
 * Above this the engine gathers users on disk instead of in memory: a query over more events than fit becomes slower, about twice, and does not fail. Well below
 * the default memory limit of a query, of which the rest is for reading and writing.
 */
const SPILL_BYTES = 400_000_000;

/** No metric looks into the properties of an event more often by itself, half of it in vain: 65,000 events, the usual block, are then less than a second of one core. */
const FEW_LOOKS = 30;
/** About 0.1 s of one core: a look takes a microsecond. */
const LOOKS_IN_A_BLOCK = 100_000;
/** Below, the blocks themselves begin to cost. */
const SMALLEST_BLOCK = 1024;

/**
 * The settings of a statement that gathers users from events. ClickHouse: FINAL needs no merge across partitions, as a partition follows from the identity; and a
 * query that is cancelled, or past its time, goes on to the end of its block.
 */
export function scanSettings(statement: string): string {
  const settings = [
    'do_not_merge_across_partitions_select_final = 1',
    `max_bytes_before_external_group_by = ${SPILL_BYTES}`,
    ...blockSize(statement.match(/\bmapContains\(/g)?.length ?? 0),
  ];
  return `SETTINGS ${settings.join(', ')}`;
}

function blockSize(looks: number): string[] {
  if (looks <= FEW_LOOKS) return [];
  return [`max_block_size = ${Math.max(SMALLEST_BLOCK, Math.floor(LOOKS_IN_A_BLOCK / looks))}`];
}
