INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    cohort AS (SELECT user_id FROM member_sets WHERE property = property_number AND set_hash = {p4:String}),
    session_events_read AS (
    SELECT user_id, reinterpretAsUInt128(multiIf(mapContains(text, {p5:String}), sipHash128('t', text[{p5:String}]), mapContains(number, {p5:String}), sipHash128('n', number[{p5:String}] + 0), sipHash128('b', flag[{p5:String}]))) AS session, toUnixTimestamp64Milli(time) AS at_ms, toBool(name = {p6:String}) AS is_page
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    WHERE (mapContains(text, {p7:String}) OR mapContains(number, {p7:String}) OR mapContains(flag, {p7:String})) AND true
),
    sessions AS (
    SELECT user_id, session, min(at_ms) AS began_ms, max(at_ms) - began_ms AS lasted_ms,
        toInt64(count()) AS session_events, toInt64(countIf(is_page)) AS session_pages
    FROM session_events_read
    GROUP BY user_id, session
),
    own_sessions AS (
    SELECT * FROM sessions
),
facts AS (
    SELECT
        user_id,
        true AS known,
        toUnixTimestamp64Milli(time) AS at_ms,
        true AND false AS matched,
        toInt64(0) AS lasted_ms,
        toInt64(0) AS session_events,
        toInt64(0) AS session_pages,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, 0, 0, 0, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, 0, 0, 0, false, false, 0 FROM cohort
    UNION ALL
    SELECT user_id, true, began_ms, true, lasted_ms, session_events, session_pages, false, false, 0 FROM own_sessions
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times,
        groupArrayIf(lasted_ms, matched) AS all_lasted_ms,
        groupArrayIf(session_events, matched) AS all_session_events,
        groupArrayIf(session_pages, matched) AS all_session_pages
    FROM facts
    GROUP BY user_id
),
born AS (
    SELECT *,
        multiIf(NOT is_known, 'unknown_user', NOT is_born, 'no_birth', '') AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        begun > 0 AS has_sessions
    FROM (SELECT *,
        birth_ms + {p8:Int64} AS start_ms,
        start_ms + {p9:Int64} AS end_ms,
        length(arrayFilter((value, at) -> at >= start_ms AND at < end_ms, all_lasted_ms, times)) AS begun,
        arraySum(arrayFilter((value, at) -> at >= start_ms AND at < end_ms, all_session_events, times)) AS all_events,
        arraySum(arrayFilter((value, at) -> at >= start_ms AND at < end_ms, all_lasted_ms, times)) AS all_ms,
        arrayCount(pages -> pages <= 1, arrayFilter((value, at) -> at >= start_ms AND at < end_ms, all_session_pages, times)) AS bounced,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
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
    {p10:String},
    {p11:UInt16},
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
-- p4 = "c1ba95bc2f87418cb9a0bce080664daf0176c145b9f751117ddaab208837854b"
-- p5 = "store"
-- p6 = "buy"
-- p7 = "store"
-- p8 = 0
-- p9 = 2592000000
-- p10 = "run_golden"
-- p11 = 1
