-- cells: dense
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
alike AS (
    SELECT outcome,
        has_sessions,
        toFloat64(count()) AS weight,
        min(next_change_ms) AS first_change_ms,
        toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished,
        sumKahan(trunc(number_1)) AS whole_1,
        sumKahan(number_1 - trunc(number_1)) AS rest_1,
        min(number_1) AS least_1,
        max(number_1) AS most_1,
        quantilesExactInclusiveState(0.5)(number_1) AS quantiles_1,
        sumKahan(trunc(number_2)) AS whole_2,
        sumKahan(number_2 - trunc(number_2)) AS rest_2,
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        quantilesExactInclusiveState(0.5)(number_2) AS quantiles_2,
        sumKahan(trunc(number_3)) AS whole_3,
        sumKahan(number_3 - trunc(number_3)) AS rest_3,
        min(number_3) AS least_3,
        max(number_3) AS most_3,
        quantilesExactInclusiveState(0.5)(number_3) AS quantiles_3,
        sumKahan(trunc(number_4)) AS whole_4,
        sumKahan(number_4 - trunc(number_4)) AS rest_4,
        min(number_4) AS least_4,
        max(number_4) AS most_4,
        quantilesExactInclusiveState(0.5)(number_4) AS quantiles_4,
        sumKahan(trunc(number_5)) AS whole_5,
        sumKahan(number_5 - trunc(number_5)) AS rest_5,
        min(number_5) AS least_5,
        max(number_5) AS most_5,
        quantilesExactInclusiveState(0.5)(number_5) AS quantiles_5
    FROM (SELECT outcome, has_sessions, next_change_ms, toFloat64(begun) AS number_1, toFloat64(all_events) AS number_2, toFloat64(all_ms / 1000) AS number_3, toFloat64(all_ms / 1000 / begun) AS number_4, toFloat64(bounced) AS number_5 FROM windows)
    GROUP BY outcome, has_sessions
),
counted AS (
    SELECT toUInt32(0) AS cell,
        '' AS group_code,
        weight,
        first_change_ms AS next_change_ms,
        unfinished,
        [outcome, outcome, outcome, if(outcome = '' AND NOT has_sessions, 'no_denominator', outcome), outcome] AS reasons,
        whole_1,
        rest_1,
        least_1,
        most_1,
        quantiles_1,
        whole_2,
        rest_2,
        least_2,
        most_2,
        quantiles_2,
        whole_3,
        rest_3,
        least_3,
        most_3,
        quantiles_3,
        whole_4,
        rest_4,
        least_4,
        most_4,
        quantiles_4,
        whole_5,
        rest_5,
        least_5,
        most_5,
        quantiles_5
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
        quantilesExactInclusiveMergeIf(0.5)(quantiles_1, reasons[1] = '') AS found_quantiles_1,
        sumKahanIf(whole_2, reasons[2] = '') + sumKahanIf(rest_2, reasons[2] = '') AS sum_2,
        minIf(least_2, reasons[2] = '') AS own_min_2,
        maxIf(most_2, reasons[2] = '') AS own_max_2,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_2, reasons[2] = '') AS found_quantiles_2,
        sumKahanIf(whole_3, reasons[3] = '') + sumKahanIf(rest_3, reasons[3] = '') AS sum_3,
        minIf(least_3, reasons[3] = '') AS own_min_3,
        maxIf(most_3, reasons[3] = '') AS own_max_3,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_3, reasons[3] = '') AS found_quantiles_3,
        sumKahanIf(whole_4, reasons[4] = '') + sumKahanIf(rest_4, reasons[4] = '') AS sum_4,
        minIf(least_4, reasons[4] = '') AS own_min_4,
        maxIf(most_4, reasons[4] = '') AS own_max_4,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_4, reasons[4] = '') AS found_quantiles_4,
        sumKahanIf(whole_5, reasons[5] = '') + sumKahanIf(rest_5, reasons[5] = '') AS sum_5,
        minIf(least_5, reasons[5] = '') AS own_min_5,
        maxIf(most_5, reasons[5] = '') AS own_max_5,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_5, reasons[5] = '') AS found_quantiles_5,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, own_min_1, own_max_1, found_quantiles_1),
        tuple(sum_2, own_min_2, own_max_2, found_quantiles_2),
        tuple(sum_3, own_min_3, own_max_3, found_quantiles_3),
        tuple(sum_4, own_min_4, own_max_4, found_quantiles_4),
        tuple(sum_5, own_min_5, own_max_5, found_quantiles_5))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c2 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c3 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c4 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c5 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))))')) AS parts,
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
-- p4 = "edit"
-- p5 = 7200000
-- p6 = 7200000
-- p7 = 1704067200000
-- p8 = 1709251200000
-- p9 = 1704067200000
-- p10 = 1709251200000
-- p11 = 1704067200000
