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
        groupArrayIf(at_ms, matched) AS times
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
    SELECT * EXCEPT (cells, cell_times), cell, times
    FROM (
        SELECT * EXCEPT (times, sorted_times, cell_of, begins, present, absent), arrayConcat([times], arraySplit((value, is_first) -> is_first, sorted_times, begins), arrayResize(CAST([], toTypeName([times])), length(absent))) AS cell_times
        FROM (SELECT *, arraySort(times) AS sorted_times,
            arrayMap(at -> toUInt32(1 + transform(roundDown(at, {p7:Array(Int64)}), {p7:Array(Int64)}, {p8:Array(Int64)}, toInt64(-1))), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayFilter((cell, is_first) -> is_first, cell_of, begins) AS present,
            arrayExcept(range(1, {p9:UInt32}), present) AS absent,
            arrayConcat([toUInt32(0)], present, absent) AS cells FROM born)
    )
    ARRAY JOIN cells AS cell, cell_times AS times
),
cells AS (
    SELECT *,
        {p10:Int64} AS whole_start, {p11:Int64} AS whole_stop,
        start_ms AS origin_ms,
        if(cell = 0, whole_start, transform(toInt64(cell), {p12:Array(Int64)}, {p13:Array(Int64)}, toInt64(0))) AS start_ms,
        if(cell = 0, whole_stop, transform(toInt64(cell), {p14:Array(Int64)}, {p15:Array(Int64)}, toInt64(0))) AS stop_ms
    FROM spread
),
windows AS (
    SELECT *,
        least(stop_ms, as_of_ms) AS end_ms,
        arrayCount(at -> at >= start_ms AND at < end_ms, times) AS events,
        multiIf(user_reason != '', user_reason, start_ms >= as_of_ms AND stop_ms > as_of_ms, 'censored', '') AS outcome,
        NULL AS next_change_ms
    FROM cells
),
answers AS (
    SELECT user_id, next_change_ms, cell,
        [events] AS numbers,
        [outcome] AS reasons
    FROM windows
),
measured AS (
    SELECT cell, '' AS group_code, CAST(arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons) AS Array(Float64)) AS numbers, reasons, if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')) AS next_change
    FROM answers
),
parts AS (
    SELECT cell, group_code, toFloat64(count()) AS users, min(next_change) AS first_change,
        toFloat64(countIf(next_change IS NOT NULL)) AS unfinished,
        [CAST(tuple(sumKahan(trunc(numbers[1])) + sumKahan(numbers[1] - trunc(numbers[1])),
            minIf(numbers[1], reasons[1] = ''),
            maxIf(numbers[1], reasons[1] = ''),
            quantilesExactInclusiveIf({p16:Float64})(numbers[1], reasons[1] = '')), 'Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))')] AS columns,
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
-- p5 = 1704067200000
-- p6 = 1706745600000
-- p7 = [1704067200000,1704672000000,1705276800000,1705881600000,1706486400000]
-- p8 = [0,1,2,3,4]
-- p9 = 6
-- p10 = 1704067200000
-- p11 = 1706745600000
-- p12 = [1,2,3,4,5]
-- p13 = [1704067200000,1704672000000,1705276800000,1705881600000,1706486400000]
-- p14 = [1,2,3,4,5]
-- p15 = [1704672000000,1705276800000,1705881600000,1706486400000,1706745600000]
-- p16 = 0.5
