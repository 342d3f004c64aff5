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
        groupArray(number_1) AS values_1
    FROM (SELECT *, numbers[1] AS number_1 FROM run_values WHERE run_id = this_run AND attempt = this_attempt)
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
        groupArrayArrayIf(values_1, reasons[1] = '') AS all_1,
        sumIf(weight, reasons[1] = '') AS n_1,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, own_min_1, own_max_1, arrayReduce('sumMap', arrayMap(number -> map(ifNull(accurateCastOrNull(least({p5:Float64} - 1, greatest(0, floor((number - (own_min_1, own_max_1).1) / ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * {p5:Float64}) + (number >= (own_min_1, own_max_1).1 + ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * ((floor((number - (own_min_1, own_max_1).1) / ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * {p5:Float64}) + 1) / {p5:Float64})) - (number < (own_min_1, own_max_1).1 + ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * (floor((number - (own_min_1, own_max_1).1) / ((own_min_1, own_max_1).2 - (own_min_1, own_max_1).1) * {p5:Float64}) / {p5:Float64})))), 'Int64'), 0), toFloat64(1)), all_1))))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, min Float64, max Float64, bins Map(Int64, Float64))))')) AS parts,
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
-- p5 = 2
