-- Per-user values by the time at which their run was made, some nine hours each: the ids of runs begin with it. So what nobody reads any more is dropped by the partition instead of
-- being rewritten. The statements bear being run again after each of them: a second time the rows are copied as they are.
CREATE TABLE IF NOT EXISTS run_values_by_time AS run_values
ENGINE = MergeTree
PARTITION BY substring(run_id, 1, 9)
ORDER BY (run_id, attempt, user_id);
TRUNCATE TABLE run_values_by_time;
INSERT INTO run_values_by_time SELECT * FROM run_values
SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 1, max_threads = 1, optimize_on_insert = 0;
RENAME TABLE run_values TO run_values_without_time, run_values_by_time TO run_values;
DROP TABLE run_values_without_time SYNC;
