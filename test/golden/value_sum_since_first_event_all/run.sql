INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p4:String} AS matched,
        name = {p5:String} AS born,
        if(mapContains(number, {p6:String}), number[{p6:String}], nan) AS amount,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, false, nan, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
),
people AS (
    SELECT
        user_id,
        max(born) AS is_born,
        minIf(at_ms, born) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times,
        groupArrayIf(amount, matched) AS amounts
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
        (positive_whole + negative_whole) + (positive_rest + negative_rest) AS sum_net,
        (positive_whole - negative_whole) + (positive_rest - negative_rest) AS sum_absolute,
        positive_whole + positive_rest AS sum_positive,
        negative_whole + negative_rest AS sum_negative,
        if(events > 0 AND numeric = 0, 15, if(isFinite(sum_net), 0, 1) + if(isFinite(sum_absolute), 0, 2) + if(isFinite(sum_positive), 0, 4) + if(isFinite(sum_negative), 0, 8)) AS lacking_sums
    FROM (SELECT *,
        birth_ms + {p7:Int64} AS start_ms,
        start_ms + {p8:Int64} AS end_ms,
        arrayFilter((amount, at) -> at >= start_ms AND at < end_ms, amounts, times) AS inside,
        length(inside) AS events,
        arrayCount(amount -> NOT isNaN(amount), inside) AS numeric,
        arrayFilter(amount -> amount > 0, inside) AS positive,
        arrayReduce('sumKahan', arrayMap(amount -> trunc(amount), positive)) AS positive_whole,
        arrayReduce('sumKahan', arrayMap(amount -> amount - trunc(amount), positive)) AS positive_rest,
        arrayFilter(amount -> amount < 0, inside) AS negative,
        arrayReduce('sumKahan', arrayMap(amount -> trunc(amount), negative)) AS negative_whole,
        arrayReduce('sumKahan', arrayMap(amount -> amount - trunc(amount), negative)) AS negative_rest,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
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
    {p9:String},
    {p10:UInt16},
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
-- p4 = "buy"
-- p5 = "buy"
-- p6 = "dollars"
-- p7 = 0
-- p8 = 2592000000
-- p9 = "run_golden"
-- p10 = 1
