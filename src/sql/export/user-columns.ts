import { isMapped, type Column, type UndefinedReason } from '../../core/metric/metric.js';
import type { RunTarget } from '../../core/request/run-plan.js';
import type { SeriesPoint } from '../../core/series/series-cells.js';
import type { ParamList } from '../compiled-query.js';

/** What of a run is exported: its rows, what their columns are, and where the windows of its cells lie. */
export interface ExportedRun {
  readonly target: RunTarget;
  readonly columns: readonly Column[];
  readonly series: ExportedSeries | null;
}

export interface ExportedSeries {
  readonly by: 'event_time' | 'birth';
  readonly points: readonly SeriesPoint[];
}

/** The value of a column of the metric as a row of `run_values` holds it, and why there is none. */
export interface ValueSql {
  readonly column: Column;
  /** Counts where `reason` is empty. */
  readonly value: string;
  readonly reason: string;
}

/** Of users who are in no slice of births: the rest have a row for each cell of theirs. */
const NOT_BORN_IN_RANGE: readonly UndefinedReason[] = ['unknown_user', 'excluded', 'no_birth', 'out_of_range'];

/**
 * ClickHouse: rows are read in the order of the table, so that nothing is sorted and memory does not grow with the
 * users. Every part that is not merged yet is read beside the others, by default some 20 MB ahead of each; smaller
 * blocks hold less of each on its way, and take no more time. More threads only buffer more.
 */
export const IN_ORDER =
  'ORDER BY user_id, cell\nSETTINGS prefer_column_name_to_alias = 1, max_threads = 2, read_in_order_use_buffering = 0, max_block_size = 16384';

export function valuesOf(columns: readonly Column[]): readonly ValueSql[] {
  return columns.map((column, i) => {
    const map = `maps[${columns.slice(0, i).filter(isMapped).length + 1}]`;
    const mapped = column.type === 'text' ? `mapKeys(${map})[1]` : map;
    const value = isMapped(column) ? mapped : `numbers[${i + 1}]`;
    return { column, value, reason: `reasons[${i + 1}]` };
  });
}

/** The rows of a run by user, `cells` of them. Groups of events have no values by user. */
export function rowsWhere({ runId, attempt }: RunTarget, cells: string, params: ParamList): string {
  return `run_id = ${params.add('String', runId)} AND attempt = ${params.add('UInt16', attempt)} AND group_code = '' AND ${cells}`;
}

/**
 * Which rows a table shows: with a series those of its points, and of a user who is in none the one of the whole
 * window.
 */
export function shownCells(series: ExportedSeries | null, params: ParamList): string {
  return series === null ? 'cell = 0' : `(${isPoint(series, params)} OR ${isInNoSlice(series)})`;
}

/** Calendar ages leave cells out in shorter slices. */
export function isPoint({ points }: ExportedSeries, params: ParamList): string {
  return `${look(points, ({ cell }) => cell, params)} > 0`;
}

/** Of the row of a whole window. */
export function isInNoSlice({ by, points }: ExportedSeries): string {
  if (points.length === 0) return 'cell = 0';
  if (by === 'event_time') return 'false';
  return `(cell = 0 AND hasAny(reasons, [${NOT_BORN_IN_RANGE.map((reason) => `'${reason}'`).join(', ')}]))`;
}

/** What belongs to the point of a row; 0 where it is of none. */
export function look(points: readonly SeriesPoint[], of: (point: SeriesPoint) => number, params: ParamList): string {
  return `${params.add('Array(Int64)', byCell(points, of, 0))}[cell]`;
}

/** As `look`, for texts; empty where there is none. Written once for each point, not for each row. */
export function lookText(
  points: readonly SeriesPoint[],
  of: (point: SeriesPoint, index: number) => string,
  params: ParamList,
): string {
  return `${params.add('Array(String)', byCell(points, of, ''))}[cell]`;
}

/** ClickHouse: an index of 0, or one beyond the end, gives 0 or an empty text. */
function byCell<T>(points: readonly SeriesPoint[], of: (point: SeriesPoint, index: number) => T, none: T): T[] {
  const found = Array.from({ length: points.at(-1)?.cell ?? 0 }, () => none);
  points.forEach((point, i) => (found[point.cell - 1] = of(point, i)));
  return found;
}
