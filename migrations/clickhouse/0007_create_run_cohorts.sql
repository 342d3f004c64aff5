-- The users of a run whose cohort is a rule or a set, while it is measured: evaluated once and read in several places. A partition for each attempt, dropped when it
-- is done; what a crash leaves goes by itself.
CREATE TABLE IF NOT EXISTS run_cohorts
(
    run_id String,
    attempt UInt16,
    user_id String,
    written_at DateTime DEFAULT now()
)
ENGINE = MergeTree
PARTITION BY (run_id, attempt)
ORDER BY user_id
TTL written_at + INTERVAL 2 DAY
SETTINGS ttl_only_drop_parts = 1;
