-- cells: dense
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
alike AS (
    SELECT outcome,
        has_value,
        toFloat64(count()) AS weight,
        min(next_change_ms) AS first_change_ms,
        toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished,
        sumKahan(trunc(number_1)) AS whole_1,
        sumKahan(number_1 - trunc(number_1)) AS rest_1,
        quantilesExactInclusiveState(0.5)(number_1) AS quantiles_1,
        quantilesExactInclusiveState(0.5)(number_2) AS quantiles_2,
        sumKahan(trunc(number_3)) AS whole_3,
        sumKahan(number_3 - trunc(number_3)) AS rest_3,
        quantilesExactInclusiveState(0.5)(number_3) AS quantiles_3,
        sumMap(map(toInt64(number_3), toFloat64(1))) AS counts_3,
        sumKahan(trunc(number_4)) AS whole_4,
        sumKahan(number_4 - trunc(number_4)) AS rest_4,
        quantilesExactInclusiveState(0.5)(number_4) AS quantiles_4,
        sumMap(map(toInt64(number_4), toFloat64(1))) AS counts_4
    FROM (SELECT outcome, has_value, next_change_ms, toFloat64(picked.5) AS number_1, toFloat64(picked.1) AS number_2, toFloat64(events) AS number_3, toFloat64(changes) AS number_4 FROM windows)
    GROUP BY outcome, has_value
),
counted AS (
    SELECT toUInt32(0) AS cell,
        '' AS group_code,
        weight,
        first_change_ms AS next_change_ms,
        unfinished,
        [if(outcome = '' AND NOT has_value, 'never', outcome), if(outcome = '' AND NOT has_value, 'never', outcome), outcome, outcome] AS reasons,
        whole_1,
        rest_1,
        quantiles_1,
        quantiles_2,
        whole_3,
        rest_3,
        quantiles_3,
        counts_3,
        whole_4,
        rest_4,
        quantiles_4,
        counts_4
    FROM (SELECT *, if(outcome = 'censored', '', outcome) AS user_reason FROM alike)
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumKahanIf(whole_1, reasons[1] = '') + sumKahanIf(rest_1, reasons[1] = '') AS sum_1,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_1, reasons[1] = '') AS found_quantiles_1,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_2, reasons[2] = '') AS found_quantiles_2,
        sumKahanIf(whole_3, reasons[3] = '') + sumKahanIf(rest_3, reasons[3] = '') AS sum_3,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_3, reasons[3] = '') AS found_quantiles_3,
        sumMapIf(counts_3, reasons[3] = '') AS users_by_value_3,
        sumKahanIf(whole_4, reasons[4] = '') + sumKahanIf(rest_4, reasons[4] = '') AS sum_4,
        quantilesExactInclusiveMergeIf(0.5)(quantiles_4, reasons[4] = '') AS found_quantiles_4,
        sumMapIf(counts_4, reasons[4] = '') AS users_by_value_4,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1, found_quantiles_1),
        tuple(found_quantiles_2),
        tuple(sum_3, found_quantiles_3, users_by_value_3),
        tuple(sum_4, found_quantiles_4, users_by_value_4))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64, quantiles Array(Float64)), c2 Tuple(quantiles Array(Float64)), c3 Tuple(sum Float64, quantiles Array(Float64), counts Map(Int64, Float64)), c4 Tuple(sum Float64, quantiles Array(Float64), counts Map(Int64, Float64))))')) AS parts,
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
-- p4 = "c1ba95bc2f87418cb9a0bce080664daf0176c145b9f751117ddaab208837854b"
-- p5 = "buy"
-- p6 = "dollars"
-- p7 = "dollars"
-- p8 = 0
-- p9 = 2592000000
