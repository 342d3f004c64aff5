INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    cohort AS (SELECT user_id FROM member_sets WHERE property = property_number AND set_hash = {p4:String}),
facts AS (
    SELECT
        user_id,
        true AS known,
        toUnixTimestamp64Milli(time) AS at_ms,
        name IN {p5:Array(String)} AND at_ms >= {p6:Int64} AND at_ms < {p7:Int64} AS matched
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false FROM cohort
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        countIf(matched) AS events
    FROM facts
    GROUP BY user_id
),
born AS (
    SELECT *,
        if(NOT is_known, 'unknown_user', '') AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        {p8:Int64} AS start_ms,
        user_reason AS outcome,
        if(user_reason = '', {p9:Int64}, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(events)] AS numbers,
        [outcome] AS reasons
    FROM windows
)
SELECT
    {p10:String},
    {p11:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC'))
FROM answers
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "3616ab03fb366cbd35e3f55f8899ac250a8075da18340151d9a6dc2e910a6230"
-- p5 = ["buy","view"]
-- p6 = 1705708800000
-- p7 = 1711929600000
-- p8 = 1705708800000
-- p9 = 1711929600000
-- p10 = "run_golden"
-- p11 = 1
