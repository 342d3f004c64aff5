import type { Column } from '../metric/metric.js';
import { compareGroups, groupValue, REST_CODE } from '../series/group-code.js';
import { breakdownOf, type Breakdown } from '../series/parse-breakdown.js';
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
  { parts, kept }: { readonly parts: readonly AggregatePart[]; readonly kept?: readonly string[] | null },
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
  const by = breakdownOf(canonical.breakdown);
  const groups =
    by && groupCodes(parts, kept ?? null).map((code) => shapeGroup(by, code, aggregates(0, code), series(code)));
  return { series: series(''), breakdown: groups };
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

/** By value; of the largest groups by size, and the rest last. */
function groupCodes(parts: readonly AggregatePart[], kept: readonly string[] | null): readonly string[] {
  const codes = new Set(parts.map(({ code }) => code));
  codes.delete('');
  if (kept) return [...kept, REST_CODE].filter((code) => codes.has(code));
  return [...codes].sort((a, b) => compareGroups(groupValue(a), groupValue(b)));
}

function shapeGroup(
  { of, name }: Breakdown,
  code: string,
  aggregates: Aggregates,
  series: readonly SeriesPointResult[] | null,
): BreakdownGroup {
  const rest = code === REST_CODE ? ({ rest: true } as const) : {};
  return { by: `${of}:${name}`, group: groupValue(code), ...rest, aggregates, series };
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
