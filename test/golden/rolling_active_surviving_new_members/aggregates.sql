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
        name = {p5:String} AND at_ms >= {p6:Int64} AND at_ms < {p7:Int64} AS matched,
        false AS registration_given,
        false AS registered,
        0 AS change_version
    FROM events FINAL
    PREWHERE property = property_number AND seq <= data_version AND time < as_of AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, true, ifNull(toUnixTimestamp64Milli(registered_at), 0), false, registration_given, registered_at IS NOT NULL, seq * 1048576 + position
    FROM user_changes
    PREWHERE property = property_number AND seq <= data_version AND user_id IN (SELECT user_id FROM cohort)
    UNION ALL
    SELECT user_id, false, 0, false, false, false, 0 FROM cohort
),
people AS (
    SELECT
        user_id,
        max(known) AS is_known,
        argMaxIf(registered, change_version, registration_given) AS is_born,
        argMaxIf(at_ms, change_version, registration_given) AS birth_ms,
        {p8:Int64} AS u_ms,
        countIf(matched AND at_ms >= as_of_ms - u_ms) >= {p9:UInt64} AS is_active,
        countIf(matched AND at_ms < as_of_ms - u_ms) >= {p9:UInt64} AS was_active,
        minOrNullIf(at_ms + if(at_ms >= as_of_ms - u_ms, u_ms, 2 * u_ms) + 1, matched) AS next_pass_ms
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
        is_active AND was_active AND birth_ms < end_ms - u_ms AND birth_ms >= end_ms - 2 * u_ms AS is_of_kind
    FROM (SELECT *,
        {p10:Int64} AS start_ms,
        start_ms AS origin_ms,
        {p11:Int64} AS end_ms,
        user_reason AS outcome,
        if(user_reason = '', least(next_pass_ms, if(birth_ms >= end_ms - 2 * u_ms, birth_ms + if(birth_ms >= end_ms - u_ms, u_ms, 2 * u_ms) + 1, NULL)), NULL) AS next_change_ms,
        start_ms < as_of_ms AS has_begun
    FROM born)
),
alike AS (
    SELECT outcome,
        is_of_kind,
        toFloat64(count()) AS weight,
        min(next_change_ms) AS first_change_ms,
        toFloat64(countIf(next_change_ms IS NOT NULL)) AS unfinished
    FROM (SELECT outcome, is_of_kind, next_change_ms FROM windows)
    GROUP BY outcome, is_of_kind
),
counted AS (
    SELECT toUInt32(0) AS cell,
        '' AS group_code,
        weight,
        first_change_ms AS next_change_ms,
        unfinished,
        [outcome] AS reasons,
        weight * toFloat64(is_of_kind) AS positives_1
    FROM (SELECT *, if(outcome = 'censored', '', outcome) AS user_reason FROM alike)
),
parts AS (
    SELECT cell, group_code,
        sum(weight) AS users,
        min(next_change_ms) AS first_change_ms,
        sum(unfinished) AS unfinished_users,
        sumIf(positives_1, reasons[1] = '') AS sum_1,
        sumMapIf(map(arrayStringConcat(reasons, ','), weight), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM counted
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, outcomes, tuple(tuple(sum_1))), 'Tuple(cell UInt32, group_code String, users Float64, outcomes Map(String, Float64), columns Tuple(c1 Tuple(sum Float64)))')) AS parts,
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
-- p4 = "fccaf878b296a6532bce256698c229e9ed2e2f05406d5d37101a7fa6dcf285da"
-- p5 = "buy"
-- p6 = 1704067200000
-- p7 = 1709251200000
-- p8 = 2592000000
-- p9 = 1
-- p10 = 1709251200000
-- p11 = 1709251200000
