-- Ingestion: checked lines are inserted into tables that store nothing; views send what holds to its table and the rest to the rejections.
CREATE TABLE IF NOT EXISTS ingest_rejections
(
    batch String COMMENT 'names one insert',
    position UInt32 COMMENT 'of the item in the batch',
    code LowCardinality(String),
    pointer String COMMENT 'JSON Pointer into the item; empty: all of it',
    property UInt32,
    rejected_at DateTime DEFAULT now()
)
ENGINE = MergeTree
ORDER BY (batch, position)
TTL rejected_at + INTERVAL 7 DAY;

CREATE TABLE IF NOT EXISTS event_lines
(
    property UInt32,
    seq UInt64,
    batch String,
    check_only Bool COMMENT 'only the rejections are wanted',
    position UInt32,
    verdict String COMMENT 'empty: accepted; else code, tab, pointer',
    user_id String,
    time DateTime64(3, 'UTC'),
    name LowCardinality(String),
    client_id String,
    content_hash UInt128,
    text Map(LowCardinality(String), String),
    number Map(LowCardinality(String), Float64),
    flag Map(LowCardinality(String), Bool)
)
ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_lines_accepted TO events AS
SELECT property, user_id, time, name, client_id, content_hash, text, number, flag, seq, position
FROM event_lines
WHERE verdict = '' AND NOT check_only;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_lines_rejected TO ingest_rejections AS
SELECT batch, position, substringIndex(verdict, '\t', 1) AS code, substring(verdict, position(verdict, '\t') + 1) AS pointer, property
FROM event_lines
WHERE verdict != '';

CREATE TABLE IF NOT EXISTS user_lines
(
    property UInt32,
    seq UInt64,
    batch String,
    check_only Bool,
    position UInt32,
    verdict String,
    user_id String,
    registration_given Bool,
    registered_at Nullable(DateTime64(3, 'UTC')),
    text Map(LowCardinality(String), String),
    number Map(LowCardinality(String), Float64),
    flag Map(LowCardinality(String), Bool),
    removed Array(LowCardinality(String))
)
ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS user_lines_accepted TO user_changes AS
SELECT property, user_id, seq, position, registration_given, registered_at, text, number, flag, removed
FROM user_lines
WHERE verdict = '' AND NOT check_only;

CREATE MATERIALIZED VIEW IF NOT EXISTS user_lines_rejected TO ingest_rejections AS
SELECT batch, position, substringIndex(verdict, '\t', 1) AS code, substring(verdict, position(verdict, '\t') + 1) AS pointer, property
FROM user_lines
WHERE verdict != '';
