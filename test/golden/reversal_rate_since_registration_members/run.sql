INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    cohort AS (SELECT user_id FROM member_sets WHERE property = property_number AND set_hash = {p4:String}),
    history AS (
    SELECT arraySort(groupArray((at_ms, user_id, name, client_id, content_hash, content, is_judged))) AS entries
    FROM (
        SELECT
            reinterpretAsUInt128(multiIf(mapContains(text, {p5:String}), sipHash128('t', text[{p5:String}]), mapContains(number, {p5:String}), sipHash128('n', number[{p5:String}] + 0), sipHash128('b', flag[{p5:String}]))) AS object,
            reinterpretAsUInt128(multiIf(mapContains(text, {p6:String}), sipHash128('t', text[{p6:String}]), mapContains(number, {p6:String}), sipHash128('n', number[{p6:String}] + 0), sipHash128('b', flag[{p6:String}]))) AS content,
            toUnixTimestamp64Milli(time) AS at_ms,
            user_id, name, client_id, content_hash,
            user_id IN (SELECT user_id FROM cohort) AND (mapContains(text, {p7:String}) AND text[{p7:String}] = {p8:String}) AS is_judged
        FROM events FINAL
        PREWHERE property = property_number AND seq <= data_version AND time < as_of AND name IN {p9:Array(String)}
        WHERE (mapContains(text, {p10:String}) OR mapContains(number, {p10:String}) OR mapContains(flag, {p10:String})) AND (mapContains(text, {p11:String}) OR mapContains(number, {p11:String}) OR mapContains(flag, {p11:String}))
            AND object IN (
                SELECT reinterpretAsUInt128(multiIf(mapContains(text, {p12:String}), sipHash128('t', text[{p12:String}]), mapContains(number, {p12:String}), sipHash128('n', number[{p12:String}] + 0), sipHash128('b', flag[{p12:String}])))
                FROM events
                PREWHERE property = property_number AND seq <= data_version AND time < as_of AND name IN {p13:Array(String)} AND user_id IN (SELECT user_id FROM cohort)
                WHERE (mapContains(text, {p14:String}) OR mapContains(number, {p14:String}) OR mapContains(flag, {p14:String})) AND (mapContains(text, {p15:String}) OR mapContains(number, {p15:String}) OR mapContains(flag, {p15:String}))
            )
    )
    GROUP BY object
    HAVING max(is_judged) AND count() > 2
),
    repeats AS (
    SELECT
        entries,
        arraySort(arrayZip(entries.6, arrayEnumerate(entries), entries.2)) AS by_content,
        arrayZip(arrayPopBack(by_content.2), arrayPopFront(by_content.2), arrayPopFront(by_content.3)) AS neighbours,
        arraySort(pair -> pair.2, arrayFilter(
            (pair, content, next) -> content = next AND pair.2 > pair.1 + 1,
            neighbours, arrayPopBack(by_content.1), arrayPopFront(by_content.1)
        )) AS pairs
    FROM history
),
    reverts AS (
    SELECT
        entries,
        arrayFlatten(arrayMap(pair -> arrayMap(
            between -> (between, pair.3),
            range(toUInt32(greatest(toInt64(pair.1) + 1, toInt64(pair.2) - {p16:UInt32})), toUInt32(least(pair.2, pair.1 + {p17:UInt32} + 1)))
        ), pairs)) AS marks
    FROM repeats
    WHERE notEmpty(pairs)
),
    reversals AS (
    SELECT arrayJoin(arrayFilter(
        (entry, author) -> entry.7 AND author != '',
        entries,
        arrayResize(arrayReduce('groupArrayInsertAt', marks.2, arrayMap(place -> toUInt32(place - 1), marks.1)), length(entries), '')
    )) AS entry
    FROM reverts
    WHERE notEmpty(marks)
),
facts AS (
    SELECT
        user_id,
        true AS known,
        toUnixTimestamp64Milli(time) AS at_ms,
        name IN {p18:Array(String)} AND (mapContains(text, {p19:String}) AND text[{p19:String}] = {p20:String}) AND (mapContains(text, {p21:String}) OR mapContains(number, {p21:String}) OR mapContains(flag, {p21:String})) AND (mapContains(text, {p22:String}) OR mapContains(number, {p22:String}) OR mapContains(flag, {p22:String})) AS matched,
        false AS reversed,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, false, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, false, false, false, 0 FROM cohort
    UNION ALL
    SELECT entry.2, true, entry.1, true, true, false, false, 0 FROM reversals
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        groupArrayIf(at_ms, matched) AS times,
        groupArrayIf(reversed, matched) AS reversed_marks
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
        birth_ms + {p23:Int64} AS start_ms,
        start_ms + {p24:Int64} AS end_ms,
        arrayCount((at, is_reversed) -> at >= start_ms AND at < end_ms AND NOT is_reversed, times, reversed_marks) AS events,
        arrayCount((at, is_reversed) -> at >= start_ms AND at < end_ms AND is_reversed, times, reversed_marks) AS reversed_count,
        reversed_count > 0 AS is_reversed,
        events > 0 AS has_events,
        multiIf(user_reason != '', user_reason, start_ms < as_of_ms, '', 'censored') AS outcome,
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        [toFloat64(is_reversed), toFloat64(reversed_count), toFloat64(events), toFloat64(reversed_count / events)] AS numbers,
        [outcome, outcome, outcome, if(outcome = '' AND NOT has_events, 'no_denominator', outcome)] AS reasons
    FROM windows
)
SELECT
    {p25:String},
    {p26:UInt16},
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
-- p4 = "c58d46507005be996a5bd300c2af06c5f5e8d59e7ba434e18b89ed562a51ac44"
-- p5 = "page"
-- p6 = "sha"
-- p7 = "sha"
-- p8 = "a"
-- p9 = ["edit","move"]
-- p10 = "page"
-- p11 = "sha"
-- p12 = "page"
-- p13 = ["edit","move"]
-- p14 = "page"
-- p15 = "sha"
-- p16 = 1
-- p17 = 2
-- p18 = ["edit","move"]
-- p19 = "sha"
-- p20 = "a"
-- p21 = "page"
-- p22 = "sha"
-- p23 = 0
-- p24 = 5184000000
-- p25 = "run_golden"
-- p26 = 1
