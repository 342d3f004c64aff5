INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change, cell)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p4:String} AND mapContains(flag, {p5:String}) AND at_ms >= {p6:Int64} AND at_ms < {p7:Int64} AS matched,
        if(matched, (at_ms, toString(name), client_id, content_hash, toUInt8(flag[{p8:String}])), (toInt64(0), '', '', toUInt128(0), toUInt8(0))) AS record,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, (toInt64(0), '', '', toUInt128(0), toUInt8(0)), registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        groupArrayIf(at_ms, matched) AS times,
        groupArrayIf(record, matched) AS all_records
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
    SELECT * EXCEPT (cells, cell_times, cell_all_records), cell, times, all_records
    FROM (
        SELECT * EXCEPT (times, all_records, sorted_times, sorted_all_records, cell_of, begins, present, absent), arrayConcat([times], arraySplit((value, is_first) -> is_first, sorted_times, begins), arrayResize(CAST([], toTypeName([times])), length(absent))) AS cell_times,
            arrayConcat([all_records], arraySplit((value, is_first) -> is_first, sorted_all_records, begins), arrayResize(CAST([], toTypeName([all_records])), length(absent))) AS cell_all_records
        FROM (SELECT *, arraySort(times) AS sorted_times,
            arraySort((value, at) -> at, all_records, times) AS sorted_all_records,
            arrayMap(at -> toUInt32(1 + least(greatest(intDiv(at - {p9:Int64}, {p10:Int64}), 0), {p11:Int64})), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayFilter((cell, is_first) -> is_first, cell_of, begins) AS present,
            arrayExcept(range(1, {p12:UInt32}), present) AS absent,
            arrayConcat([toUInt32(0)], present, absent) AS cells FROM born)
    )
    ARRAY JOIN cells AS cell, cell_times AS times, cell_all_records AS all_records
),
cells AS (
    SELECT *,
        {p13:Int64} AS whole_start, {p14:Int64} AS whole_stop,
        start_ms AS origin_ms,
        if(cell = 0, whole_start, {p15:Int64} + toInt64(cell) * {p16:Int64}) AS start_ms,
        if(cell = 0, whole_stop, least({p17:Int64} + toInt64(cell) * {p18:Int64}, {p19:Int64})) AS stop_ms
    FROM spread
),
windows AS (
    SELECT *,
        length(records) AS events,
        notEmpty(records) AS has_value,
        records.5 AS recorded,
        records[1] AS picked,
        arrayCount((value, before) -> value != before, arrayPopFront(recorded), arrayPopBack(recorded)) AS changes,
        picked.5 = 1 AS is_true
    FROM (SELECT *,
        least(stop_ms, as_of_ms) AS end_ms,
        arraySort(arrayFilter((record, at) -> at >= start_ms AND at < end_ms, all_records, times)) AS records,
        multiIf(user_reason != '', user_reason, start_ms >= as_of_ms AND stop_ms > as_of_ms, 'censored', '') AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM cells)
),
answers AS (
    SELECT user_id, next_change_ms, cell,
        [toFloat64(is_true), toFloat64(picked.1), toFloat64(events), toFloat64(changes)] AS numbers,
        [if(outcome = '' AND NOT has_value, 'never', outcome), if(outcome = '' AND NOT has_value, 'never', outcome), outcome, outcome] AS reasons
    FROM windows
)
SELECT
    {p20:String},
    {p21:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')),
    cell
FROM answers
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "buy"
-- p5 = "gift"
-- p6 = 1704067200000
-- p7 = 1709251200000
-- p8 = "gift"
-- p9 = 1704067200000
-- p10 = 2678400000
-- p11 = 1
-- p12 = 3
-- p13 = 1704067200000
-- p14 = 1709251200000
-- p15 = 1701388800000
-- p16 = 2678400000
-- p17 = 1704067200000
-- p18 = 2678400000
-- p19 = 1709251200000
-- p20 = "run_golden"
-- p21 = 1
