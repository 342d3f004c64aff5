-- Per-user values of runs. `numbers` and `reasons` have one element per column of the metric: a number (booleans 0 or 1, instants in ms, durations in the column's unit),
-- and the reason where it is undefined (empty: defined, and the number counts). Attempts keep apart, so that a stolen attempt's late rows are never read.
CREATE TABLE IF NOT EXISTS run_values
(
    run_id String,
    attempt UInt16,
    user_id String,
    numbers Array(Float64),
    reasons Array(LowCardinality(String)),
    next_change Nullable(DateTime64(3, 'UTC')) COMMENT 'the next start or end of the user''s window after as_of'
)
ENGINE = MergeTree
ORDER BY (run_id, attempt, user_id);
