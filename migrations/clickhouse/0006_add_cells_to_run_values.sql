-- What is measured beside the whole window of a user: slices and ages of a series, numbered from 1 (0: the whole window), and groups of a breakdown by their code
-- (empty: not told apart).
ALTER TABLE run_values
    ADD COLUMN IF NOT EXISTS cell UInt32,
    ADD COLUMN IF NOT EXISTS group_code LowCardinality(String);
