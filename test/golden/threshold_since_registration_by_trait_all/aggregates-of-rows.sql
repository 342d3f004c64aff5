WITH
    {p0:String} AS this_run,
    {p1:UInt16} AS this_attempt,
    {p2:UInt32} AS property_number,
    {p3:UInt64} AS data_version,
    fromUnixTimestamp64Milli({p4:Int64}, 'UTC') AS as_of,
counted AS (
    SELECT cell,
        group_code,
        reasons,
        toFloat64(count()) AS weight,
        toUnixTimestamp64Milli(min(next_change)) AS next_change_ms,
        toFloat64(countIf(next_change IS NOT NULL)) AS unfinished,
        sum(numbers[1]) AS positives_1,
        sum(numbers[3]) AS positives_3,
        sum(numbers[4]) AS positives_4,
        sumKahan(trunc(number_2)) AS whole_2,
        sumKahan(number_2 - trunc(number_2)) AS rest_2,
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        quantilesExactInclusiveState(0.5)(number_2) AS quantiles_2
    FROM (SELECT *, numbers[2] AS number_2 FROM run_values WHERE run_id = this_run AND attempt = this_attempt)
    GROUP BY cell, group_code, reasons
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
SETTINGS optimize_and_compare_chain = 0, max_bytes_before_external_group_by = 400000000

-- p0 = "run_golden"
-- p1 = 1
-- p2 = 1
-- p3 = 3
-- p4 = 1709251200000
