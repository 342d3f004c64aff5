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
        sumKahan(trunc(number_1)) AS whole_1,
        sumKahan(number_1 - trunc(number_1)) AS rest_1,
        min(number_1) AS least_1,
        max(number_1) AS most_1,
        quantilesExactInclusiveState(0.5)(number_1) AS quantiles_1,
        sumKahan(trunc(number_2)) AS whole_2,
        sumKahan(number_2 - trunc(number_2)) AS rest_2,
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        quantilesExactInclusiveState(0.5)(number_2) AS quantiles_2,
        sumKahan(trunc(number_3)) AS whole_3,
        sumKahan(number_3 - trunc(number_3)) AS rest_3,
        min(number_3) AS least_3,
        max(number_3) AS most_3,
        quantilesExactInclusiveState(0.5)(number_3) AS quantiles_3,
        sumKahan(trunc(number_4)) AS whole_4,
        sumKahan(number_4 - trunc(number_4)) AS rest_4,
        min(number_4) AS least_4,
        max(number_4) AS most_4,
        quantilesExactInclusiveState(0.5)(number_4) AS quantiles_4,
        sumKahan(trunc(number_5)) AS whole_5,
        sumKahan(number_5 - trunc(number_5)) AS rest_5,
        min(number_5) AS least_5,
        max(number_5) AS most_5,
        quantilesExactInclusiveState(0.5)(number_5) AS quantiles_5
    FROM (SELECT *, numbers[1] AS number_1, numbers[2] AS number_2, numbers[3] AS number_3, numbers[4] AS number_4, numbers[5] AS number_5 FROM run_values WHERE run_id = this_run AND attempt = this_attempt)
    GROUP BY cell, group_code, reasons
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
        sumKahanIf(whole_2, reasons[2] = '') + sumKahanIf(rest_2, reasons[2] = '') AS sum_2,
        minIf(least_2, reasons[2] = '') AS own_min_2,
        maxIf(most_2, reasons[2] = '') AS own_max_2,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_2, reasons[2] = '') AS found_quantiles_2,
        sumKahanIf(whole_3, reasons[3] = '') + sumKahanIf(rest_3, reasons[3] = '') AS sum_3,
        minIf(least_3, reasons[3] = '') AS own_min_3,
        maxIf(most_3, reasons[3] = '') AS own_max_3,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_3, reasons[3] = '') AS found_quantiles_3,
        sumKahanIf(whole_4, reasons[4] = '') + sumKahanIf(rest_4, reasons[4] = '') AS sum_4,
        minIf(least_4, reasons[4] = '') AS own_min_4,
        maxIf(most_4, reasons[4] = '') AS own_max_4,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_4, reasons[4] = '') AS found_quantiles_4,
        sumKahanIf(whole_5, reasons[5] = '') + sumKahanIf(rest_5, reasons[5] = '') AS sum_5,
        minIf(least_5, reasons[5] = '') AS own_min_5,
        maxIf(most_5, reasons[5] = '') AS own_max_5,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_5, reasons[5] = '') AS found_quantiles_5,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, own_min_1, own_max_1, found_quantiles_1),
        tuple(sum_2, own_min_2, own_max_2, found_quantiles_2),
        tuple(sum_3, own_min_3, own_max_3, found_quantiles_3),
        tuple(sum_4, own_min_4, own_max_4, found_quantiles_4),
        tuple(sum_5, own_min_5, own_max_5, found_quantiles_5))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c2 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c3 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c4 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c5 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))))')) AS parts,
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
