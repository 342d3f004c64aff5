-- What is no number: a map for each map column of the metric (its element of `numbers` is 0), and for each column that counts distinct values, where the values of the
-- whole cohort are to be counted too, the set of the user's values as sipHash128, the hash by which the engine itself counts distinct texts. Both are empty otherwise.
ALTER TABLE run_values
    ADD COLUMN IF NOT EXISTS maps Array(Map(String, Float64)),
    ADD COLUMN IF NOT EXISTS sets Array(Array(UInt128));
