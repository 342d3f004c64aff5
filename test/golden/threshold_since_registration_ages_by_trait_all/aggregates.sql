-- cells: distinct
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
        '' AS trait_1_change,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, registration_given, registered_at IS NOT NULL, multiIf(mapContains(text, {p7:String}) OR mapContains(number, {p7:String}) OR mapContains(flag, {p7:String}), concat('=', multiIf(mapContains(text, {p7:String}), concat('t', text[{p7:String}]), mapContains(number, {p7:String}), concat('n', replaceRegexpOne(toString(number[{p7:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p7:String}], 'btrue', 'bfalse')), has(removed, {p7:String}), '=', ''), seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        substring(argMaxIf(trait_1_change, change_version, trait_1_change != ''), 2) AS trait_1,
        groupArrayIf(at_ms, matched) AS times
    FROM facts
    GROUP BY user_id
    HAVING NOT argMaxIf(registered AND at_ms >= as_of_ms, change_version, registration_given)
),
born AS (
    SELECT *,
        multiIf(NOT is_born, 'no_birth', birth_ms < {p8:Int64} OR birth_ms >= {p9:Int64}, 'out_of_range', '') AS user_reason,
        if(user_reason = '', transform(roundDown(birth_ms, {p10:Array(Int64)}), {p10:Array(Int64)}, {p11:Array(Int64)}, toInt64(-1)), -1) AS slice
    FROM people
),
present AS (
    SELECT user_reason, trait_1, slice, birth_ms, if(cell = 0, observed * ({p12:UInt32} + 1) + begun, cell <= slice * {p12:UInt32} + observed) AS stage, cell, length(cells) > 1 AS has_events
    FROM (
        SELECT user_reason,
            trait_1,
            slice,
            birth_ms,
            observed,
            begun,
            arrayPushFront(arrayDistinct(arrayMap(at -> toUInt32(1 + slice * {p13:UInt32} + least(greatest(intDiv(at - birth_ms - {p14:Int64}, {p15:Int64}), 0), {p16:Int64})), inside_times)), toUInt32(0)) AS cells
        FROM (
            SELECT *, if(as_of_ms - birth_ms >= {p17:Int64}, {p18:Int64}, least(greatest(intDiv(as_of_ms - birth_ms - {p19:Int64}, {p20:Int64}), 0), {p21:Int64})) AS observed,
                least(greatest(intDiv(as_of_ms - birth_ms - {p22:Int64}, {p23:Int64}), 0), {p24:Int64}) AS begun,
                birth_ms + {p25:Int64} AS whole_start,
                if(slice < 0, whole_start, whole_start + {p26:Int64}) AS whole_stop,
                arrayFilter(at -> at >= whole_start AND at < whole_stop, times) AS inside_times
            FROM born
        )
    )
    ARRAY JOIN cells AS cell
),
alike AS (
    SELECT cell AS own_cell,
        user_reason,
        trait_1,
        slice,
        stage,
        own_is_reached,
        toFloat64(count()) AS users,
        min(birth_ms) AS birth_ms
    FROM (
        SELECT cell, user_reason, trait_1, slice, stage, birth_ms, has_events AS own_is_reached
        FROM present
    )
    GROUP BY cell, user_reason, trait_1, slice, stage, own_is_reached
),
filled AS (
    SELECT user_reason, trait_1, slice, birth_ms, cell, place = 1 AS is_own, if(is_own OR own_cell = 0, users, -users) AS weight, if(is_own, own_is_reached, false) AS is_reached
    FROM (SELECT *, multiIf(own_cell = 0, arrayPushFront(if(slice < 0, [], range(toUInt32(1 + slice * {p27:UInt32}), toUInt32(1 + (slice + 1) * {p27:UInt32}))), toUInt32(0)), [own_cell, own_cell]) AS cells FROM alike)
    ARRAY JOIN cells AS cell, arrayEnumerate(cells) AS place
),
cells AS (
    SELECT *,
        birth_ms + {p28:Int64} AS whole_start, whole_start + {p29:Int64} AS whole_stop,
        birth_ms AS origin_ms,
        if(cell = 0, whole_start, birth_ms + {p30:Int64} + toInt64((cell - 1) % {p31:UInt32}) * {p32:Int64}) AS start_ms,
        if(cell = 0, whole_stop, birth_ms + least({p33:Int64} + toInt64((cell - 1) % {p34:UInt32}) * {p35:Int64}, {p36:Int64})) AS stop_ms
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
        group_code,
        weight,
        is_own,
        next_change_ms,
        if(next_change_ms IS NULL, 0, weight) AS unfinished,
        [outcome, multiIf(outcome != '', outcome, is_reached, '', 'never'), user_reason, if(outcome = 'censored' AND has_begun, '', outcome)] AS reasons,
        weight * toFloat64(is_reached) AS positives_1,
        weight * toFloat64(outcome = 'censored') AS positives_3,
        weight * toFloat64(is_reached) AS positives_4
    FROM windows
ARRAY JOIN ['', concat(':', trait_1)] AS group_code
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumIf(positives_1, reasons[1] = '') AS sum_1,
        sumIf(positives_3, reasons[3] = '') AS sum_3,
        sumIf(positives_4, reasons[4] = '') AS sum_4,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1),
        tuple(sum_3),
        tuple(sum_4))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64), c3 Tuple(sum Float64), c4 Tuple(sum Float64)))')) AS parts,
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
-- p6 = 1711843200000
-- p7 = "role"
-- p8 = 1704067200000
-- p9 = 1709251200000
-- p10 = [1704067200000,1706745600000]
-- p11 = [0,1]
-- p12 = 5
-- p13 = 5
-- p14 = 0
-- p15 = 604800000
-- p16 = 4
-- p17 = 2592000000
-- p18 = 5
-- p19 = 0
-- p20 = 604800000
-- p21 = 4
-- p22 = -604799999
-- p23 = 604800000
-- p24 = 5
-- p25 = 0
-- p26 = 2592000000
-- p27 = 5
-- p28 = 0
-- p29 = 2592000000
-- p30 = 0
-- p31 = 5
-- p32 = 604800000
-- p33 = 604800000
-- p34 = 5
-- p35 = 604800000
-- p36 = 2592000000
