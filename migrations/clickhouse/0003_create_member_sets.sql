-- Members of static cohorts and inline lists, by the SHA-256 of the list; a list written twice counts once.
CREATE TABLE IF NOT EXISTS member_sets
(
    property UInt32,
    set_hash String,
    user_id String
)
ENGINE = ReplacingMergeTree
ORDER BY (property, set_hash, user_id);
