INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    cohort AS (SELECT user_id FROM run_cohorts WHERE run_id = {p4:String} AND attempt = {p5:UInt16}),
facts AS (
    SELECT
        user_id,
        true AS known,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p6:String} AND at_ms >= {p7:Int64} AND at_ms < {p8:Int64} AS matched,
        if(mapContains(number, {p9:String}), number[{p9:String}], nan) AS amount
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, nan
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, nan FROM cohort
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        countIf(matched) AS events,
        countIf(matched AND NOT isNaN(amount)) AS numeric,
        sumKahanIf(trunc(amount), matched AND amount > 0) AS positive_whole,
        sumKahanIf(amount - trunc(amount), matched AND amount > 0) AS positive_rest,
        sumKahanIf(trunc(amount), matched AND amount < 0) AS negative_whole,
        sumKahanIf(amount - trunc(amount), matched AND amount < 0) AS negative_rest
    FROM facts
    GROUP BY user_id
),
born AS (
    SELECT *,
        if(NOT is_known, 'unknown_user', '') AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        (positive_whole + negative_whole) + (positive_rest + negative_rest) AS sum_net,
        (positive_whole - negative_whole) + (positive_rest - negative_rest) AS sum_absolute,
        positive_whole + positive_rest AS sum_positive,
        negative_whole + negative_rest AS sum_negative,
        if(events > 0 AND numeric = 0, 15, if(isFinite(sum_net), 0, 1) + if(isFinite(sum_absolute), 0, 2) + if(isFinite(sum_positive), 0, 4) + if(isFinite(sum_negative), 0, 8)) AS lacking_sums
    FROM (SELECT *,
        {p10:Int64} AS start_ms,
        user_reason AS outcome,
        NULL AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born)
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(sum_net), toFloat64(sum_absolute), toFloat64(sum_positive), toFloat64(sum_negative), toFloat64(numeric)] AS numbers,
        [multiIf(outcome != '', outcome, bitTest(lacking_sums, 0), 'not_numeric', ''), multiIf(outcome != '', outcome, bitTest(lacking_sums, 1), 'not_numeric', ''), multiIf(outcome != '', outcome, bitTest(lacking_sums, 2), 'not_numeric', ''), multiIf(outcome != '', outcome, bitTest(lacking_sums, 3), 'not_numeric', ''), outcome] AS reasons
    FROM windows
)
SELECT
    {p11:String},
    {p12:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC'))
FROM answers
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "run_golden"
-- p5 = 1
-- p6 = "buy"
-- p7 = 1704067200000
-- p8 = 1709251200000
-- p9 = "dollars"
-- p10 = 1704067200000
-- p11 = "run_golden"
-- p12 = 1
