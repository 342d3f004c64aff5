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
        name = {p4:String} AND ((mapContains(text, {p5:String}) AND text[{p5:String}] = {p6:String}) OR (mapContains(text, {p7:String}) OR mapContains(number, {p7:String}) OR mapContains(flag, {p7:String}))) AND at_ms >= {p8:Int64} AND at_ms < {p9:Int64} AS matched,
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
        countIf(matched) AS events,
        events > 0 AS has_occurred,
        minIf(at_ms, matched) AS first_ms,
        maxIf(at_ms, matched) AS last_ms
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
        {p10:Int64} AS start_ms,
        user_reason AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
alike AS (
    SELECT outcome,
        has_occurred,
        has_begun,
        toFloat64(count()) AS weight,
        min(next_change_ms) AS first_change_ms,
        toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished,
        sumKahan(trunc(number_2)) AS whole_2,
        sumKahan(number_2 - trunc(number_2)) AS rest_2,
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        quantilesExactInclusiveState(0.5)(number_2) AS quantiles_2,
        min(number_3) AS least_3,
        max(number_3) AS most_3,
        quantilesExactInclusiveState(0.5)(number_3) AS quantiles_3,
        min(number_4) AS least_4,
        max(number_4) AS most_4,
        quantilesExactInclusiveState(0.5)(number_4) AS quantiles_4
    FROM (SELECT outcome, has_occurred, has_begun, next_change_ms, toFloat64(events) AS number_2, toFloat64(first_ms) AS number_3, toFloat64(last_ms) AS number_4 FROM windows)
    GROUP BY outcome, has_occurred, has_begun
),
counted AS (
    SELECT toUInt32(0) AS cell,
        '' AS group_code,
        weight,
        first_change_ms AS next_change_ms,
        unfinished,
        [outcome, outcome, if(outcome = '' AND NOT has_occurred, 'never', outcome), if(outcome = '' AND NOT has_occurred, 'never', outcome), if(outcome = 'censored' AND has_begun, '', outcome)] AS reasons,
        weight * toFloat64(has_occurred) AS positives_1,
        weight * toFloat64(has_occurred) AS positives_5,
        whole_2,
        rest_2,
        least_2,
        most_2,
        quantiles_2,
        least_3,
        most_3,
        quantiles_3,
        least_4,
        most_4,
        quantiles_4
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
        minIf(least_3, reasons[3] = '') AS own_min_3,
        maxIf(most_3, reasons[3] = '') AS own_max_3,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_3, reasons[3] = '') AS found_quantiles_3,
        minIf(least_4, reasons[4] = '') AS own_min_4,
        maxIf(most_4, reasons[4] = '') AS own_max_4,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_4, reasons[4] = '') AS found_quantiles_4,
        sumIf(positives_5, reasons[5] = '') AS sum_5,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1),
        tuple(sum_2, own_min_2, own_max_2, found_quantiles_2),
        tuple(own_min_3, own_max_3, found_quantiles_3),
        tuple(own_min_4, own_max_4, found_quantiles_4),
        tuple(sum_5))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64), c2 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c3 Tuple(min Float64, max Float64, quantiles Array(Float64)), c4 Tuple(min Float64, max Float64, quantiles Array(Float64)), c5 Tuple(sum Float64)))')) AS parts,
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
-- p5 = "store"
-- p6 = "shop"
-- p7 = "gift"
-- p8 = 1704067200000
-- p9 = 1709251200000
-- p10 = 1704067200000
