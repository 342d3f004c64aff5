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
        name = {p4:String} AS matched,
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
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times
    FROM facts
    GROUP BY user_id
    HAVING NOT argMaxIf(registered AND at_ms >= as_of_ms, change_version, registration_given)
),
born AS (
    SELECT *,
        if(NOT is_born, 'no_birth', '') AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        birth_ms + {p5:Int64} AS start_ms,
        birth_ms AS origin_ms,
        start_ms + {p6:Int64} AS end_ms,
        arraySort(arrayFilter(at -> at >= start_ms AND at < end_ms, times)) AS inside,
        length(inside) AS events,
        events >= {p7:UInt64} AS is_reached,
        inside[{p8:UInt64}] AS nth_ms,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(is_reached), toFloat64((nth_ms - origin_ms) / 1000), toFloat64(outcome = 'censored'), toFloat64(is_reached)] AS numbers,
        [outcome, multiIf(outcome != '', outcome, is_reached, '', 'never'), user_reason, if(outcome = 'censored' AND has_begun, '', outcome)] AS reasons
    FROM windows
)
SELECT
    {p9:String},
    {p10:UInt16},
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
-- p5 = 0
-- p6 = 2592000000
-- p7 = 2
-- p8 = 2
-- p9 = "run_golden"
-- p10 = 1
