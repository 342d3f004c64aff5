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
present AS (
    SELECT user_reason, cell, times, all_records
    FROM (
        SELECT user_reason,
            arraySort(inside_times) AS sorted_times,
            arraySort((value, at) -> at, inside_all_records, inside_times) AS sorted_all_records,
            arrayMap(at -> toUInt32(1 + least(greatest(intDiv(at - {p9:Int64}, {p10:Int64}), 0), {p11:Int64})), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayPushFront(arrayFilter((cell, is_first) -> is_first, cell_of, begins), toUInt32(0)) AS cells,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_times, begins), sorted_times) AS cell_times,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_all_records, begins), sorted_all_records) AS cell_all_records
        FROM (
            SELECT *, if(user_reason = '', times, []) AS inside_times,
                if(user_reason = '', all_records, []) AS inside_all_records
            FROM born
        )
    )
    ARRAY JOIN cells AS cell, cell_times AS times, cell_all_records AS all_records
),
alike AS (
    SELECT cell AS own_cell,
        user_reason,
        own_has_value,
        own_is_true,
        toFloat64(count()) AS users,
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        min(number_3) AS least_3,
        max(number_3) AS most_3,
        sumMap(map(toInt64(number_3), toFloat64(1))) AS counts_3,
        min(number_4) AS least_4,
        max(number_4) AS most_4,
        sumMap(map(toInt64(number_4), toFloat64(1))) AS counts_4
    FROM (
        SELECT cell, user_reason, has_value AS own_has_value, is_true AS own_is_true, toFloat64(picked.1) AS number_2, toFloat64(events) AS number_3, toFloat64(changes) AS number_4
        FROM (SELECT *,
        length(records) AS events,
        notEmpty(records) AS has_value,
        records.5 AS recorded,
        records[1] AS picked,
        arrayCount((value, before) -> value != before, arrayPopFront(recorded), arrayPopBack(recorded)) AS changes,
        picked.5 = 1 AS is_true
    FROM (SELECT *,
        arraySort(all_records) AS records
    FROM present))
    )
    GROUP BY cell, user_reason, own_has_value, own_is_true
),
filled AS (
    SELECT user_reason, cell, place = 1 AS is_own, if(is_own OR own_cell = 0, users, -users) AS weight, if(is_own, own_has_value, false) AS has_value, if(is_own, own_is_true, false) AS is_true, least_2, most_2, least_3, most_3, counts_3, least_4, most_4, counts_4
    FROM (SELECT *, multiIf(own_cell = 0, arrayPushFront(range(1, {p12:UInt32}), toUInt32(0)), [own_cell, own_cell]) AS cells FROM alike)
    ARRAY JOIN cells AS cell, arrayEnumerate(cells) AS place
),
cells AS (
    SELECT *,
        {p13:Int64} AS whole_start, {p14:Int64} AS whole_stop,
        start_ms AS origin_ms,
        if(cell = 0, whole_start, {p15:Int64} + toInt64(cell) * {p16:Int64}) AS start_ms,
        if(cell = 0, whole_stop, least({p17:Int64} + toInt64(cell) * {p18:Int64}, {p19:Int64})) AS stop_ms
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
        [if(outcome = '' AND NOT has_value, 'never', outcome), if(outcome = '' AND NOT has_value, 'never', outcome), outcome, outcome] AS reasons,
        weight * toFloat64(is_true) AS positives_1,
        least_2,
        most_2,
        least_3,
        most_3,
        counts_3,
        least_4,
        most_4,
        counts_4
    FROM windows
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumIf(positives_1, reasons[1] = '') AS sum_1,
        minIf(least_2, is_own AND reasons[2] = '') AS own_min_2,
        maxIf(most_2, is_own AND reasons[2] = '') AS own_max_2,
        sumIf(weight, NOT is_own AND reasons[2] = '') AS zeros_2,
        minIf(least_3, is_own AND reasons[3] = '') AS own_min_3,
        maxIf(most_3, is_own AND reasons[3] = '') AS own_max_3,
        sumMapIf(counts_3, is_own AND reasons[3] = '') AS users_by_value_3,
        sumIf(weight, NOT is_own AND reasons[3] = '') AS zeros_3,
        minIf(least_4, is_own AND reasons[4] = '') AS own_min_4,
        maxIf(most_4, is_own AND reasons[4] = '') AS own_max_4,
        sumMapIf(counts_4, is_own AND reasons[4] = '') AS users_by_value_4,
        sumIf(weight, NOT is_own AND reasons[4] = '') AS zeros_4,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1),
        tuple(least(own_min_2, if(zeros_2 > 0, 0, own_min_2)), greatest(own_max_2, if(zeros_2 > 0, 0, own_max_2))),
        tuple(least(own_min_3, if(zeros_3 > 0, 0, own_min_3)), greatest(own_max_3, if(zeros_3 > 0, 0, own_max_3)), mapAdd(users_by_value_3, CAST(if(zeros_3 > 0, map(0, zeros_3), map()), 'Map(Int64, Float64)'))),
        tuple(least(own_min_4, if(zeros_4 > 0, 0, own_min_4)), greatest(own_max_4, if(zeros_4 > 0, 0, own_max_4)), mapAdd(users_by_value_4, CAST(if(zeros_4 > 0, map(0, zeros_4), map()), 'Map(Int64, Float64)'))))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64), c2 Tuple(min Float64, max Float64), c3 Tuple(min Float64, max Float64, counts Map(Int64, Float64)), c4 Tuple(min Float64, max Float64, counts Map(Int64, Float64))))')) AS parts,
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
