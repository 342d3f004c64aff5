INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change, cell, group_code)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    session_events_read AS (
    SELECT user_id, toUnixTimestamp64Milli(time) AS at_ms, toBool(true) AS is_page, arrayJoin(arrayDistinct(['', if((mapContains(text, {p4:String}) OR mapContains(number, {p4:String}) OR mapContains(flag, {p4:String})), concat(':', multiIf(mapContains(text, {p5:String}), concat('t', text[{p5:String}]), mapContains(number, {p5:String}), concat('n', replaceRegexpOne(toString(number[{p5:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p5:String}], 'btrue', 'bfalse')), '')])) AS session_group
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    WHERE name = {p6:String}
),
    session_runs AS (
    SELECT user_id, session_group,
        arrayJoin(arraySplit((act, silence) -> silence >= {p7:Int64}, acts, arrayDifference(acts.1))) AS run
    FROM (SELECT user_id, session_group, arraySort(groupArray((at_ms, is_page))) AS acts FROM session_events_read GROUP BY user_id, session_group)
),
    session_cuts AS (
    SELECT *, if(run[-1].1 - run[1].1 < {p8:Int64}, [run[1].1], arrayFold(
        (found, step) -> if(arrayExists(at -> at >= found[-1] + {p8:Int64}, run.1),
            arrayPushBack(found, arrayFirst(at -> at >= found[-1] + {p8:Int64}, run.1)), found),
        range(toUInt32(least(intDiv(run[-1].1 - run[1].1, {p8:Int64}), length(run) - 1))), [run[1].1]
    )) AS beginnings
    FROM session_runs
),
    sessions AS (
    SELECT user_id, session_group,
        arrayJoin(if(length(beginnings) = 1, [run], arraySplit(
            (act, at, before) -> at != before AND has(beginnings, at), run, run.1, arrayPushFront(arrayPopBack(run.1), toInt64(-1))
        ))) AS acts,
        acts[1].1 AS began_ms, acts[-1].1 - began_ms AS lasted_ms,
        toInt64(length(acts)) AS session_events, toInt64(countEqual(acts.2, true)) AS session_pages
    FROM session_cuts
),
    own_sessions AS (
    SELECT * FROM sessions WHERE began_ms >= {p9:Int64} AND began_ms < {p10:Int64}
),
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p11:String} AND at_ms >= {p12:Int64} AND at_ms < {p13:Int64} AS matched,
        toInt64(0) AS lasted_ms,
        toInt64(0) AS session_events,
        toInt64(0) AS session_pages,
        if((mapContains(text, {p14:String}) OR mapContains(number, {p14:String}) OR mapContains(flag, {p14:String})), concat(':', multiIf(mapContains(text, {p15:String}), concat('t', text[{p15:String}]), mapContains(number, {p15:String}), concat('n', replaceRegexpOne(toString(number[{p15:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p15:String}], 'btrue', 'bfalse')), '') AS event_group,
        false AS is_counted,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, 0, 0, 0, '', false, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
    UNION ALL
    SELECT user_id, began_ms, true, lasted_ms, session_events, session_pages, session_group, true, false, false, 0 FROM own_sessions
),
people AS (
    SELECT
        user_id,
        groupArrayIf(at_ms, matched) AS times,
        groupArrayIf(lasted_ms, matched) AS all_lasted_ms,
        groupArrayIf(session_events, matched) AS all_session_events,
        groupArrayIf(session_pages, matched) AS all_session_pages,
        groupArrayIf(event_group, matched) AS event_groups,
        groupArrayIf(is_counted, matched) AS are_counted
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
    SELECT * EXCEPT (cells, cell_times, cell_all_lasted_ms, cell_all_session_events, cell_all_session_pages, cell_event_groups, cell_are_counted), cell, times, all_lasted_ms, all_session_events, all_session_pages, event_groups, are_counted
    FROM (
        SELECT * EXCEPT (times, all_lasted_ms, all_session_events, all_session_pages, event_groups, are_counted, sorted_times, sorted_all_lasted_ms, sorted_all_session_events, sorted_all_session_pages, sorted_event_groups, sorted_are_counted, cell_of, begins, present, absent), arrayConcat([times], arraySplit((value, is_first) -> is_first, sorted_times, begins), arrayResize(CAST([], toTypeName([times])), length(absent))) AS cell_times,
            arrayConcat([all_lasted_ms], arraySplit((value, is_first) -> is_first, sorted_all_lasted_ms, begins), arrayResize(CAST([], toTypeName([all_lasted_ms])), length(absent))) AS cell_all_lasted_ms,
            arrayConcat([all_session_events], arraySplit((value, is_first) -> is_first, sorted_all_session_events, begins), arrayResize(CAST([], toTypeName([all_session_events])), length(absent))) AS cell_all_session_events,
            arrayConcat([all_session_pages], arraySplit((value, is_first) -> is_first, sorted_all_session_pages, begins), arrayResize(CAST([], toTypeName([all_session_pages])), length(absent))) AS cell_all_session_pages,
            arrayConcat([event_groups], arraySplit((value, is_first) -> is_first, sorted_event_groups, begins), arrayResize(CAST([], toTypeName([event_groups])), length(absent))) AS cell_event_groups,
            arrayConcat([are_counted], arraySplit((value, is_first) -> is_first, sorted_are_counted, begins), arrayResize(CAST([], toTypeName([are_counted])), length(absent))) AS cell_are_counted
        FROM (SELECT *, arraySort(times) AS sorted_times,
            arraySort((value, at) -> at, all_lasted_ms, times) AS sorted_all_lasted_ms,
            arraySort((value, at) -> at, all_session_events, times) AS sorted_all_session_events,
            arraySort((value, at) -> at, all_session_pages, times) AS sorted_all_session_pages,
            arraySort((value, at) -> at, event_groups, times) AS sorted_event_groups,
            arraySort((value, at) -> at, are_counted, times) AS sorted_are_counted,
            arrayMap(at -> toUInt32(1 + least(greatest(intDiv(at - {p16:Int64}, {p17:Int64}), 0), {p18:Int64})), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayFilter((cell, is_first) -> is_first, cell_of, begins) AS present,
            arrayExcept(range(1, {p19:UInt32}), present) AS absent,
            arrayConcat([toUInt32(0)], present, absent) AS cells FROM born)
    )
    ARRAY JOIN cells AS cell, cell_times AS times, cell_all_lasted_ms AS all_lasted_ms, cell_all_session_events AS all_session_events, cell_all_session_pages AS all_session_pages, cell_event_groups AS event_groups, cell_are_counted AS are_counted
),
cells AS (
    SELECT *,
        {p20:Int64} AS whole_start, {p21:Int64} AS whole_stop,
        start_ms AS origin_ms,
        if(cell = 0, whole_start, {p22:Int64} + toInt64(cell) * {p23:Int64}) AS start_ms,
        if(cell = 0, whole_stop, least({p24:Int64} + toInt64(cell) * {p25:Int64}, {p26:Int64})) AS stop_ms
    FROM spread
),
grouped AS (
    SELECT * EXCEPT (event_groups, are_counted, all_times, all_all_lasted_ms, all_all_session_events, all_all_session_pages), group_code,
        arrayFilter((value, of_event, counts) -> counts AND of_event = group_code, all_times, event_groups, are_counted) AS times,
        arrayFilter((value, of_event, counts) -> counts AND of_event = group_code, all_all_lasted_ms, event_groups, are_counted) AS all_lasted_ms,
        arrayFilter((value, of_event, counts) -> counts AND of_event = group_code, all_all_session_events, event_groups, are_counted) AS all_session_events,
        arrayFilter((value, of_event, counts) -> counts AND of_event = group_code, all_all_session_pages, event_groups, are_counted) AS all_session_pages
    FROM (
        SELECT * EXCEPT (times, all_lasted_ms, all_session_events, all_session_pages, event_groups, are_counted), event_groups, are_counted, times AS all_times, all_lasted_ms AS all_all_lasted_ms, all_session_events AS all_all_session_events, all_session_pages AS all_all_session_pages,
            if(user_reason = '', arrayPushFront(arrayDistinct(arrayFilter((of_event, at) -> of_event != '' AND at >= start_ms AND at < stop_ms, event_groups, times)), ''), ['']) AS group_codes
        FROM cells
    )
    ARRAY JOIN group_codes AS group_code
),
windows AS (
    SELECT *,
        begun > 0 AS has_sessions
    FROM (SELECT *,
        least(stop_ms, as_of_ms) AS end_ms,
        length(arrayFilter((value, at) -> at >= start_ms AND at < end_ms, all_lasted_ms, times)) AS begun,
        arraySum(arrayFilter((value, at) -> at >= start_ms AND at < end_ms, all_session_events, times)) AS all_events,
        arraySum(arrayFilter((value, at) -> at >= start_ms AND at < end_ms, all_lasted_ms, times)) AS all_ms,
        arrayCount(pages -> pages <= 1, arrayFilter((value, at) -> at >= start_ms AND at < end_ms, all_session_pages, times)) AS bounced,
        multiIf(user_reason != '', user_reason, start_ms >= as_of_ms AND stop_ms > as_of_ms, 'censored', '') AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM grouped)
),
answers AS (
    SELECT user_id, next_change_ms, cell, group_code,
        [toFloat64(begun), toFloat64(all_events), toFloat64(all_ms / 1000), toFloat64(all_ms / 1000 / begun), toFloat64(bounced)] AS numbers,
        [outcome, outcome, outcome, if(outcome = '' AND NOT has_sessions, 'no_denominator', outcome), outcome] AS reasons
    FROM windows
)
SELECT
    {p27:String},
    {p28:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')),
    cell,
    group_code
FROM answers
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "store"
-- p5 = "store"
-- p6 = "buy"
-- p7 = 864000000
-- p8 = 3456000000
-- p9 = 1704153600000
-- p10 = 1709251200000
-- p11 = "buy"
-- p12 = 1704153600000
-- p13 = 1709251200000
-- p14 = "store"
-- p15 = "store"
-- p16 = 1704153600000
-- p17 = 2592000000
-- p18 = 1
-- p19 = 3
-- p20 = 1704153600000
-- p21 = 1709251200000
-- p22 = 1701561600000
-- p23 = 2592000000
-- p24 = 1704153600000
-- p25 = 2592000000
-- p26 = 1709251200000
-- p27 = "run_golden"
-- p28 = 1
