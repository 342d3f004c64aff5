INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    cohort AS (SELECT user_id FROM member_sets WHERE property = property_number AND set_hash = {p4:String}),
facts AS (
    SELECT
        user_id,
        true AS known,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p5:String} AND mapContains(number, {p6:String}) AS matched,
        if(matched, (at_ms, toString(name), client_id, content_hash, number[{p7:String}] + 0), (toInt64(0), '', '', toUInt128(0), toFloat64(0))) AS record,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, (toInt64(0), '', '', toUInt128(0), toFloat64(0)), registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, (toInt64(0), '', '', toUInt128(0), toFloat64(0)), false, false, 0 FROM cohort
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times,
        groupArrayIf(record, matched) AS all_records
    FROM facts
    GROUP BY user_id
),
born AS (
    SELECT *,
        multiIf(NOT is_known, 'unknown_user', NOT is_born, 'no_birth', '') AS user_reason
    FROM people
),
windows AS (
    SELECT *,
        length(records) AS events,
        notEmpty(records) AS has_value,
        records.5 AS recorded,
        records[indexOf(recorded, arrayReduce('max', recorded))] AS picked,
        arrayCount((value, before) -> value != before, arrayPopFront(recorded), arrayPopBack(recorded)) AS changes
    FROM (SELECT *,
        birth_ms + {p8:Int64} AS start_ms,
        start_ms + {p9:Int64} AS end_ms,
        arraySort(arrayFilter((record, at) -> at >= start_ms AND at < end_ms, all_records, times)) AS records,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born)
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(picked.5), toFloat64(picked.1), toFloat64(events), toFloat64(changes)] AS numbers,
        [if(outcome = '' AND NOT has_value, 'never', outcome), if(outcome = '' AND NOT has_value, 'never', outcome), outcome, outcome] AS reasons
    FROM windows
)
SELECT
    {p10:String},
    {p11:UInt16},
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
-- p4 = "c1ba95bc2f87418cb9a0bce080664daf0176c145b9f751117ddaab208837854b"
-- p5 = "buy"
-- p6 = "dollars"
-- p7 = "dollars"
-- p8 = 0
-- p9 = 2592000000
-- p10 = "run_golden"
-- p11 = 1
