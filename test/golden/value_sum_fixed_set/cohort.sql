INSERT INTO run_cohorts (run_id, attempt, user_id)
SELECT {p0:String}, {p1:UInt16}, user_id FROM (
SELECT user_id
FROM (
    SELECT
        user_id,
        max(known) AS is_known,
        argMaxIf(is_later, change_version, registration_given) AS comes_later,
        max(in_list0) AS is_member0,
        countIf(matched0) AS events0,
        substring(argMaxIf(trait_1_change, change_version, trait_1_change != ''), 2) AS trait_1
    FROM (
        SELECT
            user_id AS user_id,
            true AS known,
            toUnixTimestamp64Milli(time) AS at_ms,
            false AS in_list0,
            name = {p6:String} AS matched0,
            '' AS trait_1_change,
            false AS registration_given,
            false AS is_registered,
            false AS is_later,
            0 AS change_version
        FROM events FINAL
        PREWHERE property = {p2:UInt32} AND seq <= {p3:UInt64} AND time < fromUnixTimestamp64Milli({p4:Int64}, 'UTC')
        UNION ALL
        SELECT
            user_id AS user_id,
            true AS known,
            ifNull(toUnixTimestamp64Milli(registered_at), 0) AS at_ms,
            false AS in_list0,
            false AS matched0,
            multiIf(mapContains(text, {p7:String}) OR mapContains(number, {p7:String}) OR mapContains(flag, {p7:String}), concat('=', multiIf(mapContains(text, {p7:String}), concat('t', text[{p7:String}]), mapContains(number, {p7:String}), concat('n', replaceRegexpOne(toString(number[{p7:String}] + 0), 'e([0-9])', 'e+\\1')), flag[{p7:String}], 'btrue', 'bfalse')), has(removed, {p7:String}), '=', '') AS trait_1_change,
            registration_given AS registration_given,
            registered_at IS NOT NULL AND at_ms < {p8:Int64} AS is_registered,
            registered_at IS NOT NULL AND NOT is_registered AS is_later,
            seq * 1048576 + position AS change_version
        FROM user_changes
        PREWHERE property = {p2:UInt32} AND seq <= {p3:UInt64}
        UNION ALL
        SELECT
            user_id AS user_id,
            false AS known,
            toInt64(0) AS at_ms,
            set_hash = {p5:String} AS in_list0,
            false AS matched0,
            '' AS trait_1_change,
            false AS registration_given,
            false AS is_registered,
            false AS is_later,
            0 AS change_version
        FROM member_sets
        WHERE property = {p2:UInt32} AND set_hash IN {p9:Array(String)}
    )
    GROUP BY user_id
)
WHERE ((is_member0 OR ((is_known AND NOT comes_later) AND ((startsWith(trait_1, 't') AND substring(trait_1, 2) IN {p10:Array(String)})))) AND (NOT (((is_known AND NOT comes_later) AND events0 >= {p11:UInt64}))))
)
SETTINGS do_not_merge_across_partitions_select_final = 1, optimize_and_compare_chain = 0, group_by_two_level_threshold = 10000, max_bytes_before_external_group_by = 400000000

-- p0 = "run_golden"
-- p1 = 1
-- p2 = 1
-- p3 = 3
-- p4 = 1709251200000
-- p5 = "2bf5dc10704b7d53369b6f6bdb061bce4ffb4859be99f43245d003009170b0a4"
-- p6 = "edit"
-- p7 = "role"
-- p8 = 1709251200000
-- p9 = ["2bf5dc10704b7d53369b6f6bdb061bce4ffb4859be99f43245d003009170b0a4"]
-- p10 = ["guest","staff"]
-- p11 = 2
