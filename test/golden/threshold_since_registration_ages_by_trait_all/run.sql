INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change, cell, group_code)
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
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, registration_given, registered_at IS NOT NULL, multiIf(mapContains(text, {p7:String}) OR mapContains(number, {p7:String}) OR mapContains(flag, {p7:String}), concat('=', multiIf(mapContains(text, {p7:String}), concat('t', text[{p7:String}]), mapContains(number, {p7:String}), concat('n', replaceRegexpOne(toString(number[{p7:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p7:String}], 'btrue', 'bfalse')), has(removed, {p7:String}), '=', ''), seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        substring(argMaxIf(trait_1_change, change_version, trait_1_change != ''), 2) AS trait_1,
        groupArrayIf(at_ms, matched) AS times
    FROM facts
    GROUP BY user_id
    HAVING NOT argMaxIf(registered AND at_ms >= as_of_ms, change_version, registration_given)
),
born AS (
    SELECT *,
        multiIf(NOT is_born, 'no_birth', birth_ms < {p8:Int64} OR birth_ms >= {p9:Int64}, 'out_of_range', '') AS user_reason,
        if(user_reason = '', transform(roundDown(birth_ms, {p10:Array(Int64)}), {p10:Array(Int64)}, {p11:Array(Int64)}, toInt64(-1)), -1) AS slice
    FROM people
),
spread AS (
    SELECT * EXCEPT (cells, cell_times), cell, times
    FROM (
        SELECT * EXCEPT (times, sorted_times, cell_of, begins, present, absent), arrayConcat([times], arraySplit((value, is_first) -> is_first, sorted_times, begins), arrayResize(CAST([], toTypeName([times])), length(absent))) AS cell_times
        FROM (SELECT *, arraySort(if(slice < 0, [], times)) AS sorted_times,
            arrayMap(at -> toUInt32(1 + slice * {p12:UInt32} + least(greatest(intDiv(at - birth_ms - {p13:Int64}, {p14:Int64}), 0), {p15:Int64})), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayFilter((cell, is_first) -> is_first, cell_of, begins) AS present,
            arrayExcept(if(slice < 0, [], range(toUInt32(1 + slice * {p16:UInt32}), toUInt32(1 + (slice + 1) * {p16:UInt32}))), present) AS absent,
            arrayConcat([toUInt32(0)], present, absent) AS cells FROM born)
    )
    ARRAY JOIN cells AS cell, cell_times AS times
),
cells AS (
    SELECT *,
        birth_ms + {p17:Int64} AS whole_start, whole_start + {p18:Int64} AS whole_stop,
        birth_ms AS origin_ms,
        if(cell = 0, whole_start, birth_ms + {p19:Int64} + toInt64((cell - 1) % {p20:UInt32}) * {p21:Int64}) AS start_ms,
        if(cell = 0, whole_stop, birth_ms + least({p22:Int64} + toInt64((cell - 1) % {p23:UInt32}) * {p24:Int64}, {p25:Int64})) AS stop_ms
    FROM spread
),
windows AS (
    SELECT *,
        stop_ms AS end_ms,
        arraySort(arrayFilter(at -> at >= start_ms AND at < end_ms, times)) AS inside,
        length(inside) AS events,
        events >= {p26:UInt64} AS is_reached,
        inside[{p27:UInt64}] AS nth_ms,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM cells
),
answers AS (
    SELECT user_id, next_change_ms, cell, trait_1,
        [toFloat64(is_reached), toFloat64((nth_ms - origin_ms) / 1000), toFloat64(outcome = 'censored'), toFloat64(is_reached)] AS numbers,
        [outcome, multiIf(outcome != '', outcome, is_reached, '', 'never'), user_reason, if(outcome = 'censored' AND has_begun, '', outcome)] AS reasons
    FROM windows
)
SELECT
    {p28:String},
    {p29:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')),
    cell,
    group_code
FROM answers
ARRAY JOIN ['', concat(':', trait_1)] AS group_code
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "buy"
-- p5 = 1704067200000
-- p6 = 1711843200000
-- p7 = "role"
-- p8 = 1704067200000
-- p9 = 1709251200000
-- p10 = [1704067200000,1706745600000]
-- p11 = [0,1]
-- p12 = 5
-- p13 = 0
-- p14 = 604800000
-- p15 = 4
-- p16 = 5
-- p17 = 0
-- p18 = 2592000000
-- p19 = 0
-- p20 = 5
-- p21 = 604800000
-- p22 = 604800000
-- p23 = 5
-- p24 = 604800000
-- p25 = 2592000000
-- p26 = 1
-- p27 = 1
-- p28 = "run_golden"
-- p29 = 1
