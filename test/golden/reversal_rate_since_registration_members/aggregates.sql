WITH
    {p0:String} AS this_run,
    {p1:UInt16} AS this_attempt,
    {p2:UInt32} AS property_number,
    {p3:UInt64} AS data_version,
    fromUnixTimestamp64Milli({p4:Int64}, 'UTC') AS as_of,
cells AS (
    SELECT position, number, reason, next_change
    FROM run_values
    ARRAY JOIN arrayEnumerate(numbers) AS position, numbers AS number, reasons AS reason
    WHERE run_id = this_run AND attempt = this_attempt
),
columns AS (
    SELECT
        position,
        reason,
        count() AS n,
        sumKahan(trunc(number)) + sumKahan(number - trunc(number)) AS total,
        min(number) AS lowest,
        max(number) AS highest,
        0 AS std,
        quantilesExactInclusive({p5:Float64})(number) AS quantiles,
        min(next_change) AS first_change
    FROM cells
    GROUP BY position, reason
)
SELECT
    groupArray(CAST((position, reason, n, total, lowest, highest, std, quantiles), 'Tuple(position UInt32, reason String, n Float64, sum Float64, min Float64, max Float64, std Float64, quantiles Array(Float64))')) AS groups,
    toFloat64(toUnixTimestamp64Milli(min(first_change))) AS next_change_ms,
    (
        SELECT toFloat64(count())
        FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1)
    ) AS later_events,
    NULL AS next_registration_ms
FROM columns

-- p0 = "run_golden"
-- p1 = 1
-- p2 = 1
-- p3 = 3
-- p4 = 1709251200000
-- p5 = 0.5
