WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p4:String} AND (mapContains(text, {p5:String}) OR mapContains(number, {p5:String}) OR mapContains(flag, {p5:String})) AND multiIf(mapContains(text, {p6:String}), text[{p6:String}], mapContains(number, {p6:String}), replaceRegexpOne(toString(number[{p6:String}] + 0), 'e([0-9])', 'e+\\1'), flag[{p6:String}], 'true', 'false') IN {p7:Array(String)} AND at_ms >= {p8:Int64} AND at_ms < {p9:Int64} AS matched,
        if(matched, multiIf(mapContains(text, {p10:String}), text[{p10:String}], mapContains(number, {p10:String}), replaceRegexpOne(toString(number[{p10:String}] + 0), 'e([0-9])', 'e+\\1'), flag[{p10:String}], 'true', 'false'), '') AS counted,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, '', registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        sumMapIf(map(counted, toFloat64(1)), matched) AS found,
        mapFromArrays({p11:Array(String)}, arrayMap(key -> toFloat64(0), {p11:Array(String)})) AS zeros
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
        {p12:Int64} AS start_ms,
        user_reason AS outcome,
        NULL AS next_change_ms
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [0] AS numbers,
        [outcome] AS reasons,
        [if(outcome = '', mapUpdate(zeros, found), CAST(map(), 'Map(String, Float64)'))] AS maps
    FROM windows
),
measured AS (
    SELECT toUInt32(0) AS cell, '' AS group_code, CAST(arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons) AS Array(Float64)) AS numbers, reasons, if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')) AS next_change
    FROM answers
),
extents AS (
    SELECT cell, group_code,
        arrayMap(of -> (of.1, of.2, greatest(of.1.2 - of.2, of.2 - of.1.1)), [((minIf(numbers[1], reasons[1] = ''), maxIf(numbers[1], reasons[1] = '')), sumKahan(numbers[1]) / countIf(reasons[1] = ''))]) AS extents_of
    FROM measured
    GROUP BY cell, group_code
),
parts AS (
    SELECT cell, group_code, toFloat64(count()) AS users, min(next_change) AS first_change,
        toFloat64(countIf(next_change IS NOT NULL)) AS unfinished,
        [CAST(tuple(sumKahan(trunc(numbers[1])) + sumKahan(numbers[1] - trunc(numbers[1])),
            minIf(numbers[1], reasons[1] = ''),
            maxIf(numbers[1], reasons[1] = ''),
            sumMapIf(map(ifNull(accurateCastOrNull(least({p13:Float64} - 1, greatest(0, floor((numbers[1] - extents_of[1].1.1) / (extents_of[1].1.2 - extents_of[1].1.1) * {p13:Float64}) + (numbers[1] >= extents_of[1].1.1 + (extents_of[1].1.2 - extents_of[1].1.1) * ((floor((numbers[1] - extents_of[1].1.1) / (extents_of[1].1.2 - extents_of[1].1.1) * {p13:Float64}) + 1) / {p13:Float64})) - (numbers[1] < extents_of[1].1.1 + (extents_of[1].1.2 - extents_of[1].1.1) * (floor((numbers[1] - extents_of[1].1.1) / (extents_of[1].1.2 - extents_of[1].1.1) * {p13:Float64}) / {p13:Float64})))), 'Int64'), 0), toFloat64(1)), reasons[1] = '')), 'Tuple(sum Float64, min Float64, max Float64, bins Map(Int64, Float64))')] AS columns,
        sumMapIf(map(arrayStringConcat(reasons, ','), toFloat64(1)), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM measured LEFT ANY JOIN extents USING (cell, group_code)
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, columns, outcomes), 'Tuple(cell UInt32, group_code String, users Float64, columns Array(Tuple(sum Float64, min Float64, max Float64, bins Map(Int64, Float64))), outcomes Map(String, Float64))')) AS parts,
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
-- p6 = "store"
-- p7 = ["mail","web"]
-- p8 = 1704067200000
-- p9 = 1709251200000
-- p10 = "store"
-- p11 = ["mail","web"]
-- p12 = 1704067200000
-- p13 = 2
