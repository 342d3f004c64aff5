import { MAX_KEYS } from '../core/metric/count-by.js';
import type { RunTarget } from '../core/request/run-plan.js';
import type { AskedStatistics } from './asked-statistics.js';
import type { CompiledQuery } from './compiled-query.js';
import { binSql } from './histogram-sql.js';
import { ParamList } from './param-list.js';

/** A map column of a run: its positions, from 1, among the columns and among the map columns, and the users who have a map. */
export interface MapColumn {
  readonly position: number;
  readonly mapPosition: number;
  readonly n: number;
}

/**
 * A row for each key of a map column, to be read by `readKeys`: what the numbers there come to over all users with a map. Who lacks the key has 0 there, and is counted in
 * as such without being spelled out. Past the limit of keys there are more rows than that, and not all.
 */
export function compileMapAggregates(target: RunTarget, column: MapColumn, asked: AskedStatistics): CompiledQuery {
  const params = new ParamList();
  const sql = `WITH
    ${params.add('String', target.runId)} AS this_run,
    ${params.add('UInt16', target.attempt)} AS this_attempt,
    toFloat64(${params.add('UInt64', column.n)}) AS n,
cells AS (
    SELECT key, number
    FROM run_values
    ARRAY JOIN mapKeys(maps[${params.add('UInt32', column.mapPosition)}]) AS key, mapValues(maps[${params.add('UInt32', column.mapPosition)}]) AS number
    WHERE run_id = this_run AND attempt = this_attempt AND reasons[${params.add('UInt32', column.position)}] = ''
),
extents AS (
    SELECT key, extent, mean, greatest(extent.2 - mean, mean - extent.1) AS spread
    FROM (SELECT key, ${EXTENT} AS extent, (${TOTAL}) / n AS mean FROM cells GROUP BY key)
)
SELECT
    ${statistics(asked, column.n, params).join(',\n    ')}
FROM cells INNER JOIN extents USING (key)
GROUP BY key
ORDER BY key
LIMIT ${MAX_KEYS + 1}
SETTINGS max_rows_to_group_by = ${MAX_KEYS + 1}, group_by_overflow_mode = 'any'`;
  return { sql, params: params.values };
}

const TOTAL = 'sumKahan(trunc(number)) + sumKahan(number - trunc(number))';

/** The least and the largest number, 0 among them where somebody lacks the key. */
const EXTENT =
  '(if(count() < n, least(min(number), 0), min(number)), if(count() < n, greatest(max(number), 0), max(number)))';

/** Squares of deviations as in `compileAggregates`. */
const SQUARES = 'sumKahan(pow(if(spread = 0, 0, (number - mean) / spread), 2))';

/** The zeros that are not there deviate too. */
const DEVIATION = `if(largest = 0, 0, largest * sqrt((${SQUARES} + missing * pow(average / largest, 2)) / (n - 1)))`;

function statistics(
  { deviation, quantiles, histogram }: AskedStatistics,
  n: number,
  params: ParamList,
): readonly string[] {
  return [
    'key',
    'n - count() AS missing',
    'toFloat64(countIf(number != 0)) AS users',
    `${TOTAL} AS sum`,
    'any(extent) AS bounds',
    'bounds.1 AS min',
    'bounds.2 AS max',
    ...(deviation ? ['any(mean) AS average', 'any(spread) AS largest'] : []),
    `${deviation ? DEVIATION : '0'} AS std`,
    ...(quantiles.length === 0 ? ['[] AS quantiles'] : quantilesSql(quantiles, n, params)),
    ...(histogram ? [`sumMap(map(${binSql(histogram, 'extent', params)}, toFloat64(1))) AS bins`] : []),
  ];
}

/** R's type 7 over the order statistics, in which the missing zeros stand between the negative numbers and the others. */
function quantilesSql(quantiles: AskedStatistics['quantiles'], n: number, params: ParamList): readonly string[] {
  const between = quantiles.map(({ level }) => {
    const h = level * (n - 1) + 1;
    const below = Math.max(1, Math.floor(h));
    const [at, after] = [below, Math.min(below + 1, Math.max(n, 1))].map((rank) => params.add('UInt64', rank));
    return `(${at}, ${after}, ${params.add('Float64', Math.max(0, h - below))})`;
  });
  const element = (rank: string): string =>
    `multiIf(${rank} <= negative, sorted[${rank}], ${rank} <= negative + missing, 0, sorted[toInt64(${rank} - missing)])`;
  return [
    'arraySort(groupArray(number)) AS sorted',
    'arrayCount(number -> number < 0, sorted) AS negative',
    `arrayMap(rank -> ${element('rank.1')} + rank.3 * (${element('rank.2')} - ${element('rank.1')}), [${between.join(', ')}]) AS quantiles`,
  ];
}
