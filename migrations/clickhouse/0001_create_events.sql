-- Events. The order key is the identity, so that ReplacingMergeTree keeps one row of each; the highest version is the lowest (seq, position): the first accepted wins.
-- Partitioned by year: an insert may touch 100 partitions at most, and events go back to 1970.
CREATE TABLE IF NOT EXISTS events
(
    property UInt32,
    user_id String,
    time DateTime64(3, 'UTC'),
    name LowCardinality(String),
    client_id String COMMENT 'the id the sender gave; empty: none, then content_hash stands for it',
    content_hash UInt128 COMMENT 'sipHash128 of the properties where the sender gave no id, else 0',
    text Map(LowCardinality(String), String),
    number Map(LowCardinality(String), Float64),
    flag Map(LowCardinality(String), Bool),
    seq UInt64,
    position UInt32,
    version UInt64 MATERIALIZED bitNot(seq * 1048576 + position),
    INDEX seq_range seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(time)
ORDER BY (property, user_id, time, name, client_id, content_hash);
