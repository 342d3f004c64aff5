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
        true AS matched,
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
        birth_ms + {p4:Int64} AS start_ms,
        start_ms + {p5:Int64} AS end_ms,
        arrayCount(at -> at >= start_ms AND at < end_ms, times) AS events,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
alike AS (
    SELECT outcome,
        toFloat64(count()) AS weight,
        min(next_change_ms) AS first_change_ms,
        toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished,
        sumKahan(trunc(number_1)) AS whole_1,
        sumKahan(number_1 - trunc(number_1)) AS rest_1,
        min(number_1) AS least_1,
        max(number_1) AS most_1,
        quantilesExactInclusiveState(0.5)(number_1) AS quantiles_1
    FROM (SELECT outcome, next_change_ms, toFloat64(events) AS number_1 FROM windows)
    GROUP BY outcome
),
counted AS (
    SELECT toUInt32(0) AS cell,
        '' AS group_code,
        weight,
        first_change_ms AS next_change_ms,
        unfinished,
        [outcome] AS reasons,
        whole_1,
        rest_1,
        least_1,
        most_1,
        quantiles_1
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
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, own_min_1, own_max_1, found_quantiles_1))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))))')) AS parts,
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
-- p4 = 0
-- p5 = 2592000000
