/**
 * Above this the engine gathers users on disk instead of in memory: a query over more events than fit becomes slower, about twice, and does not fail. Well below
 * the default memory limit of a query, of which the rest is for reading and writing.
 */
const SPILL_BYTES = 400_000_000;

/** Of every statement that gathers users from events. ClickHouse: FINAL needs no merge across partitions, as a partition follows from the identity. */
export const SCAN_SETTINGS = `SETTINGS do_not_merge_across_partitions_select_final = 1, max_bytes_before_external_group_by = ${SPILL_BYTES}`;
