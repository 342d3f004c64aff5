-- cells: sparse
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    cohort AS (SELECT user_id FROM member_sets WHERE property = property_number AND set_hash = {p4:String}),
facts AS (
    SELECT
        user_id,
        true AS known,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p5:String} AND at_ms >= {p6:Int64} AND at_ms < {p7:Int64} AS matched,
        name = {p8:String} AS born
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, false
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, false FROM cohort
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        max(born) AS is_born,
        minIf(at_ms, born) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times
    FROM facts
    GROUP BY user_id
),
born AS (
    SELECT *,
        multiIf(NOT is_known, 'unknown_user', NOT is_born, 'no_birth', birth_ms < {p9:Int64} OR birth_ms >= {p10:Int64}, 'out_of_range', '') AS user_reason,
        if(user_reason = '', transform(roundDown(birth_ms, {p11:Array(Int64)}), {p11:Array(Int64)}, {p12:Array(Int64)}, toInt64(-1)), -1) AS slice
    FROM people
),
present AS (
    SELECT user_reason, slice, birth_ms, if(cell = 0, observed * ({p13:UInt32} + 1) + begun, cell <= slice * {p13:UInt32} + observed) AS stage, cell, times
    FROM (
        SELECT user_reason,
            slice,
            birth_ms,
            observed,
            begun,
            arraySort(inside_times) AS sorted_times,
            arrayMap(at -> toUInt32(1 + slice * {p14:UInt32} + least(greatest(intDiv(at - birth_ms - {p15:Int64}, {p16:Int64}), 0), {p17:Int64})), sorted_times) AS cell_of,
            arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins,
            arrayPushFront(arrayFilter((cell, is_first) -> is_first, cell_of, begins), toUInt32(0)) AS cells,
            arrayPushFront(arraySplit((value, is_first) -> is_first, sorted_times, begins), sorted_times) AS cell_times
        FROM (
            SELECT *, if(as_of_ms - birth_ms >= {p18:Int64}, {p19:Int64}, least(greatest(intDiv(as_of_ms - birth_ms - {p20:Int64}, {p21:Int64}), 0), {p22:Int64})) AS observed,
                least(greatest(intDiv(as_of_ms - birth_ms - {p23:Int64}, {p24:Int64}), 0), {p25:Int64}) AS begun,
                birth_ms + {p26:Int64} AS whole_start,
                if(slice < 0, whole_start, whole_start + {p27:Int64}) AS whole_stop,
                arrayFilter(at -> at >= whole_start AND at < whole_stop, times) AS inside_times
            FROM born
        )
    )
    ARRAY JOIN cells AS cell, cell_times AS times
),
alike AS (
    SELECT cell AS own_cell,
        user_reason,
        slice,
        stage,
        toFloat64(count()) AS users,
        min(birth_ms) AS birth_ms,
        sumKahan(trunc(number_1)) AS whole_1,
        sumKahan(number_1 - trunc(number_1)) AS rest_1,
        min(number_1) AS least_1,
        max(number_1) AS most_1,
        groupArray(number_1) AS values_1
    FROM (
        SELECT cell, user_reason, slice, stage, birth_ms, toFloat64(events) AS number_1
        FROM (SELECT *,
        length(times) AS events
    FROM present)
    )
    GROUP BY cell, user_reason, slice, stage
),
filled AS (
    SELECT user_reason, slice, birth_ms, cell, place = 1 AS is_own, if(is_own OR own_cell = 0, users, -users) AS weight, whole_1, rest_1, least_1, most_1, values_1
    FROM (SELECT *, multiIf(own_cell = 0, arrayPushFront(if(slice < 0, [], range(toUInt32(1 + slice * {p28:UInt32}), toUInt32(1 + (slice + 1) * {p28:UInt32}))), toUInt32(0)), [own_cell, own_cell]) AS cells, arrayResize([values_1], length(cells)) AS cell_values_1 FROM alike)
    ARRAY JOIN cells AS cell, arrayEnumerate(cells) AS place, cell_values_1 AS values_1
),
cells AS (
    SELECT *,
        birth_ms + {p29:Int64} AS whole_start, whole_start + {p30:Int64} AS whole_stop,
        birth_ms AS origin_ms,
        if(cell = 0, whole_start, birth_ms + {p31:Int64} + toInt64((cell - 1) % {p32:UInt32}) * {p33:Int64}) AS start_ms,
        if(cell = 0, whole_stop, birth_ms + least({p34:Int64} + toInt64((cell - 1) % {p35:UInt32}) * {p36:Int64}, {p37:Int64})) AS stop_ms
    FROM filled
),
windows AS (
    SELECT *,
        multiIf(user_reason != '', user_reason, stop_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), stop_ms > as_of_ms, stop_ms, NULL) AS next_change_ms,
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
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, least(own_min_1, if(zeros_1 > 0, 0, own_min_1)), greatest(own_max_1, if(zeros_1 > 0, 0, own_max_1)), [(if(below_1_0 > (arrayCount(number -> number < 0, all_1) AS negative_1) AND below_1_0 <= negative_1 + zeros_1, 0, all_1[toInt64(below_1_0 - if(below_1_0 > negative_1, zeros_1, 0))]) AS low_1_0) + (rank_1_0 - (greatest(1, floor({p38:Float64} * (n_1 - 1) + 1 AS rank_1_0)) AS below_1_0)) * (if(least(below_1_0 + 1, n_1) > negative_1 AND least(below_1_0 + 1, n_1) <= negative_1 + zeros_1, 0, all_1[toInt64(least(below_1_0 + 1, n_1) - if(least(below_1_0 + 1, n_1) > negative_1, zeros_1, 0))]) - low_1_0)]))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))))')) AS parts,
    toFloat64(min(first_change_ms)) AS next_change_ms,
    sumIf(unfinished_users, cell = 0 AND group_code = '') AS unfinished_users,
    (
        SELECT toFloat64(count())
        FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1)
    ) AS later_events,
    NULL AS next_registration_ms
FROM parts
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "3616ab03fb366cbd35e3f55f8899ac250a8075da18340151d9a6dc2e910a6230"
-- p5 = "buy"
-- p6 = 1704153600000
-- p7 = 1709683200000
-- p8 = "buy"
-- p9 = 1704067200000
-- p10 = 1708387200000
-- p11 = [1704067200000,1706745600000]
-- p12 = [0,1]
-- p13 = 2
-- p14 = 2
-- p15 = 86400000
-- p16 = 604800000
-- p17 = 1
-- p18 = 1296000000
-- p19 = 2
-- p20 = 86400000
-- p21 = 604800000
-- p22 = 1
-- p23 = -518399999
-- p24 = 604800000
-- p25 = 2
-- p26 = 86400000
-- p27 = 1209600000
-- p28 = 2
-- p29 = 86400000
-- p30 = 1209600000
-- p31 = 86400000
-- p32 = 2
-- p33 = 604800000
-- p34 = 691200000
-- p35 = 2
-- p36 = 604800000
-- p37 = 1296000000
-- p38 = 0.5
