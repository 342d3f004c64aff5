import type { Column } from '../metric/metric.js';
import { compareGroups, groupValue } from '../series/group-code.js';
import { seriesPoints, type SeriesPoint } from '../series/series-cells.js';
import { formatInstant } from '../time/instant.js';
import type { AggregatePart, ColumnAggregateRow } from './aggregate-row.js';
import type { CanonicalRequest } from './canonical-request.js';
import type { BreakdownGroup, ColumnAggregates, RunResult, SeriesPointResult } from './run-result.js';
import { shapeColumns } from './shape-aggregates.js';

type Aggregates = Readonly<Record<string, ColumnAggregates>>;

/** The series and the breakdown of an answer. All points are there, also those without users. */
export function shapeParts(
  canonical: CanonicalRequest,
  columns: readonly Column[],
  parts: readonly AggregatePart[],
  asOfMs: number,
): Pick<RunResult, 'series' | 'breakdown'> {
  const found = new Map(parts.map((part) => [keyOf(part), part]));
  const nobody = shapeColumns(
    columns,
    canonical.aggregators,
    columns.map(() => NOBODY),
    0,
  );
  const aggregates = (cell: number, code: string): Aggregates => {
    const part = found.get(keyOf({ cell, code }));
    return part ? shapeColumns(columns, canonical.aggregators, part.columns, part.size) : nobody;
  };
  const points = seriesPoints(canonical);
  const series = (code: string): readonly SeriesPointResult[] | null =>
    canonical.series && points.map((point) => shapePoint(point, asOfMs, aggregates(point.cell, code)));
  const [by] = canonical.breakdown;
  return { series: series(''), breakdown: by === undefined ? null : shapeGroups(by, parts, aggregates, series) };
}

function shapePoint(
  { slice, age, completeMs }: SeriesPoint,
  asOfMs: number,
  aggregates: Aggregates,
): SeriesPointResult {
  return {
    from: formatInstant(slice.fromMs),
    to: formatInstant(slice.toMs),
    label: slice.label,
    age,
    complete: completeMs <= asOfMs,
    aggregates,
  };
}

function shapeGroups(
  by: string,
  parts: readonly AggregatePart[],
  aggregates: (cell: number, code: string) => Aggregates,
  series: (code: string) => readonly SeriesPointResult[] | null,
): readonly BreakdownGroup[] {
  const codes = [...new Set(parts.map(({ code }) => code))].filter((code) => code !== '');
  return codes
    .map((code) => ({ by, group: groupValue(code), aggregates: aggregates(0, code), series: series(code) }))
    .toSorted((a, b) => compareGroups(a.group, b.group));
}

function keyOf({ cell, code }: Pick<AggregatePart, 'cell' | 'code'>): string {
  return `${cell}${code}`;
}

const NOBODY: ColumnAggregateRow = {
  n: 0,
  reasons: {},
  sum: null,
  mean: null,
  min: null,
  max: null,
  std: null,
  positives: null,
  quantiles: {},
};
