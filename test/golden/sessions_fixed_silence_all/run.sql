INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    session_events_read AS (
    SELECT user_id, toUnixTimestamp64Milli(time) AS at_ms, toBool(name = {p4:String}) AS is_page
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    WHERE true
),
    session_runs AS (
    SELECT user_id,
        arrayJoin(arraySplit((act, silence) -> silence >= {p5:Int64}, acts, arrayDifference(acts.1))) AS run
    FROM (SELECT user_id, arraySort(groupArray((at_ms, is_page))) AS acts FROM session_events_read GROUP BY user_id)
),
    session_cuts AS (
    SELECT *, if(run[-1].1 - run[1].1 < {p6:Int64}, [run[1].1], arrayFold(
        (found, step) -> if(arrayExists(at -> at >= found[-1] + {p6:Int64}, run.1),
            arrayPushBack(found, arrayFirst(at -> at >= found[-1] + {p6:Int64}, run.1)), found),
        range(toUInt32(least(intDiv(run[-1].1 - run[1].1, {p6:Int64}), length(run) - 1))), [run[1].1]
    )) AS beginnings
    FROM session_runs
),
    sessions AS (
    SELECT user_id,
        arrayJoin(if(length(beginnings) = 1, [run], arraySplit(
            (act, at, before) -> at != before AND has(beginnings, at), run, run.1, arrayPushFront(arrayPopBack(run.1), toInt64(-1))
        ))) AS acts,
        acts[1].1 AS began_ms, acts[-1].1 - began_ms AS lasted_ms,
        toInt64(length(acts)) AS session_events, toInt64(countEqual(acts.2, true)) AS session_pages
    FROM session_cuts
),
    own_sessions AS (
    SELECT * FROM sessions WHERE began_ms >= {p7:Int64} AND began_ms < {p8:Int64}
),
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        true AND false AND at_ms >= {p9:Int64} AND at_ms < {p10:Int64} AS matched,
        toInt64(0) AS lasted_ms,
        toInt64(0) AS session_events,
        toInt64(0) AS session_pages,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, 0, 0, 0, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
    UNION ALL
    SELECT user_id, began_ms, true, lasted_ms, session_events, session_pages, false, false, 0 FROM own_sessions
),
people AS (
    SELECT
        user_id,
        countIf(matched) AS begun,
        sumIf(session_events, matched) AS all_events,
        sumIf(lasted_ms, matched) AS all_ms,
        countIf(matched AND session_pages <= 1) AS bounced
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
        begun > 0 AS has_sessions
    FROM (SELECT *,
        {p11:Int64} AS start_ms,
        user_reason AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born)
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(begun), toFloat64(all_events), toFloat64(all_ms / 1000), toFloat64(all_ms / 1000 / begun), toFloat64(bounced)] AS numbers,
        [outcome, outcome, outcome, if(outcome = '' AND NOT has_sessions, 'no_denominator', outcome), outcome] AS reasons
    FROM windows
)
SELECT
    {p12:String},
    {p13:UInt16},
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
-- p4 = "edit"
-- p5 = 7200000
-- p6 = 7200000
-- p7 = 1704067200000
-- p8 = 1709251200000
-- p9 = 1704067200000
-- p10 = 1709251200000
-- p11 = 1704067200000
-- p12 = "run_golden"
-- p13 = 1
