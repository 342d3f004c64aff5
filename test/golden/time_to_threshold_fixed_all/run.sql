INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p4:String} AND at_ms >= {p5:Int64} AND at_ms < {p6:Int64} AS matched,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        countIf(matched) AS events,
        events >= {p7:UInt64} AS is_reached,
        minIf(at_ms, matched) AS first_ms,
        arraySort(groupArrayIf(at_ms, matched))[{p8:UInt64}] AS until_ms,
        {p9:Float64} AS unit_ms
    FROM facts
    GROUP BY user_id
    HAVING NOT argMaxIf(registered AND at_ms >= as_of_ms, change_version, registration_given)
),
born AS (
    SELECT *,
        '' AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        {p10:Int64} AS start_ms,
        start_ms AS origin_ms,
        {p11:Int64} AS end_ms,
        user_reason AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64((until_ms - first_ms) / unit_ms), toFloat64(is_reached)] AS numbers,
        [multiIf(outcome != '', outcome, is_reached, '', 'never'), if(outcome = 'censored' AND has_begun, '', outcome)] AS reasons
    FROM windows
)
SELECT
    {p12:String},
    {p13:UInt16},
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
-- p4 = "buy"
-- p5 = 1704067200000
-- p6 = 1709251200000
-- p7 = 2
-- p8 = 2
-- p9 = 3600000
-- p10 = 1704067200000
-- p11 = 1709251200000
-- p12 = "run_golden"
-- p13 = 1
