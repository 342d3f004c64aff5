import { Failure } from '../core/failure.js';
import { MAX_KEYS } from '../core/metric/count-by.js';
import type { RunTarget } from '../core/request/run-plan.js';
import type { AggregatePart, AggregateRow, ColumnAggregateRow, KeyAggregateRow } from '../core/request/run-result.js';
import { histogramOf, nameOf, type Aggregator } from '../core/statistics/aggregators.js';
import { binOf, histogram, type Histogram, type HistogramSpec } from '../core/statistics/histogram.js';
import { binSql, quantileKeys, quantilesSql, requestsDeviation, type RequestedStatistics } from './statistics.js';
import { ParamList, type CompiledQuery } from './compiled-query.js';

/** A map column of a run: its positions, from 1, among the columns and among the map columns. */
export interface MapColumn {
  readonly position: number;
  readonly mapPosition: number;
}

/**
 * A row for each key of a map column in each cell and group, to be read by `readKeys`: the statistics over all users
 * with a map. A user without the key has 0 there, and is counted as such without a row. Past the limit of keys some of
 * the `parts`, cells times groups, has more rows than that, and not all.
 */
export function compileMapAggregates(
  target: RunTarget,
  column: MapColumn,
  requested: RequestedStatistics,
  parts: number,
): CompiledQuery {
  const params = new ParamList();
  const sql = `WITH
    ${params.add('String', target.runId)} AS this_run,
    ${params.add('UInt16', target.attempt)} AS this_attempt,
measured AS (
    SELECT cell, group_code, maps[${params.add('UInt32', column.mapPosition)}] AS counts
    FROM run_values
    WHERE run_id = this_run AND attempt = this_attempt AND reasons[${params.add('UInt32', column.position)}] = ''
),
parts AS (
    SELECT cell, group_code, toFloat64(count()) AS n FROM measured GROUP BY cell, group_code
),
cells AS (
    SELECT cell, group_code, key, number
    FROM measured
    ARRAY JOIN mapKeys(counts) AS key, mapValues(counts) AS number
),
extents AS (
    SELECT cell, group_code, key, n, (
            if(users < n, least(lowest, 0), lowest),
            if(users < n, greatest(highest, 0), highest)
        ) AS extent, total / n AS mean, greatest(extent.2 - mean, mean - extent.1) AS spread
    FROM (
        SELECT cell, group_code, key, count() AS users, min(number) AS lowest, max(number) AS highest, ${TOTAL} AS total
        FROM cells
        GROUP BY cell, group_code, key
    ) AS totals
    INNER JOIN parts USING (cell, group_code)
)
SELECT
    ${statistics(requested, params).join(',\n    ')}
FROM cells INNER JOIN extents USING (cell, group_code, key)
GROUP BY cell, group_code, key
ORDER BY cell, group_code, key
LIMIT ${MAX_KEYS + 1} BY cell, group_code
SETTINGS max_rows_to_group_by = ${(MAX_KEYS + 1) * parts}, group_by_overflow_mode = 'any'`;
  return { sql, params: params.values };
}

const TOTAL = 'sumKahan(trunc(number)) + sumKahan(number - trunc(number))';

/** Squares of deviations as in `compileAggregates`. */
const SQUARES = 'sumKahan(pow(if(spread = 0, 0, (number - mean) / spread), 2))';

/** The zeros that are not there deviate too. */
const DEVIATION = `if(largest = 0, 0, largest * sqrt((${SQUARES} + missing * pow(average / largest, 2)) / (any(n) - 1)))`;

function statistics({ deviation, quantiles, histogram }: RequestedStatistics, params: ParamList): readonly string[] {
  return [
    'cell',
    'group_code',
    'key',
    'any(n) - count() AS missing',
    'toFloat64(countIf(number != 0)) AS users',
    `${TOTAL} AS sum`,
    'any(extent) AS bounds',
    'bounds.1 AS min',
    'bounds.2 AS max',
    ...(deviation ? ['any(mean) AS average', 'any(spread) AS largest'] : []),
    `${deviation ? DEVIATION : '0'} AS std`,
    ...(quantiles.length === 0 ? ['[] AS quantiles'] : [SORTED, `${ofKey(quantiles, params)} AS quantiles`]),
    ...(histogram ? [`sumMap(map(${binSql(histogram, 'number', 'extent', params)}, toFloat64(1))) AS bins`] : []),
  ];
}

const SORTED = 'arraySort(groupArray(number)) AS sorted';

function ofKey(quantiles: RequestedStatistics['quantiles'], params: ParamList): string {
  return quantilesSql(quantiles, { sorted: 'sorted', zeros: 'missing', n: 'any(n)', suffix: '' }, params);
}

/** A row of `compileMapAggregates`. The engine writes what is not finite as null. */
export interface KeyAnswer {
  readonly cell: number;
  readonly group_code: string;
  readonly key: string;
  /** Users with a map without the key. */
  readonly missing: number;
  readonly users: number;
  readonly sum: number | null;
  readonly min: number;
  readonly max: number;
  readonly std: number | null;
  readonly quantiles: readonly (number | null)[];
  readonly bins?: Readonly<Record<string, number>>;
}

/** The keys of one map column. */
interface ColumnKeys {
  /** Where the values are chosen, should there be too many. */
  readonly pointer: string;
  /** Of the column, from 0. */
  readonly index: number;
  readonly byPart: ReadonlyMap<string, readonly KeyAnswer[]>;
  readonly requested: RequestedStatistics;
  readonly aggregators: readonly Aggregator[];
}

/** The engine's answer to `compileMapAggregates` by cell and group. */
export function keysByPart(answers: readonly KeyAnswer[]): ReadonlyMap<string, readonly KeyAnswer[]> {
  const found = new Map<string, KeyAnswer[]>();
  for (const answer of answers) {
    const key = `${answer.cell}${answer.group_code}`;
    const part = found.get(key) ?? [];
    part.push(answer);
    found.set(key, part);
  }
  return found;
}

/**
 * Map columns with the statistics of their keys.
 * @throws Failure limit_exceeded where there are more keys than an answer may have
 */
export function withKeys(
  { row, parts }: { readonly row: AggregateRow; readonly parts: readonly AggregatePart[] },
  keys: readonly ColumnKeys[],
): { readonly row: AggregateRow; readonly parts: readonly AggregatePart[] } {
  if (keys.length === 0) return { row, parts };
  return {
    row: { ...row, columns: filled(row.columns, '0', keys) },
    parts: parts.map((part) => ({ ...part, columns: filled(part.columns, `${part.cell}${part.code}`, keys) })),
  };
}

function filled(
  columns: readonly ColumnAggregateRow[],
  part: string,
  keys: readonly ColumnKeys[],
): readonly ColumnAggregateRow[] {
  return columns.map((column, i) => {
    const own = keys.find(({ index }) => index === i);
    if (!own || column.n === 0) return column;
    const answers = own.byPart.get(part) ?? [];
    refuseTooManyKeys(answers.length, own.pointer);
    const rows = readKeys(answers, column.n, own.requested, own.aggregators);
    return Object.assign({}, column, { keys: rows });
  });
}

function readKeys(
  answers: readonly KeyAnswer[],
  n: number,
  requested: RequestedStatistics,
  aggregators: readonly Aggregator[],
): Readonly<Record<string, KeyAggregateRow>> {
  return Object.fromEntries(answers.map((answer) => [answer.key, keyRow(answer, n, requested, aggregators)]));
}

function keyRow(
  answer: KeyAnswer,
  n: number,
  { quantiles }: RequestedStatistics,
  aggregators: readonly Aggregator[],
): KeyAggregateRow {
  const names = aggregators.map(nameOf);
  const levels = quantiles.map(({ key }) => key);
  const bins = histogramOf(aggregators);
  const { users, sum, min, max, std } = answer;
  return {
    users,
    sum,
    mean: sum === null ? null : sum / n,
    min,
    max,
    std: requestsDeviation(names) && n >= 2 ? std : null,
    quantiles: Object.fromEntries(
      quantileKeys(names).map((key) => [key, answer.quantiles[levels.indexOf(key)] ?? null]),
    ),
    ...(bins ? { histogram: withZeros(bins, answer) } : {}),
  };
}

/** Users without the key are in the bin of 0. */
function withZeros(spec: HistogramSpec, { min, max, bins, missing }: KeyAnswer): Histogram {
  const counted = new Map(Object.entries(bins ?? {}).map(([bin, users]) => [Number(bin), users]));
  const zero = binOf(spec, { min, max }, 0);
  if (missing > 0) counted.set(zero, (counted.get(zero) ?? 0) + missing);
  return histogram(spec, { min, max }, counted);
}

/**
 * `keys`: the values of all users of a part together.
 * @throws Failure limit_exceeded
 */
export function refuseTooManyKeys(keys: number, pointer: string): void {
  if (keys <= MAX_KEYS) return;
  const remedy = pointer === OF_MAP ? 'give the `values` to be counted' : 'leave out `count_by_value`';
  const detail = `The users have more values together than the limit \`map_keys\`, ${MAX_KEYS}; ${remedy}, or narrow the events with \`where\`.`;
  throw new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit: 'map_keys', value: MAX_KEYS });
}

/** Of a map: its values may be given. */
export const OF_MAP = '/params/values';
