-- A year to which nothing comes for ten minutes is merged into one part: FINAL then has nothing to compare
-- (src/decisions/0072-settled-years-are-merged.md).
ALTER TABLE events MODIFY SETTING min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1;
