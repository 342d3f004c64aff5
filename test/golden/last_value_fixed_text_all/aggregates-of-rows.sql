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
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        quantilesExactInclusiveState(0.5)(number_2) AS quantiles_2,
        sumKahan(trunc(number_3)) AS whole_3,
        sumKahan(number_3 - trunc(number_3)) AS rest_3,
        min(number_3) AS least_3,
        max(number_3) AS most_3,
        quantilesExactInclusiveState(0.5)(number_3) AS quantiles_3,
        sumMap(map(toInt64(number_3), toFloat64(1))) AS counts_3,
        sumKahan(trunc(number_4)) AS whole_4,
        sumKahan(number_4 - trunc(number_4)) AS rest_4,
        min(number_4) AS least_4,
        max(number_4) AS most_4,
        quantilesExactInclusiveState(0.5)(number_4) AS quantiles_4,
        sumMap(map(toInt64(number_4), toFloat64(1))) AS counts_4
    FROM (SELECT *, numbers[2] AS number_2, numbers[3] AS number_3, numbers[4] AS number_4 FROM run_values WHERE run_id = this_run AND attempt = this_attempt)
    GROUP BY cell, group_code, reasons
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        minIf(least_2, reasons[2] = '') AS own_min_2,
        maxIf(most_2, reasons[2] = '') AS own_max_2,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_2, reasons[2] = '') AS found_quantiles_2,
        sumKahanIf(whole_3, reasons[3] = '') + sumKahanIf(rest_3, reasons[3] = '') AS sum_3,
        minIf(least_3, reasons[3] = '') AS own_min_3,
        maxIf(most_3, reasons[3] = '') AS own_max_3,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_3, reasons[3] = '') AS found_quantiles_3,
        sumMapIf(counts_3, reasons[3] = '') AS users_by_value_3,
        sumKahanIf(whole_4, reasons[4] = '') + sumKahanIf(rest_4, reasons[4] = '') AS sum_4,
        minIf(least_4, reasons[4] = '') AS own_min_4,
        maxIf(most_4, reasons[4] = '') AS own_max_4,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_4, reasons[4] = '') AS found_quantiles_4,
        sumMapIf(counts_4, reasons[4] = '') AS users_by_value_4,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(own_min_2, own_max_2, found_quantiles_2),
        tuple(sum_3, own_min_3, own_max_3, found_quantiles_3, users_by_value_3),
        tuple(sum_4, own_min_4, own_max_4, found_quantiles_4, users_by_value_4))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c2 Tuple(min Float64, max Float64, quantiles Array(Float64)), c3 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64), counts Map(Int64, Float64)), c4 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64), counts Map(Int64, Float64))))')) AS parts,
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
