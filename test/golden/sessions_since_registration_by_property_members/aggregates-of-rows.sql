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
        sumMap(map(toInt64(number_1), toFloat64(1))) AS counts_1,
        sumKahan(trunc(number_2)) AS whole_2,
        sumKahan(number_2 - trunc(number_2)) AS rest_2,
        sumMap(map(toInt64(number_2), toFloat64(1))) AS counts_2,
        sumKahan(trunc(number_3)) AS whole_3,
        sumKahan(number_3 - trunc(number_3)) AS rest_3,
        sumKahan(trunc(number_4)) AS whole_4,
        sumKahan(number_4 - trunc(number_4)) AS rest_4,
        sumKahan(trunc(number_5)) AS whole_5,
        sumKahan(number_5 - trunc(number_5)) AS rest_5,
        sumMap(map(toInt64(number_5), toFloat64(1))) AS counts_5
    FROM (SELECT *, numbers[1] AS number_1, numbers[2] AS number_2, numbers[3] AS number_3, numbers[4] AS number_4, numbers[5] AS number_5 FROM run_values WHERE run_id = this_run AND attempt = this_attempt)
    GROUP BY cell, group_code, reasons
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumKahanIf(whole_1, reasons[1] = '') + sumKahanIf(rest_1, reasons[1] = '') AS sum_1,
        sumMapIf(counts_1, reasons[1] = '') AS users_by_value_1,
        sumKahanIf(whole_2, reasons[2] = '') + sumKahanIf(rest_2, reasons[2] = '') AS sum_2,
        sumMapIf(counts_2, reasons[2] = '') AS users_by_value_2,
        sumKahanIf(whole_3, reasons[3] = '') + sumKahanIf(rest_3, reasons[3] = '') AS sum_3,
        sumKahanIf(whole_4, reasons[4] = '') + sumKahanIf(rest_4, reasons[4] = '') AS sum_4,
        sumKahanIf(whole_5, reasons[5] = '') + sumKahanIf(rest_5, reasons[5] = '') AS sum_5,
        sumMapIf(counts_5, reasons[5] = '') AS users_by_value_5,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, users_by_value_1),
        tuple(sum_2, users_by_value_2),
        tuple(sum_3),
        tuple(sum_4),
        tuple(sum_5, users_by_value_5))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, counts Map(Int64, Float64)), c2 Tuple(sum Float64, counts Map(Int64, Float64)), c3 Tuple(sum Float64), c4 Tuple(sum Float64), c5 Tuple(sum Float64, counts Map(Int64, Float64))))')) AS parts,
    toFloat64(min(first_change_ms)) AS next_change_ms,
    sumIf(unfinished_users, cell = 0 AND group_code = '') AS unfinished_users,
    (
        SELECT toFloat64(count())
        FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1)
    ) AS later_events,
    NULL AS next_registration_ms
FROM parts
SETTINGS optimize_and_compare_chain = 0, max_bytes_before_external_group_by = 400000000

-- p0 = "run_golden"
-- p1 = 1
-- p2 = 1
-- p3 = 3
-- p4 = 1709251200000
