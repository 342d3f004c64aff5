INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change, cell)
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
        name = {p5:String} AND at_ms >= {p6:Int64} AND at_ms < {p7:Int64} AS matched,
        name = {p8:String} AS born
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, false
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, false FROM cohort
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        max(born) AS is_born,
        minIf(at_ms, born) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times
    FROM facts
    GROUP BY user_id
),
born AS (
    SELECT *,
        multiIf(NOT is_known, 'unknown_user', NOT is_born, 'no_birth', birth_ms < {p9:Int64} OR birth_ms >= {p10:Int64}, 'out_of_range', '') AS user_reason,
        if(user_reason = '', transform(roundDown(birth_ms, {p11:Array(Int64)}), {p11:Array(Int64)}, {p12:Array(Int64)}, toInt64(-1)), -1) AS slice
    FROM people
),
windows AS (
    SELECT *,
        birth_ms + {p13:Int64} AS start_ms,
        start_ms + {p14:Int64} AS end_ms,
        arrayCount(at -> at >= start_ms AND at < end_ms, times) AS events,
        multiIf(user_reason != '', user_reason, end_ms <= as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms, slice,
        [toFloat64(events)] AS numbers,
        [outcome] AS reasons
    FROM windows
)
SELECT
    {p15:String},
    {p16:UInt16},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')),
    cell
FROM answers
ARRAY JOIN if(slice < 0, [0], [0, slice + 1]) AS cell
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "3616ab03fb366cbd35e3f55f8899ac250a8075da18340151d9a6dc2e910a6230"
-- p5 = "buy"
-- p6 = 1704153600000
-- p7 = 1709683200000
-- p8 = "buy"
-- p9 = 1704067200000
-- p10 = 1708387200000
-- p11 = [1704067200000,1704672000000,1705276800000,1705881600000,1706486400000,1707091200000,1707696000000,1708300800000]
-- p12 = [0,1,2,3,4,5,6,7]
-- p13 = 86400000
-- p14 = 1209600000
-- p15 = "run_golden"
-- p16 = 1
