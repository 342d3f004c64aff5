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
        if(user_reason = '', {p9:Int64}, NULL) AS next_change_ms
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [events] AS numbers,
        [outcome] AS reasons
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
            quantilesExactInclusiveIf({p10:Float64})(numbers[1], reasons[1] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))')] AS columns,
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
-- p4 = "3616ab03fb366cbd35e3f55f8899ac250a8075da18340151d9a6dc2e910a6230"
-- p5 = ["buy","view"]
-- p6 = 1705708800000
-- p7 = 1711929600000
-- p8 = 1705708800000
-- p9 = 1711929600000
-- p10 = 0.5
