-- Events of a batch once more, for as long as they are compared with what is stored: a merge may have taken duplicates out of `events` already. A partition for each
-- batch, dropped when it is judged; what a crash leaves goes by itself.
CREATE TABLE IF NOT EXISTS staged_events
(
    property UInt32,
    user_id String,
    time DateTime64(3, 'UTC'),
    name LowCardinality(String),
    client_id String,
    content_hash UInt128,
    text Map(LowCardinality(String), String),
    number Map(LowCardinality(String), Float64),
    flag Map(LowCardinality(String), Bool),
    seq UInt64,
    position UInt32,
    written_at DateTime DEFAULT now()
)
ENGINE = MergeTree
PARTITION BY (property, seq)
ORDER BY (user_id, time)
TTL written_at + INTERVAL 1 DAY
SETTINGS ttl_only_drop_parts = 1;
