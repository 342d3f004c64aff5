-- cells: dense
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p4:String} AS matched,
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
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times
    FROM facts
    GROUP BY user_id
    HAVING NOT argMaxIf(registered AND at_ms >= as_of_ms, change_version, registration_given)
),
born AS (
    SELECT *,
        if(NOT is_born, 'no_birth', '') AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        birth_ms + {p5:Int64} AS start_ms,
        birth_ms AS origin_ms,
        start_ms + {p6:Int64} AS end_ms,
        arraySort(arrayFilter(at -> at >= start_ms AND at < end_ms, times)) AS inside,
        length(inside) AS events,
        events >= {p7:UInt64} AS is_reached,
        inside[{p8:UInt64}] AS nth_ms,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
alike AS (
    SELECT outcome,
        is_reached,
        has_begun,
        toFloat64(count()) AS weight,
        min(next_change_ms) AS first_change_ms,
        toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished,
        sumKahan(trunc(number_2)) AS whole_2,
        sumKahan(number_2 - trunc(number_2)) AS rest_2,
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        quantilesExactInclusiveState(0.5)(number_2) AS quantiles_2
    FROM (SELECT outcome, is_reached, has_begun, next_change_ms, toFloat64((nth_ms - origin_ms) / 1000) AS number_2 FROM windows)
    GROUP BY outcome, is_reached, has_begun
),
counted AS (
    SELECT toUInt32(0) AS cell,
        '' AS group_code,
        weight,
        first_change_ms AS next_change_ms,
        unfinished,
        [outcome, multiIf(outcome != '', outcome, is_reached, '', 'never'), user_reason, if(outcome = 'censored' AND has_begun, '', outcome)] AS reasons,
        weight * toFloat64(is_reached) AS positives_1,
        weight * toFloat64(outcome = 'censored') AS positives_3,
        weight * toFloat64(is_reached) AS positives_4,
        whole_2,
        rest_2,
        least_2,
        most_2,
        quantiles_2
    FROM (SELECT *, if(outcome = 'censored', '', outcome) AS user_reason FROM alike)
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumIf(positives_1, reasons[1] = '') AS sum_1,
        sumKahanIf(whole_2, reasons[2] = '') + sumKahanIf(rest_2, reasons[2] = '') AS sum_2,
        minIf(least_2, reasons[2] = '') AS own_min_2,
        maxIf(most_2, reasons[2] = '') AS own_max_2,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_2, reasons[2] = '') AS found_quantiles_2,
        sumIf(positives_3, reasons[3] = '') AS sum_3,
        sumIf(positives_4, reasons[4] = '') AS sum_4,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1),
        tuple(sum_2, own_min_2, own_max_2, found_quantiles_2),
        tuple(sum_3),
        tuple(sum_4))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64), c2 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c3 Tuple(sum Float64), c4 Tuple(sum Float64)))')) AS parts,
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
-- p5 = 0
-- p6 = 2592000000
-- p7 = 2
-- p8 = 2
