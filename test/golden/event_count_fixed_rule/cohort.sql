INSERT INTO run_cohorts (run_id, attempt, user_id)
SELECT {p0:String}, {p1:UInt16}, user_id FROM (
SELECT user_id
FROM (
    SELECT
        user_id,
        max(known) AS is_known,
        argMaxIf(is_later, change_version, registration_given) AS comes_later,
        argMaxIf(is_registered, change_version, registration_given) AS has_birth0,
        argMaxIf(at_ms, change_version, registration_given) AS birth0_ms,
        countIf(matched0) AS events0,
        if(has_birth0, arrayCount(at -> at >= birth0_ms + {p12:Int64} AND at < birth0_ms + {p12:Int64} + {p13:Int64}, groupArrayIf(at_ms, matched1)), 0) AS events1,
        substring(argMaxIf(trait_1_change, change_version, trait_1_change != ''), 2) AS trait_1
    FROM (
        SELECT
            user_id AS user_id,
            true AS known,
            toUnixTimestamp64Milli(time) AS at_ms,
            name = {p5:String} AND at_ms >= {p6:Int64} AND at_ms < {p7:Int64} AS matched0,
            name = {p8:String} AS matched1,
            '' AS trait_1_change,
            false AS registration_given,
            false AS is_registered,
            false AS is_later,
            0 AS change_version
        FROM events FINAL
        PREWHERE property = {p2:UInt32} AND seq <= {p3:UInt64} AND time < fromUnixTimestamp64Milli({p4:Int64}, 'UTC') AND name IN {p11:Array(String)}
        UNION ALL
        SELECT
            user_id AS user_id,
            true AS known,
            ifNull(toUnixTimestamp64Milli(registered_at), 0) AS at_ms,
            false AS matched0,
            false AS matched1,
            multiIf(mapContains(text, {p9:String}) OR mapContains(number, {p9:String}) OR mapContains(flag, {p9:String}), concat('=', multiIf(mapContains(text, {p9:String}), concat('t', text[{p9:String}]), mapContains(number, {p9:String}), concat('n', replaceRegexpOne(toString(number[{p9:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p9:String}], 'btrue', 'bfalse')), has(removed, {p9:String}), '=', '') AS trait_1_change,
            registration_given AS registration_given,
            registered_at IS NOT NULL AND at_ms < {p10:Int64} AS is_registered,
            registered_at IS NOT NULL AND NOT is_registered AS is_later,
            seq * 1048576 + position AS change_version
        FROM user_changes
        PREWHERE property = {p2:UInt32} AND seq <= {p3:UInt64}
    )
    GROUP BY user_id
)
WHERE ((is_known AND NOT comes_later) AND (events0 >= {p14:UInt64} AND events1 = {p15:UInt64} AND ((has_birth0 AND birth0_ms >= {p16:Int64}) OR (NOT (startsWith(trait_1, 't') AND substring(trait_1, 2) = {p17:String})))))
)
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = "run_golden"
-- p1 = 1
-- p2 = 1
-- p3 = 3
-- p4 = 1709251200000
-- p5 = "buy"
-- p6 = 1704067200000
-- p7 = 1709251200000
-- p8 = "view"
-- p9 = "role"
-- p10 = 1709251200000
-- p11 = ["buy","view"]
-- p12 = 0
-- p13 = 604800000
-- p14 = 1
-- p15 = 0
-- p16 = 1706745600000
-- p17 = "guest"
