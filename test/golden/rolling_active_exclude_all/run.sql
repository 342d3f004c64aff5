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
        '' AS trait_1_change,
        '' AS trait_2_change,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, registration_given, registered_at IS NOT NULL, multiIf(mapContains(text, {p7:String}) OR mapContains(number, {p7:String}) OR mapContains(flag, {p7:String}), concat('=', multiIf(mapContains(text, {p7:String}), concat('t', text[{p7:String}]), mapContains(number, {p7:String}), concat('n', replaceRegexpOne(toString(number[{p7:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p7:String}], 'btrue', 'bfalse')), has(removed, {p7:String}), '=', ''), multiIf(mapContains(text, {p8:String}) OR mapContains(number, {p8:String}) OR mapContains(flag, {p8:String}), concat('=', multiIf(mapContains(text, {p8:String}), concat('t', text[{p8:String}]), mapContains(number, {p8:String}), concat('n', replaceRegexpOne(toString(number[{p8:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p8:String}], 'btrue', 'bfalse')), has(removed, {p8:String}), '=', ''), seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        substring(argMaxIf(trait_1_change, change_version, trait_1_change != ''), 2) AS trait_1,
        substring(argMaxIf(trait_2_change, change_version, trait_2_change != ''), 2) AS trait_2,
        {p9:Int64} AS u_ms,
        countIf(matched AND at_ms >= as_of_ms - u_ms) >= {p10:UInt64} AS is_active,
        countIf(matched AND at_ms < as_of_ms - u_ms) >= {p10:UInt64} AS was_active,
        minOrNullIf(at_ms + if(at_ms >= as_of_ms - u_ms, u_ms, 2 * u_ms) + 1, matched) AS next_pass_ms
    FROM facts
    GROUP BY user_id
    HAVING NOT argMaxIf(registered AND at_ms >= as_of_ms, change_version, registration_given)
),
born AS (
    SELECT *,
        if(((startsWith(trait_2, 't') AND substring(trait_2, 2) = {p11:String}) OR (startsWith(trait_1, 'n') AND toFloat64OrZero(substring(trait_1, 2)) > {p12:Float64})), 'excluded', '') AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        is_active AS is_of_kind
    FROM (SELECT *,
        {p13:Int64} AS start_ms,
        start_ms AS origin_ms,
        {p14:Int64} AS end_ms,
        user_reason AS outcome,
        if(user_reason = '', next_pass_ms, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born)
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(is_of_kind)] AS numbers,
        [outcome] AS reasons
    FROM windows
)
SELECT
    {p15:String},
    {p16:UInt16},
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
-- p7 = "level"
-- p8 = "role"
-- p9 = 2592000000
-- p10 = 1
-- p11 = "staff"
-- p12 = 2
-- p13 = 1709251200000
-- p14 = 1709251200000
-- p15 = "run_golden"
-- p16 = 1
