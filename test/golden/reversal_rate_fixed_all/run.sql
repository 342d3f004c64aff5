INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change)
WITH
    {p0:UInt32} AS property_number,
    {p1:UInt64} AS data_version,
    {p2:Int64} AS as_of_ms,
    fromUnixTimestamp64Milli({p3:Int64}, 'UTC') AS as_of,
    history AS (
    SELECT arraySort(groupArray((at_ms, user_id, name, client_id, content_hash, content, is_judged))) AS entries
    FROM (
        SELECT
            reinterpretAsUInt128(multiIf(mapContains(text, {p4:String}), sipHash128('t', text[{p4:String}]), mapContains(number, {p4:String}), sipHash128('n', number[{p4:String}] + 0), sipHash128('b', flag[{p4:String}]))) AS object,
            reinterpretAsUInt128(multiIf(mapContains(text, {p5:String}), sipHash128('t', text[{p5:String}]), mapContains(number, {p5:String}), sipHash128('n', number[{p5:String}] + 0), sipHash128('b', flag[{p5:String}]))) AS content,
            toUnixTimestamp64Milli(time) AS at_ms,
            user_id, name, client_id, content_hash,
            true AND at_ms >= {p6:Int64} AND at_ms < {p7:Int64} AS is_judged
        FROM events FINAL
        PREWHERE property = property_number AND seq <= data_version AND time < as_of AND name = {p8:String}
        WHERE (mapContains(text, {p9:String}) OR mapContains(number, {p9:String}) OR mapContains(flag, {p9:String})) AND (mapContains(text, {p10:String}) OR mapContains(number, {p10:String}) OR mapContains(flag, {p10:String}))
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
            range(toUInt32(greatest(toInt64(pair.1) + 1, toInt64(pair.2) - {p11:UInt32})), toUInt32(least(pair.2, pair.1 + {p12:UInt32} + 1)))
        ), pairs)) AS marks
    FROM repeats
    WHERE notEmpty(pairs)
),
    reversals AS (
    SELECT arrayJoin(arrayFilter(
        (entry, author) -> entry.7 AND author != '' AND author != entry.2,
        entries,
        arrayResize(arrayReduce('groupArrayInsertAt', marks.2, arrayMap(place -> toUInt32(place - 1), marks.1)), length(entries), '')
    )) AS entry
    FROM reverts
    WHERE notEmpty(marks)
),
facts AS (
    SELECT
        user_id,
        toUnixTimestamp64Milli(time) AS at_ms,
        name = {p13:String} AND (mapContains(text, {p14:String}) OR mapContains(number, {p14:String}) OR mapContains(flag, {p14:String})) AND (mapContains(text, {p15:String}) OR mapContains(number, {p15:String}) OR mapContains(flag, {p15:String})) AND at_ms >= {p16:Int64} AND at_ms < {p17:Int64} AS matched,
        false AS reversed,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of
    UNION ALL
    SELECT user_id, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, false, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version
    UNION ALL
    SELECT entry.2, entry.1, true, true, false, false, 0 FROM reversals
),
people AS (
    SELECT
        user_id,
        countIf(matched AND NOT reversed) AS events,
        countIf(matched AND reversed) AS reversed_count,
        reversed_count > 0 AS is_reversed,
        events > 0 AS has_events
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
        {p18:Int64} AS start_ms,
        user_reason AS outcome,
        NULL AS next_change_ms,
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
    {p19:String},
    {p20:UInt16},
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
-- p4 = "page"
-- p5 = "sha"
-- p6 = 1704067200000
-- p7 = 1708473600000
-- p8 = "edit"
-- p9 = "page"
-- p10 = "sha"
-- p11 = 15
-- p12 = 15
-- p13 = "edit"
-- p14 = "page"
-- p15 = "sha"
-- p16 = 1704067200000
-- p17 = 1708473600000
-- p18 = 1704067200000
-- p19 = "run_golden"
-- p20 = 1
