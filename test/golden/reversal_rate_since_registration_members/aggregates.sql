-- cells: dense
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
alike AS (
    SELECT outcome,
        is_reversed,
        has_events,
        toFloat64(count()) AS weight,
        min(next_change_ms) AS first_change_ms,
        toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished,
        sumKahan(trunc(number_2)) AS whole_2,
        sumKahan(number_2 - trunc(number_2)) AS rest_2,
        min(number_2) AS least_2,
        max(number_2) AS most_2,
        quantilesExactInclusiveState(0.5)(number_2) AS quantiles_2,
        sumKahan(trunc(number_3)) AS whole_3,
        sumKahan(number_3 - trunc(number_3)) AS rest_3,
        min(number_3) AS least_3,
        max(number_3) AS most_3,
        quantilesExactInclusiveState(0.5)(number_3) AS quantiles_3,
        sumKahan(trunc(number_4)) AS whole_4,
        sumKahan(number_4 - trunc(number_4)) AS rest_4,
        min(number_4) AS least_4,
        max(number_4) AS most_4,
        quantilesExactInclusiveState(0.5)(number_4) AS quantiles_4
    FROM (SELECT outcome, is_reversed, has_events, next_change_ms, toFloat64(reversed_count) AS number_2, toFloat64(events) AS number_3, toFloat64(reversed_count / events) AS number_4 FROM windows)
    GROUP BY outcome, is_reversed, has_events
),
counted AS (
    SELECT toUInt32(0) AS cell,
        '' AS group_code,
        weight,
        first_change_ms AS next_change_ms,
        unfinished,
        [outcome, outcome, outcome, if(outcome = '' AND NOT has_events, 'no_denominator', outcome)] AS reasons,
        weight * toFloat64(is_reversed) AS positives_1,
        whole_2,
        rest_2,
        least_2,
        most_2,
        quantiles_2,
        whole_3,
        rest_3,
        least_3,
        most_3,
        quantiles_3,
        whole_4,
        rest_4,
        least_4,
        most_4,
        quantiles_4
    FROM (SELECT *, if(outcome = 'censored', '', outcome) AS user_reason FROM alike)
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumIf(positives_1, reasons[1] = '') AS sum_1,
        sumKahanIf(whole_2, reasons[2] = '') + sumKahanIf(rest_2, reasons[2] = '') AS sum_2,
        minIf(least_2, reasons[2] = '') AS own_min_2,
        maxIf(most_2, reasons[2] = '') AS own_max_2,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_2, reasons[2] = '') AS found_quantiles_2,
        sumKahanIf(whole_3, reasons[3] = '') + sumKahanIf(rest_3, reasons[3] = '') AS sum_3,
        minIf(least_3, reasons[3] = '') AS own_min_3,
        maxIf(most_3, reasons[3] = '') AS own_max_3,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_3, reasons[3] = '') AS found_quantiles_3,
        sumKahanIf(whole_4, reasons[4] = '') + sumKahanIf(rest_4, reasons[4] = '') AS sum_4,
        minIf(least_4, reasons[4] = '') AS own_min_4,
        maxIf(most_4, reasons[4] = '') AS own_max_4,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_4, reasons[4] = '') AS found_quantiles_4,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1),
        tuple(sum_2, own_min_2, own_max_2, found_quantiles_2),
        tuple(sum_3, own_min_3, own_max_3, found_quantiles_3),
        tuple(sum_4, own_min_4, own_max_4, found_quantiles_4))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64), c2 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c3 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64)), c4 Tuple(sum Float64, min Float64, max Float64, quantiles Array(Float64))))')) AS parts,
    toFloat64(min(first_change_ms)) AS next_change_ms,
    sumIf(unfinished_users, cell = 0 AND group_code = '') AS unfinished_users,
    (
        SELECT toFloat64(count())
        FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1)
    ) AS later_events,
    NULL AS next_registration_ms
FROM parts
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
