-- Rows of an uploaded list of users as they came: `row` counts from 1. A row that can be no user has a problem, and its text, cut; any other has its user. Sorted by user,
-- so that the repetitions of one stand together and lists of users are compared piece by piece. A partition for each upload, dropped with it; what a crash leaves goes
-- by itself.
CREATE TABLE IF NOT EXISTS upload_rows
(
    upload_id String,
    row UInt32,
    user_id String COMMENT 'empty: the row has a problem',
    problem LowCardinality(String),
    text String,
    written_at DateTime DEFAULT now()
)
ENGINE = MergeTree
PARTITION BY upload_id
ORDER BY (user_id, row)
TTL written_at + INTERVAL 60 DAY
SETTINGS ttl_only_drop_parts = 1;

-- The users of an upload whom one validation has found to be known, each once.
CREATE TABLE IF NOT EXISTS upload_known
(
    upload_id String,
    attempt UInt32,
    user_id String,
    written_at DateTime DEFAULT now()
)
ENGINE = MergeTree
PARTITION BY (upload_id, attempt)
ORDER BY user_id
TTL written_at + INTERVAL 60 DAY
SETTINGS ttl_only_drop_parts = 1;

-- What one validation has found of every row. Attempts keep apart, so that a stolen attempt's late rows are never read.
CREATE TABLE IF NOT EXISTS upload_verdicts
(
    upload_id String,
    attempt UInt32,
    row UInt32,
    status LowCardinality(String),
    reason LowCardinality(String) COMMENT 'empty: valid',
    first_row UInt32 COMMENT 'of a duplicate: the first row of its user; else 0',
    text String,
    written_at DateTime DEFAULT now()
)
ENGINE = MergeTree
PARTITION BY (upload_id, attempt)
ORDER BY row
TTL written_at + INTERVAL 60 DAY
SETTINGS ttl_only_drop_parts = 1;
