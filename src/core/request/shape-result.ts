import { columnsOf } from '../metric/catalogue.js';
import type { Column } from '../metric/metric.js';
import { breakdownOf, compareGroups, groupValue, REST_CODE, type Breakdown } from '../series/breakdown.js';
import { seriesPoints, type SeriesPoint } from '../series/series-cells.js';
import { STORED_FORMS } from '../stored/stored-form.js';
import { formatInstant } from '../time/instant.js';
import type { CanonicalRequest } from './canonical-request.js';
import { observedTo } from './planned-window.js';
import type { SkippedEvents } from './numeric-reads.js';
import { notNumericSkipped, resultWarnings } from './result-warnings.js';
import type {
  AggregatePart,
  AggregateRow,
  BreakdownGroup,
  ColumnAggregateRow,
  ColumnAggregates,
  RunResult,
  SeriesPointResult,
} from './run-result.js';
import { shapeColumns } from './shape-columns.js';

/** What the run itself adds. */
export interface RunFacts {
  readonly asOfMs: number;
  readonly attempt: number;
  readonly timings: RunResult['timings'];
}

/** What the engine found: over everybody and the whole window, and in slices, ages and groups beside it. */
export interface FoundAggregates {
  readonly row: AggregateRow;
  readonly parts: readonly AggregatePart[];
  /** Codes of the largest groups, largest first; null where all groups are kept. */
  readonly kept: readonly string[] | null;
  /** Events that were passed over; not given: none. */
  readonly skipped?: readonly SkippedEvents[];
}

/** The stored answer of a run from its aggregates. */
export function shapeResult(canonical: CanonicalRequest, found: FoundAggregates, facts: RunFacts): RunResult {
  const { row, skipped = [] } = found;
  const columns = columnsOf(canonical);
  const observedToMs = observedTo(canonical, facts.asOfMs);
  return {
    form: STORED_FORMS.result,
    columns,
    aggregates: shapeColumns(columns, canonical.aggregators, row.columns, row.cohort_size),
    ...shapeParts(canonical, columns, found, facts.asOfMs),
    cohort_size: row.cohort_size,
    observed_to: observedToMs === null ? null : formatInstant(observedToMs),
    warnings: [...resultWarnings(canonical, columns, row, observedToMs), ...skipped.map(notNumericSkipped)],
    attempt: facts.attempt,
    timings: facts.timings,
  };
}

type Aggregates = Readonly<Record<string, ColumnAggregates>>;

/** The series and the breakdown of an answer. All points are there, also those without users. */
function shapeParts(
  canonical: CanonicalRequest,
  columns: readonly Column[],
  { parts, kept }: { readonly parts: readonly AggregatePart[]; readonly kept: readonly string[] | null },
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
  const groups = by && groupCodes(parts, kept).map((code) => shapeGroup(by, code, aggregates(0, code), series(code)));
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
