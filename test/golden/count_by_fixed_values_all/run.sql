INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change, maps)
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
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(0)] AS numbers,
        [outcome] AS reasons,
        [if(outcome = '', mapUpdate(zeros, found), CAST(map(), 'Map(String, Float64)'))] AS maps
    FROM windows
)
SELECT
    {p13:String},
    {p14:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')),
    maps
FROM answers
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

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
-- p13 = "run_golden"
-- p14 = 1
