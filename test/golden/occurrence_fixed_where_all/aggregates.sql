WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p4:String} AND ((mapContains(text, {p5:String}) AND text[{p5:String}] = {p6:String}) OR (mapContains(text, {p7:String}) OR mapContains(number, {p7:String}) OR mapContains(flag, {p7:String}))) AND at_ms >= {p8:Int64} AND at_ms < {p9:Int64} AS matched,
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
        minIf(at_ms, matched) AS first_ms,
        maxIf(at_ms, matched) AS last_ms
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
        user_reason AS outcome,
        NULL AS next_change_ms
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
            quantilesExactInclusiveIf({p11:Float64})(numbers[2], reasons[2] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))'),
        CAST(tuple(0,
            minIf(numbers[3], reasons[3] = ''),
            maxIf(numbers[3], reasons[3] = ''),
            quantilesExactInclusiveIf({p12:Float64})(numbers[3], reasons[3] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))'),
        CAST(tuple(0,
            minIf(numbers[4], reasons[4] = ''),
            maxIf(numbers[4], reasons[4] = ''),
            quantilesExactInclusiveIf({p13:Float64})(numbers[4], reasons[4] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))'),
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
    (
        SELECT toFloat64(toUnixTimestamp64Milli(min(registered_at)))
        FROM user_changes
        WHERE property = property_number AND seq <= data_version AND registered_at >= as_of
    ) AS next_registration_ms
FROM parts
SETTINGS do_not_merge_across_partitions_select_final = 1, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "buy"
-- p5 = "store"
-- p6 = "shop"
-- p7 = "gift"
-- p8 = 1704067200000
-- p9 = 1709251200000
-- p10 = 1704067200000
-- p11 = 0.5
-- p12 = 0.5
-- p13 = 0.5
