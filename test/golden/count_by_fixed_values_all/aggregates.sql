-- cells: dense
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
alike AS (
    SELECT outcome,
        toFloat64(count()) AS weight,
        min(next_change_ms) AS first_change_ms,
        toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished,
        sumKahan(trunc(number_1)) AS whole_1,
        sumKahan(number_1 - trunc(number_1)) AS rest_1,
        min(number_1) AS least_1,
        max(number_1) AS most_1,
        groupArray(number_1) AS values_1
    FROM (SELECT outcome, next_change_ms, toFloat64(0) AS number_1 FROM windows)
    GROUP BY outcome
),
counted AS (
    SELECT toUInt32(0) AS cell,
        '' AS group_code,
        weight,
        first_change_ms AS next_change_ms,
        unfinished,
        [outcome] AS reasons,
        whole_1,
        rest_1,
        least_1,
        most_1,
        values_1
    FROM (SELECT *, if(outcome = 'censored', '', outcome) AS user_reason FROM alike)
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumKahanIf(whole_1, reasons[1] = '') + sumKahanIf(rest_1, reasons[1] = '') AS sum_1,
        minIf(least_1, reasons[1] = '') AS own_min_1,
        maxIf(most_1, reasons[1] = '') AS own_max_1,
        groupArrayArrayIf(values_1, reasons[1] = '') AS all_1,
        sumIf(weight, reasons[1] = '') AS n_1,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, own_min_1, own_max_1, arrayReduce('sumMap', arrayMap(number -> map(ifNull(accurateCastOrNull(least({p13:Float64} - 1, greatest(0, floor((number - (own_min_1, own_max_1).1) / ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * {p13:Float64}) + (number >= (own_min_1, own_max_1).1 + ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * ((floor((number - (own_min_1, own_max_1).1) / ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * {p13:Float64}) + 1) / {p13:Float64})) - (number < (own_min_1, own_max_1).1 + ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * (floor((number - (own_min_1, own_max_1).1) / ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * {p13:Float64}) / {p13:Float64})))), 'Int64'), 0), toFloat64(1)), all_1))))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, min Float64, max Float64, bins Map(Int64, Float64))))')) AS parts,
    toFloat64(min(first_change_ms)) AS next_change_ms,
    sumIf(unfinished_users, cell = 0 AND group_code = '') AS unfinished_users,
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
-- p13 = 2
