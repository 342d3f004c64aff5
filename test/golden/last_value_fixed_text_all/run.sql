INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change, maps)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p4:String} AND mapContains(text, {p5:String}) AND lengthUTF8(text[{p5:String}]) <= 200 AND at_ms >= {p6:Int64} AND at_ms < {p7:Int64} AS matched,
        if(matched, (at_ms, toString(name), client_id, content_hash, text[{p8:String}]), (toInt64(0), '', '', toUInt128(0), '')) AS record,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, (toInt64(0), '', '', toUInt128(0), ''), registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        arraySort(groupArrayIf(record, matched)) AS records
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
        length(records) AS events,
        notEmpty(records) AS has_value,
        records.5 AS recorded,
        records[-1] AS picked,
        arrayCount((value, before) -> value != before, arrayPopFront(recorded), arrayPopBack(recorded)) AS changes
    FROM (SELECT *,
        {p9:Int64} AS start_ms,
        user_reason AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born)
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(0), toFloat64(picked.1), toFloat64(events), toFloat64(changes)] AS numbers,
        [if(outcome = '' AND NOT has_value, 'never', outcome), if(outcome = '' AND NOT has_value, 'never', outcome), outcome, outcome] AS reasons,
        [if(outcome = '' AND has_value, map(picked.5, toFloat64(1)), CAST(map(), 'Map(String, Float64)'))] AS maps
    FROM windows
)
SELECT
    {p10:String},
    {p11:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')),
    maps
FROM answers
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "buy"
-- p5 = "store"
-- p6 = 1704067200000
-- p7 = 1709251200000
-- p8 = "store"
-- p9 = 1704067200000
-- p10 = "run_golden"
-- p11 = 1
