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
        name = {p5:String} AS matched,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, false, false, 0 FROM cohort
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times
    FROM facts
    GROUP BY user_id
),
born AS (
    SELECT *,
        multiIf(NOT is_known, 'unknown_user', NOT is_born, 'no_birth', '') AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        birth_ms + {p6:Int64} AS start_ms,
        birth_ms AS origin_ms,
        start_ms + {p7:Int64} AS end_ms,
        arraySort(arrayFilter(at -> at >= start_ms AND at < end_ms, times)) AS inside,
        length(inside) AS events,
        events >= {p8:UInt64} AS is_reached,
        inside[-1] AS until_ms,
        {p9:Float64} AS unit_ms,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [(until_ms - origin_ms) / unit_ms, 0] AS numbers,
        [multiIf(outcome != '', outcome, is_reached, '', 'never'), if(outcome = 'censored' AND start_ms < as_of_ms, '', outcome)] AS reasons
    FROM windows
),
measured AS (
    SELECT toUInt32(0) AS cell, '' AS group_code, CAST(arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons) AS Array(Float64)) AS numbers, reasons, if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')) AS next_change
    FROM answers
),
parts AS (
    SELECT cell, group_code, toFloat64(count()) AS users, min(next_change) AS first_change,
        toFloat64(countIf(next_change IS NOT NULL)) AS unfinished,
        [CAST(tuple(sumKahan(trunc(numbers[1])) + sumKahan(numbers[1] - trunc(numbers[1])),
            minIf(numbers[1], reasons[1] = ''),
            maxIf(numbers[1], reasons[1] = ''),
            quantilesExactInclusiveIf({p10:Float64})(numbers[1], reasons[1] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))'),
        CAST(tuple(sumKahan(trunc(numbers[2])) + sumKahan(numbers[2] - trunc(numbers[2])),
            0,
            0,
            []), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))')] AS columns,
        sumMapIf(map(arrayStringConcat(reasons, ','), toFloat64(1)), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM measured
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, columns, outcomes), 'Tuple(cell UInt32, group_code String, users Float64, columns Array(Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))), outcomes Map(String, Float64))')) AS parts,
    toFloat64(toUnixTimestamp64Milli(min(first_change))) AS next_change_ms,
    sumIf(unfinished, cell = 0 AND group_code = '') AS unfinished_users,
    (
        SELECT toFloat64(count())
        FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1)
    ) AS later_events,
    NULL AS next_registration_ms
FROM parts
SETTINGS do_not_merge_across_partitions_select_final = 1, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "87e4a7f029ccb6b7c2c3ff3ac9867e9dd37d568f1722156d1fc33aabac098a5a"
-- p5 = "buy"
-- p6 = 0
-- p7 = 2592000000
-- p8 = 1
-- p9 = 86400000
-- p10 = 0.5
