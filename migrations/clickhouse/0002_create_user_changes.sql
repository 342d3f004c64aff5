-- One row per accepted upsert, never replaced: a user as of a data version is the fold of its rows up to it, key by key, the last one wins.
CREATE TABLE IF NOT EXISTS user_changes
(
    property UInt32,
    user_id String,
    seq UInt64,
    position UInt32,
    registration_given Bool,
    registered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'null where registration_given: removed',
    text Map(LowCardinality(String), String),
    number Map(LowCardinality(String), Float64),
    flag Map(LowCardinality(String), Bool),
    removed Array(LowCardinality(String)) COMMENT 'traits taken away',
    INDEX seq_range seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
ORDER BY (property, user_id, seq, position);
