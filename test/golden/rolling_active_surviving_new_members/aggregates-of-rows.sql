WITH
    {p0:String} AS this_run,
    {p1:UInt16} AS this_attempt,
    {p2:UInt32} AS property_number,
    {p3:UInt64} AS data_version,
    fromUnixTimestamp64Milli({p4:Int64}, 'UTC') AS as_of,
measured AS (
    SELECT cell, group_code, numbers, reasons, next_change
    FROM run_values
    WHERE run_id = this_run AND attempt = this_attempt
),
parts AS (
    SELECT cell, group_code, toFloat64(count()) AS users, min(next_change) AS first_change,
        toFloat64(countIf(next_change IS NOT NULL)) AS unfinished,
        [CAST(tuple(sumKahan(trunc(numbers[1])) + sumKahan(numbers[1] - trunc(numbers[1]))), 'Tuple(sum Float64)')] AS columns,
        sumMapIf(map(arrayStringConcat(reasons, ','), toFloat64(1)), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM measured
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, columns, outcomes), 'Tuple(cell UInt32, group_code String, users Float64, columns Array(Tuple(sum Float64)), outcomes Map(String, Float64))')) AS parts,
    toFloat64(toUnixTimestamp64Milli(min(first_change))) AS next_change_ms,
    sumIf(unfinished, cell = 0 AND group_code = '') AS unfinished_users,
    (
        SELECT toFloat64(count())
        FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1)
    ) AS later_events,
    NULL AS next_registration_ms
FROM parts
SETTINGS max_bytes_before_external_group_by = 400000000

-- p0 = "run_golden"
-- p1 = 1
-- p2 = 1
-- p3 = 3
-- p4 = 1709251200000
