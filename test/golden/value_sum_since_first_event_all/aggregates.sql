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
        multiIf(user_reason != '', NULL, start_ms >= as_of_ms, greatest(start_ms, as_of_ms + 1), end_ms > as_of_ms, end_ms, NULL) AS next_change_ms
    FROM born
),
answers AS (
    SELECT user_id, next_change_ms,
        arrayPushBack([
            (positive_whole + negative_whole) + (positive_rest + negative_rest),
            (positive_whole - negative_whole) + (positive_rest - negative_rest),
            positive_whole + positive_rest,
            negative_whole + negative_rest
        ] AS sums, toFloat64(numeric)) AS numbers,
        arrayPushBack(arrayMap(sum -> multiIf(outcome != '', outcome, events > 0 AND numeric = 0 OR NOT isFinite(sum), 'not_numeric', ''), sums), outcome) AS reasons
    FROM windows
),
measured AS (
    SELECT toUInt32(0) AS cell, '' AS group_code, CAST(arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons) AS Array(Float64)) AS numbers, reasons, if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, -2208988800000), 10413791999999), 'UTC')) AS next_change
    FROM answers
),
extents AS (
    SELECT cell, group_code,
        arrayMap(of -> (of.1, of.2, greatest(of.1.2 - of.2, of.2 - of.1.1)), [((minIf(numbers[1], reasons[1] = ''), maxIf(numbers[1], reasons[1] = '')), sumKahan(numbers[1]) / countIf(reasons[1] = '')), ((minIf(numbers[2], reasons[2] = ''), maxIf(numbers[2], reasons[2] = '')), sumKahan(numbers[2]) / countIf(reasons[2] = '')), ((minIf(numbers[3], reasons[3] = ''), maxIf(numbers[3], reasons[3] = '')), sumKahan(numbers[3]) / countIf(reasons[3] = '')), ((minIf(numbers[4], reasons[4] = ''), maxIf(numbers[4], reasons[4] = '')), sumKahan(numbers[4]) / countIf(reasons[4] = '')), ((minIf(numbers[5], reasons[5] = ''), maxIf(numbers[5], reasons[5] = '')), sumKahan(numbers[5]) / countIf(reasons[5] = ''))]) AS extents_of
    FROM measured
    GROUP BY cell, group_code
),
parts AS (
    SELECT cell, group_code, toFloat64(count()) AS users, min(next_change) AS first_change,
        toFloat64(countIf(next_change IS NOT NULL)) AS unfinished,
        [CAST(tuple(sumKahan(trunc(numbers[1])) + sumKahan(numbers[1] - trunc(numbers[1])),
            if(any(extents_of[1].3) = 0, 0, any(extents_of[1].3) * sqrt(sumKahanIf(pow((numbers[1] - extents_of[1].2) / extents_of[1].3, 2), reasons[1] = '') / (countIf(reasons[1] = '') - 1))),
            quantilesExactInclusiveIf({p9:Float64})(numbers[1], reasons[1] = '')), 'Tuple(sum Float64, std Float64, quantiles Array(Float64))'),
        CAST(tuple(sumKahan(trunc(numbers[2])) + sumKahan(numbers[2] - trunc(numbers[2])),
            if(any(extents_of[2].3) = 0, 0, any(extents_of[2].3) * sqrt(sumKahanIf(pow((numbers[2] - extents_of[2].2) / extents_of[2].3, 2), reasons[2] = '') / (countIf(reasons[2] = '') - 1))),
            quantilesExactInclusiveIf({p10:Float64})(numbers[2], reasons[2] = '')), 'Tuple(sum Float64, std Float64, quantiles Array(Float64))'),
        CAST(tuple(sumKahan(trunc(numbers[3])) + sumKahan(numbers[3] - trunc(numbers[3])),
            if(any(extents_of[3].3) = 0, 0, any(extents_of[3].3) * sqrt(sumKahanIf(pow((numbers[3] - extents_of[3].2) / extents_of[3].3, 2), reasons[3] = '') / (countIf(reasons[3] = '') - 1))),
            quantilesExactInclusiveIf({p11:Float64})(numbers[3], reasons[3] = '')), 'Tuple(sum Float64, std Float64, quantiles Array(Float64))'),
        CAST(tuple(sumKahan(trunc(numbers[4])) + sumKahan(numbers[4] - trunc(numbers[4])),
            if(any(extents_of[4].3) = 0, 0, any(extents_of[4].3) * sqrt(sumKahanIf(pow((numbers[4] - extents_of[4].2) / extents_of[4].3, 2), reasons[4] = '') / (countIf(reasons[4] = '') - 1))),
            quantilesExactInclusiveIf({p12:Float64})(numbers[4], reasons[4] = '')), 'Tuple(sum Float64, std Float64, quantiles Array(Float64))'),
        CAST(tuple(sumKahan(trunc(numbers[5])) + sumKahan(numbers[5] - trunc(numbers[5])),
            if(any(extents_of[5].3) = 0, 0, any(extents_of[5].3) * sqrt(sumKahanIf(pow((numbers[5] - extents_of[5].2) / extents_of[5].3, 2), reasons[5] = '') / (countIf(reasons[5] = '') - 1))),
            quantilesExactInclusiveIf({p13:Float64})(numbers[5], reasons[5] = '')), 'Tuple(sum Float64, std Float64, quantiles Array(Float64))')] AS columns,
        sumMapIf(map(arrayStringConcat(reasons, ','), toFloat64(1)), arrayExists(reason -> reason != '', reasons)) AS outcomes
    FROM measured LEFT ANY JOIN extents USING (cell, group_code)
    GROUP BY cell, group_code
)
SELECT
    groupArray(CAST((cell, group_code, users, columns, outcomes), 'Tuple(cell UInt32, group_code String, users Float64, columns Array(Tuple(sum Float64, std Float64, quantiles Array(Float64))), outcomes Map(String, Float64))')) AS parts,
    toFloat64(toUnixTimestamp64Milli(min(first_change))) AS next_change_ms,
    sumIf(unfinished, cell = 0 AND group_code = '') AS unfinished_users,
    (
        SELECT toFloat64(count())
        FROM (SELECT 1 FROM events WHERE property = property_number AND seq <= data_version AND time >= as_of LIMIT 1)
    ) AS later_events,
    (
        SELECT toFloat64(toUnixTimestamp64Milli(min(registered_at)))
        FROM user_changes
        WHERE property = property_number AND seq <= data_version AND registered_at >= as_of
    ) AS next_registration_ms
FROM parts
SETTINGS do_not_merge_across_partitions_select_final = 1, max_bytes_before_external_group_by = 400000000

-- p0 = 1
-- p1 = 3
-- p2 = 1709251200000
-- p3 = 1709251200000
-- p4 = "buy"
-- p5 = "buy"
-- p6 = "dollars"
-- p7 = 0
-- p8 = 2592000000
-- p9 = 0.9
-- p10 = 0.9
-- p11 = 0.9
-- p12 = 0.9
-- p13 = 0.9
