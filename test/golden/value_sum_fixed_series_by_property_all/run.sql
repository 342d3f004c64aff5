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
        name = {p4:String} AND (((mapContains(text, {p5:String}) AND text[{p5:String}] IN {p6:Array(String)})) AND (mapContains(number, {p7:String}) AND number[{p7:String}] < {p8:Float64})) AND at_ms >= {p9:Int64} AND at_ms < {p10:Int64} AS matched,
        if(mapContains(number, {p11:String}), number[{p11:String}], nan) AS amount,
        if((mapContains(text, {p12:String}) OR mapContains(number, {p12:String}) OR mapContains(flag, {p12:String})), concat(':', multiIf(mapContains(text, {p13:String}), concat('t', text[{p13:String}]), mapContains(number, {p13:String}), concat('n', replaceRegexpOne(toString(number[{p13:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p13:String}], 'btrue', 'bfalse')), '') AS event_group,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, nan, '', registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        groupArrayIf(at_ms, matched) AS times,
        groupArrayIf(amount, matched) AS amounts,
        groupArrayIf(event_group, matched) AS event_groups
    FROM facts
    GROUP BY user_id
    HAVING NOT argMaxIf(registered AND at_ms >= as_of_ms, change_version, registration_given)
),
born AS (
    SELECT *,
        '' AS user_reason
    FROM people
),
spread AS (
    SELECT * EXCEPT (cells, cell_times, cell_amounts, cell_event_groups), cell, times, amounts, event_groups
    FROM (
        SELECT * EXCEPT (times, amounts, event_groups, sorted_times, sorted_amounts, sorted_event_groups, cell_of, begins, present, absent), arrayConcat([times], arraySplit((value, is_first) -> is_first, sorted_times, begins), arrayResize(CAST([], toTypeName([times])), length(absent))) AS cell_times,
            arrayConcat([amounts], arraySplit((value, is_first) -> is_first, sorted_amounts, begins), arrayResize(CAST([], toTypeName([amounts])), length(absent))) AS cell_amounts,
            arrayConcat([event_groups], arraySplit((value, is_first) -> is_first, sorted_event_groups, begins), arrayResize(CAST([], toTypeName([event_groups])), length(absent))) AS cell_event_groups
        FROM (SELECT *, arraySort(times) AS sorted_times,
            arraySort((value, at) -> at, amounts, times) AS sorted_amounts,
            arraySort((value, at) -> at, event_groups, times) AS sorted_event_groups,
            arrayMap(at -> toUInt32(1 + least(greatest(intDiv(at - {p14:Int64}, {p15:Int64}), 0), {p16:Int64})), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayFilter((cell, is_first) -> is_first, cell_of, begins) AS present,
            arrayExcept(range(1, {p17:UInt32}), present) AS absent,
            arrayConcat([toUInt32(0)], present, absent) AS cells FROM born)
    )
    ARRAY JOIN cells AS cell, cell_times AS times, cell_amounts AS amounts, cell_event_groups AS event_groups
),
cells AS (
    SELECT *,
        {p18:Int64} AS whole_start, {p19:Int64} AS whole_stop,
        start_ms AS origin_ms,
        if(cell = 0, whole_start, {p20:Int64} + toInt64(cell) * {p21:Int64}) AS start_ms,
        if(cell = 0, whole_stop, least({p22:Int64} + toInt64(cell) * {p23:Int64}, {p24:Int64})) AS stop_ms
    FROM spread
),
grouped AS (
    SELECT * EXCEPT (event_groups, all_times, all_amounts), group_code,
        if(group_code = '', all_times, arrayFilter((value, of_event) -> of_event = group_code, all_times, event_groups)) AS times,
        if(group_code = '', all_amounts, arrayFilter((value, of_event) -> of_event = group_code, all_amounts, event_groups)) AS amounts
    FROM (
        SELECT * EXCEPT (times, amounts, event_groups), event_groups, times AS all_times, amounts AS all_amounts,
            if(user_reason = '', arrayPushFront(arrayDistinct(arrayFilter((of_event, at) -> of_event != '' AND at >= start_ms AND at < stop_ms, event_groups, times)), ''), ['']) AS group_codes
        FROM cells
    )
    ARRAY JOIN group_codes AS group_code
),
windows AS (
    SELECT *,
        (positive_whole + negative_whole) + (positive_rest + negative_rest) AS sum_net,
        (positive_whole - negative_whole) + (positive_rest - negative_rest) AS sum_absolute,
        positive_whole + positive_rest AS sum_positive,
        negative_whole + negative_rest AS sum_negative,
        if(events > 0 AND numeric = 0, 15, if(isFinite(sum_net), 0, 1) + if(isFinite(sum_absolute), 0, 2) + if(isFinite(sum_positive), 0, 4) + if(isFinite(sum_negative), 0, 8)) AS lacking_sums
    FROM (SELECT *,
        least(stop_ms, as_of_ms) AS end_ms,
        arrayFilter((amount, at) -> at >= start_ms AND at < end_ms, amounts, times) AS inside,
        length(inside) AS events,
        arrayCount(amount -> NOT isNaN(amount), inside) AS numeric,
        arrayFilter(amount -> amount > 0, inside) AS positive,
        arrayReduce('sumKahan', arrayMap(amount -> trunc(amount), positive)) AS positive_whole,
        arrayReduce('sumKahan', arrayMap(amount -> amount - trunc(amount), positive)) AS positive_rest,
        arrayFilter(amount -> amount < 0, inside) AS negative,
        arrayReduce('sumKahan', arrayMap(amount -> trunc(amount), negative)) AS negative_whole,
        arrayReduce('sumKahan', arrayMap(amount -> amount - trunc(amount), negative)) AS negative_rest,
        multiIf(user_reason != '', user_reason, start_ms >= as_of_ms AND stop_ms > as_of_ms, 'censored', '') AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM grouped)
),
answers AS (
    SELECT user_id, next_change_ms, cell, group_code,
        [toFloat64(sum_net), toFloat64(sum_absolute), toFloat64(sum_positive), toFloat64(sum_negative), toFloat64(numeric)] AS numbers,
        [multiIf(outcome != '', outcome, bitTest(lacking_sums, 0), 'not_numeric', ''), multiIf(outcome != '', outcome, bitTest(lacking_sums, 1), 'not_numeric', ''), multiIf(outcome != '', outcome, bitTest(lacking_sums, 2), 'not_numeric', ''), multiIf(outcome != '', outcome, bitTest(lacking_sums, 3), 'not_numeric', ''), outcome] AS reasons
    FROM windows
)
SELECT
    {p25:String},
    {p26:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')),
    cell,
    group_code
FROM answers
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000, max_block_size = 45454

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "buy"
-- p5 = "store"
-- p6 = ["kiosk","web"]
-- p7 = "dollars"
-- p8 = 10
-- p9 = 1672531200000
-- p10 = 1709251200000
-- p11 = "dollars"
-- p12 = "store"
-- p13 = "store"
-- p14 = 1672531200000
-- p15 = 864000000
-- p16 = 42
-- p17 = 44
-- p18 = 1672531200000
-- p19 = 1709251200000
-- p20 = 1671667200000
-- p21 = 864000000
-- p22 = 1672531200000
-- p23 = 864000000
-- p24 = 1709251200000
-- p25 = "run_golden"
-- p26 = 1
