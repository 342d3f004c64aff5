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
        name = {p6:String} AS born
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, false
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, false FROM cohort
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        max(born) AS is_born,
        minIf(at_ms, born) AS birth_ms,
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
        birth_ms + {p7:Int64} AS start_ms,
        start_ms + {p8:Int64} AS end_ms,
        arraySort(arrayFilter(at -> at >= start_ms AND at < end_ms, times)) AS inside,
        length(inside) AS events,
        inside[1] AS first_ms,
        inside[-1] AS last_ms,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [events > 0, toFloat64(events), toFloat64(first_ms), toFloat64(last_ms), events > 0] AS numbers,
        [outcome, outcome, if(outcome = '' AND events = 0, 'never', outcome) AS of_times, of_times, if(outcome = 'censored' AND start_ms < as_of_ms, '', outcome)] AS reasons
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
            0,
            0,
            []), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))'),
        CAST(tuple(sumKahan(trunc(numbers[2])) + sumKahan(numbers[2] - trunc(numbers[2])),
            minIf(numbers[2], reasons[2] = ''),
            maxIf(numbers[2], reasons[2] = ''),
            quantilesExactInclusiveIf({p9:Float64})(numbers[2], reasons[2] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))'),
        CAST(tuple(0,
            minIf(numbers[3], reasons[3] = ''),
            maxIf(numbers[3], reasons[3] = ''),
            quantilesExactInclusiveIf({p10:Float64})(numbers[3], reasons[3] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))'),
        CAST(tuple(0,
            minIf(numbers[4], reasons[4] = ''),
            maxIf(numbers[4], reasons[4] = ''),
            quantilesExactInclusiveIf({p11:Float64})(numbers[4], reasons[4] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))'),
        CAST(tuple(sumKahan(trunc(numbers[5])) + sumKahan(numbers[5] - trunc(numbers[5])),
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
-- p4 = "66f4079d704c1ebfe1ab987dfd73bb5acd8ed3f1452cc27f5e1791207b1e27a7"
-- p5 = "buy"
-- p6 = "buy"
-- p7 = 0
-- p8 = 2592000000
-- p9 = 0.5
-- p10 = 0.5
-- p11 = 0.5
