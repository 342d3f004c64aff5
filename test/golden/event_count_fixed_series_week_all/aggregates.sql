-- cells: sparse
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
present AS (
    SELECT user_reason, cell, times
    FROM (
        SELECT user_reason,
            arraySort(inside_times) AS sorted_times,
            arrayMap(at -> toUInt32(1 + least(greatest(intDiv(at - {p7:Int64}, {p8:Int64}), 0), {p9:Int64})), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayPushFront(arrayFilter((cell, is_first) -> is_first, cell_of, begins), toUInt32(0)) AS cells,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_times, begins), sorted_times) AS cell_times
        FROM (
            SELECT *, if(user_reason = '', times, []) AS inside_times
            FROM born
        )
    )
    ARRAY JOIN cells AS cell, cell_times AS times
),
alike AS (
    SELECT cell AS own_cell,
        user_reason,
        toFloat64(count()) AS users,
        sumKahan(trunc(number_1)) AS whole_1,
        sumKahan(number_1 - trunc(number_1)) AS rest_1,
        min(number_1) AS least_1,
        max(number_1) AS most_1,
        groupArray(number_1) AS values_1
    FROM (
        SELECT cell, user_reason, toFloat64(events) AS number_1
        FROM (SELECT *,
        length(times) AS events
    FROM present)
    )
    GROUP BY cell, user_reason
),
filled AS (
    SELECT user_reason, cell, place = 1 AS is_own, if(is_own OR own_cell = 0, users, -users) AS weight, whole_1, rest_1, least_1, most_1, values_1
    FROM (SELECT *, multiIf(own_cell = 0, arrayPushFront(range(1, {p10:UInt32}), toUInt32(0)), [own_cell, own_cell]) AS cells, arrayResize([values_1], length(cells)) AS cell_values_1 FROM alike)
    ARRAY JOIN cells AS cell, arrayEnumerate(cells) AS place, cell_values_1 AS values_1
),
cells AS (
    SELECT *,
        {p11:Int64} AS whole_start, {p12:Int64} AS whole_stop,
        start_ms AS origin_ms,
        if(cell = 0, whole_start, {p13:Int64} + toInt64(cell) * {p14:Int64}) AS start_ms,
        if(cell = 0, whole_stop, least({p15:Int64} + toInt64(cell) * {p16:Int64}, {p17:Int64})) AS stop_ms
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
        '' AS group_code,
        weight,
        is_own,
        next_change_ms,
        if(next_change_ms IS NULL, 0, weight) AS unfinished,
        [outcome] AS reasons,
        whole_1,
        rest_1,
        least_1,
        most_1,
        values_1
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
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, least(own_min_1, if(zeros_1 > 0, 0, own_min_1)), greatest(own_max_1, if(zeros_1 > 0, 0, own_max_1)), [(if(below_1_0 > (arrayCount(number -> number < 0, all_1) AS negative_1) AND below_1_0 <= negative_1 + zeros_1, 0, all_1[toInt64(below_1_0 - if(below_1_0 > negative_1, zeros_1, 0))]) AS low_1_0) + (rank_1_0 - (greatest(1, floor({p18:Float64} * (n_1 - 1) + 1 AS rank_1_0)) AS below_1_0)) * (if(least(below_1_0 + 1, n_1) > negative_1 AND least(below_1_0 + 1, n_1) <= negative_1 + zeros_1, 0, all_1[toInt64(least(below_1_0 + 1, n_1) - if(least(below_1_0 + 1, n_1) > negative_1, zeros_1, 0))]) - low_1_0)]))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))))')) AS parts,
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
-- p4 = "buy"
-- p5 = 1704067200000
-- p6 = 1706745600000
-- p7 = 1704067200000
-- p8 = 604800000
-- p9 = 4
-- p10 = 6
-- p11 = 1704067200000
-- p12 = 1706745600000
-- p13 = 1703462400000
-- p14 = 604800000
-- p15 = 1704067200000
-- p16 = 604800000
-- p17 = 1706745600000
-- p18 = 0.5
