-- cells: sparse
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
present AS (
    SELECT user_reason, cell, times, all_lasted_ms, all_session_events, all_session_pages, event_groups, are_counted
    FROM (
        SELECT user_reason,
            arraySort(inside_times) AS sorted_times,
            arraySort((value, at) -> at, inside_all_lasted_ms, inside_times) AS sorted_all_lasted_ms,
            arraySort((value, at) -> at, inside_all_session_events, inside_times) AS sorted_all_session_events,
            arraySort((value, at) -> at, inside_all_session_pages, inside_times) AS sorted_all_session_pages,
            arraySort((value, at) -> at, inside_event_groups, inside_times) AS sorted_event_groups,
            arraySort((value, at) -> at, inside_are_counted, inside_times) AS sorted_are_counted,
            arrayMap(at -> toUInt32(1 + least(greatest(intDiv(at - {p16:Int64}, {p17:Int64}), 0), {p18:Int64})), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayPushFront(arrayFilter((cell, is_first) -> is_first, cell_of, begins), toUInt32(0)) AS cells,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_times, begins), sorted_times) AS cell_times,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_all_lasted_ms, begins), sorted_all_lasted_ms) AS cell_all_lasted_ms,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_all_session_events, begins), sorted_all_session_events) AS cell_all_session_events,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_all_session_pages, begins), sorted_all_session_pages) AS cell_all_session_pages,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_event_groups, begins), sorted_event_groups) AS cell_event_groups,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_are_counted, begins), sorted_are_counted) AS cell_are_counted
        FROM (
            SELECT *, if(user_reason = '', times, []) AS inside_times,
                if(user_reason = '', all_lasted_ms, []) AS inside_all_lasted_ms,
                if(user_reason = '', all_session_events, []) AS inside_all_session_events,
                if(user_reason = '', all_session_pages, []) AS inside_all_session_pages,
                if(user_reason = '', event_groups, []) AS inside_event_groups,
                if(user_reason = '', are_counted, []) AS inside_are_counted
            FROM born
        )
    )
    ARRAY JOIN cells AS cell, cell_times AS times, cell_all_lasted_ms AS all_lasted_ms, cell_all_session_events AS all_session_events, cell_all_session_pages AS all_session_pages, cell_event_groups AS event_groups, cell_are_counted AS are_counted
),
grouped AS (
    SELECT * EXCEPT (event_groups, are_counted, all_times, all_all_lasted_ms, all_all_session_events, all_all_session_pages), group_code,
        arrayFilter((value, of_event, counts) -> counts AND of_event = group_code, all_times, event_groups, are_counted) AS times,
        arrayFilter((value, of_event, counts) -> counts AND of_event = group_code, all_all_lasted_ms, event_groups, are_counted) AS all_lasted_ms,
        arrayFilter((value, of_event, counts) -> counts AND of_event = group_code, all_all_session_events, event_groups, are_counted) AS all_session_events,
        arrayFilter((value, of_event, counts) -> counts AND of_event = group_code, all_all_session_pages, event_groups, are_counted) AS all_session_pages
    FROM (
        SELECT * EXCEPT (times, all_lasted_ms, all_session_events, all_session_pages, event_groups, are_counted), event_groups, are_counted, times AS all_times, all_lasted_ms AS all_all_lasted_ms, all_session_events AS all_all_session_events, all_session_pages AS all_all_session_pages,
            if(user_reason = '', arrayPushFront(arrayDistinct(arrayFilter(of_event -> of_event != '', event_groups)), ''), ['']) AS group_codes
        FROM present
    )
    ARRAY JOIN group_codes AS group_code
),
alike AS (
    SELECT cell AS own_cell,
        group_code,
        user_reason,
        own_has_sessions,
        toFloat64(count()) AS users,
        sumKahan(trunc(number_1)) AS whole_1,
        sumKahan(number_1 - trunc(number_1)) AS rest_1,
        min(number_1) AS least_1,
        max(number_1) AS most_1,
        groupArray(number_1) AS values_1,
        sumKahan(trunc(number_2)) AS whole_2,
        sumKahan(number_2 - trunc(number_2)) AS rest_2,
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        groupArray(number_2) AS values_2,
        sumKahan(trunc(number_3)) AS whole_3,
        sumKahan(number_3 - trunc(number_3)) AS rest_3,
        min(number_3) AS least_3,
        max(number_3) AS most_3,
        groupArray(number_3) AS values_3,
        sumKahan(trunc(number_4)) AS whole_4,
        sumKahan(number_4 - trunc(number_4)) AS rest_4,
        min(number_4) AS least_4,
        max(number_4) AS most_4,
        groupArray(number_4) AS values_4,
        sumKahan(trunc(number_5)) AS whole_5,
        sumKahan(number_5 - trunc(number_5)) AS rest_5,
        min(number_5) AS least_5,
        max(number_5) AS most_5,
        groupArray(number_5) AS values_5
    FROM (
        SELECT cell, group_code, user_reason, has_sessions AS own_has_sessions, toFloat64(begun) AS number_1, toFloat64(all_events) AS number_2, toFloat64(all_ms / 1000) AS number_3, toFloat64(all_ms / 1000 / begun) AS number_4, toFloat64(bounced) AS number_5
        FROM (SELECT *,
        begun > 0 AS has_sessions
    FROM (SELECT *,
        length(all_lasted_ms) AS begun,
        arraySum(all_session_events) AS all_events,
        arraySum(all_lasted_ms) AS all_ms,
        arrayCount(pages -> pages <= 1, all_session_pages) AS bounced
    FROM grouped))
    )
    GROUP BY cell, group_code, user_reason, own_has_sessions
),
filled AS (
    SELECT user_reason, group_code, cell, place = 1 AS is_own, if(is_own OR own_cell = 0, users, -users) AS weight, if(is_own, own_has_sessions, false) AS has_sessions, whole_1, rest_1, least_1, most_1, whole_2, rest_2, least_2, most_2, whole_3, rest_3, least_3, most_3, whole_4, rest_4, least_4, most_4, whole_5, rest_5, least_5, most_5, values_1, values_2, values_3, values_4, values_5
    FROM (SELECT *, multiIf(group_code != '', [own_cell], own_cell = 0, arrayPushFront(range(1, {p19:UInt32}), toUInt32(0)), [own_cell, own_cell]) AS cells, arrayResize([values_1], length(cells)) AS cell_values_1, arrayResize([values_2], length(cells)) AS cell_values_2, arrayResize([values_3], length(cells)) AS cell_values_3, arrayResize([values_4], length(cells)) AS cell_values_4, arrayResize([values_5], length(cells)) AS cell_values_5 FROM alike)
    ARRAY JOIN cells AS cell, arrayEnumerate(cells) AS place, cell_values_1 AS values_1, cell_values_2 AS values_2, cell_values_3 AS values_3, cell_values_4 AS values_4, cell_values_5 AS values_5
),
cells AS (
    SELECT *,
        {p20:Int64} AS whole_start, {p21:Int64} AS whole_stop,
        start_ms AS origin_ms,
        if(cell = 0, whole_start, {p22:Int64} + toInt64(cell) * {p23:Int64}) AS start_ms,
        if(cell = 0, whole_stop, least({p24:Int64} + toInt64(cell) * {p25:Int64}, {p26:Int64})) AS stop_ms
    FROM filled
),
windows AS (
    SELECT *,
        multiIf(user_reason != '', user_reason, start_ms >= as_of_ms AND stop_ms > as_of_ms, 'censored', '') AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM cells
),
counted AS (
    SELECT cell,
        group_code,
        weight,
        is_own,
        next_change_ms,
        if(next_change_ms IS NULL, 0, weight) AS unfinished,
        [outcome, outcome, outcome, if(outcome = '' AND NOT has_sessions, 'no_denominator', outcome), outcome] AS reasons,
        whole_1,
        rest_1,
        least_1,
        most_1,
        whole_2,
        rest_2,
        least_2,
        most_2,
        whole_3,
        rest_3,
        least_3,
        most_3,
        whole_4,
        rest_4,
        least_4,
        most_4,
        whole_5,
        rest_5,
        least_5,
        most_5,
        values_1,
        values_2,
        values_3,
        values_4,
        values_5
    FROM windows
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumKahanIf(whole_1, is_own AND reasons[1] = '') + sumKahanIf(rest_1, is_own AND reasons[1] = '') AS sum_1,
        minIf(least_1, is_own AND reasons[1] = '') AS own_min_1,
        maxIf(most_1, is_own AND reasons[1] = '') AS own_max_1,
        arraySort(groupArrayArrayIf(values_1, is_own AND reasons[1] = '')) AS all_1,
        sumIf(weight, reasons[1] = '') AS n_1,
        sumIf(weight, NOT is_own AND reasons[1] = '') AS zeros_1,
        sumKahanIf(whole_2, is_own AND reasons[2] = '') + sumKahanIf(rest_2, is_own AND reasons[2] = '') AS sum_2,
        minIf(least_2, is_own AND reasons[2] = '') AS own_min_2,
        maxIf(most_2, is_own AND reasons[2] = '') AS own_max_2,
        arraySort(groupArrayArrayIf(values_2, is_own AND reasons[2] = '')) AS all_2,
        sumIf(weight, reasons[2] = '') AS n_2,
        sumIf(weight, NOT is_own AND reasons[2] = '') AS zeros_2,
        sumKahanIf(whole_3, is_own AND reasons[3] = '') + sumKahanIf(rest_3, is_own AND reasons[3] = '') AS sum_3,
        minIf(least_3, is_own AND reasons[3] = '') AS own_min_3,
        maxIf(most_3, is_own AND reasons[3] = '') AS own_max_3,
        arraySort(groupArrayArrayIf(values_3, is_own AND reasons[3] = '')) AS all_3,
        sumIf(weight, reasons[3] = '') AS n_3,
        sumIf(weight, NOT is_own AND reasons[3] = '') AS zeros_3,
        sumKahanIf(whole_4, is_own AND reasons[4] = '') + sumKahanIf(rest_4, is_own AND reasons[4] = '') AS sum_4,
        minIf(least_4, is_own AND reasons[4] = '') AS own_min_4,
        maxIf(most_4, is_own AND reasons[4] = '') AS own_max_4,
        arraySort(groupArrayArrayIf(values_4, is_own AND reasons[4] = '')) AS all_4,
        sumIf(weight, reasons[4] = '') AS n_4,
        sumIf(weight, NOT is_own AND reasons[4] = '') AS zeros_4,
        sumKahanIf(whole_5, is_own AND reasons[5] = '') + sumKahanIf(rest_5, is_own AND reasons[5] = '') AS sum_5,
        minIf(least_5, is_own AND reasons[5] = '') AS own_min_5,
        maxIf(most_5, is_own AND reasons[5] = '') AS own_max_5,
        arraySort(groupArrayArrayIf(values_5, is_own AND reasons[5] = '')) AS all_5,
        sumIf(weight, reasons[5] = '') AS n_5,
        sumIf(weight, NOT is_own AND reasons[5] = '') AS zeros_5,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, least(own_min_1, if(zeros_1 > 0, 0, own_min_1)), greatest(own_max_1, if(zeros_1 > 0, 0, own_max_1)), [(if(below_1_0 > (arrayCount(number -> number < 0, all_1) AS negative_1) AND below_1_0 <= negative_1 + zeros_1, 0, all_1[toInt64(below_1_0 - if(below_1_0 > negative_1, zeros_1, 0))]) AS low_1_0) + (rank_1_0 - (greatest(1, floor({p27:Float64} * (n_1 - 1) + 1 AS rank_1_0)) AS below_1_0)) * (if(least(below_1_0 + 1, n_1) > negative_1 AND least(below_1_0 + 1, n_1) <= negative_1 + zeros_1, 0, all_1[toInt64(least(below_1_0 + 1, n_1) - if(least(below_1_0 + 1, n_1) > negative_1, zeros_1, 0))]) - low_1_0)]),
        tuple(sum_2, least(own_min_2, if(zeros_2 > 0, 0, own_min_2)), greatest(own_max_2, if(zeros_2 > 0, 0, own_max_2)), [(if(below_2_0 > (arrayCount(number -> number < 0, all_2) AS negative_2) AND below_2_0 <= negative_2 + zeros_2, 0, all_2[toInt64(below_2_0 - if(below_2_0 > negative_2, zeros_2, 0))]) AS low_2_0) + (rank_2_0 - (greatest(1, floor({p28:Float64} * (n_2 - 1) + 1 AS rank_2_0)) AS below_2_0)) * (if(least(below_2_0 + 1, n_2) > negative_2 AND least(below_2_0 + 1, n_2) <= negative_2 + zeros_2, 0, all_2[toInt64(least(below_2_0 + 1, n_2) - if(least(below_2_0 + 1, n_2) > negative_2, zeros_2, 0))]) - low_2_0)]),
        tuple(sum_3, least(own_min_3, if(zeros_3 > 0, 0, own_min_3)), greatest(own_max_3, if(zeros_3 > 0, 0, own_max_3)), [(if(below_3_0 > (arrayCount(number -> number < 0, all_3) AS negative_3) AND below_3_0 <= negative_3 + zeros_3, 0, all_3[toInt64(below_3_0 - if(below_3_0 > negative_3, zeros_3, 0))]) AS low_3_0) + (rank_3_0 - (greatest(1, floor({p29:Float64} * (n_3 - 1) + 1 AS rank_3_0)) AS below_3_0)) * (if(least(below_3_0 + 1, n_3) > negative_3 AND least(below_3_0 + 1, n_3) <= negative_3 + zeros_3, 0, all_3[toInt64(least(below_3_0 + 1, n_3) - if(least(below_3_0 + 1, n_3) > negative_3, zeros_3, 0))]) - low_3_0)]),
        tuple(sum_4, least(own_min_4, if(zeros_4 > 0, 0, own_min_4)), greatest(own_max_4, if(zeros_4 > 0, 0, own_max_4)), [(if(below_4_0 > (arrayCount(number -> number < 0, all_4) AS negative_4) AND below_4_0 <= negative_4 + zeros_4, 0, all_4[toInt64(below_4_0 - if(below_4_0 > negative_4, zeros_4, 0))]) AS low_4_0) + (rank_4_0 - (greatest(1, floor({p30:Float64} * (n_4 - 1) + 1 AS rank_4_0)) AS below_4_0)) * (if(least(below_4_0 + 1, n_4) > negative_4 AND least(below_4_0 + 1, n_4) <= negative_4 + zeros_4, 0, all_4[toInt64(least(below_4_0 + 1, n_4) - if(least(below_4_0 + 1, n_4) > negative_4, zeros_4, 0))]) - low_4_0)]),
        tuple(sum_5, least(own_min_5, if(zeros_5 > 0, 0, own_min_5)), greatest(own_max_5, if(zeros_5 > 0, 0, own_max_5)), [(if(below_5_0 > (arrayCount(number -> number < 0, all_5) AS negative_5) AND below_5_0 <= negative_5 + zeros_5, 0, all_5[toInt64(below_5_0 - if(below_5_0 > negative_5, zeros_5, 0))]) AS low_5_0) + (rank_5_0 - (greatest(1, floor({p31:Float64} * (n_5 - 1) + 1 AS rank_5_0)) AS below_5_0)) * (if(least(below_5_0 + 1, n_5) > negative_5 AND least(below_5_0 + 1, n_5) <= negative_5 + zeros_5, 0, all_5[toInt64(least(below_5_0 + 1, n_5) - if(least(below_5_0 + 1, n_5) > negative_5, zeros_5, 0))]) - low_5_0)]))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c2 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c3 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c4 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c5 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))))')) AS parts,
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
-- p27 = 0.5
-- p28 = 0.5
-- p29 = 0.5
-- p30 = 0.5
-- p31 = 0.5
