import type { PlannedBreakdown, PlannedCells, RunPlan } from '../core/request/run-plan.js';
import { REST_CODE } from '../core/series/breakdown.js';
import type { Period } from '../core/time/calendar.js';
import { hasProperty, typedText } from './compile-filter.js';
import { int64Ms, type ParamList } from './compiled-query.js';
import { GROUP_ARRAYS, keptArrays, type MetricSql } from './metrics/metric-sql.js';
import { boundsOf, calendarCell, evenWindows, hasAge, indexIn, wholeBounds, type BoundsSql } from './window-bounds.js';

type EventTime = Extract<PlannedCells, { by: 'event_time' }>;
type Births = Extract<PlannedCells, { by: 'birth' }>;
type Ages = NonNullable<Births['ages']>;

/** Whether a user is measured over more than one window, or by groups of events: rows of cells are made then. */
export function hasCells({ cells, breakdown }: RunPlan): boolean {
  return hasWindows(cells) || breakdown?.of === 'property';
}

/** Over how many rows a user is spread, at most. */
export function rowsOfUser({ cells }: RunPlan): number {
  if (!cells || !hasWindows(cells)) return 1;
  return 1 + (cells.by === 'birth' ? (cells.ages?.count ?? 0) : cells.windows.length);
}

/** Whether the cells have windows of their own: those of births without ages have the whole one. */
export function hasWindows(cells: PlannedCells | null): boolean {
  return cells?.by === 'event_time' || (cells?.by === 'birth' && cells.ages !== null);
}

/** The slice of births that a user belongs to, from 0; -1: none. */
export function sliceOf({ cells }: RunPlan, params: ParamList): string | null {
  if (cells?.by !== 'birth') return null;
  return `if(user_reason = '', ${indexIn('birth_ms', cells.starts, params)}, -1) AS slice`;
}

/**
 * The users with their cells: a row for the whole window (cell 0) and one for each window of the series, each with the
 * events that may lie in it. Where windows do not overlap, a user's events are sorted and split once, so that the work
 * grows with the events and the cells, not with their product.
 */
export function compileSpread({ cells, breakdown }: RunPlan, metric: MetricSql, params: ParamList): string {
  const arrays = keptArrays(metric, breakdown);
  if (!cells || !hasWindows(cells)) return 'SELECT *, 0 AS cell FROM born';
  const isSplit = metric.overlaps !== true && (cells.by === 'event_time' || cells.ages?.by === 'elapsed');
  const left = ['cells', ...arrays.map((name) => `cell_${name}`)].join(', ');
  return `SELECT * EXCEPT (${left}), cell, ${arrays.join(', ')}
    FROM (
        ${isSplit ? split(cells, arrays, params) : repeated(cells, arrays, params)}
    )
    ARRAY JOIN cells AS cell, ${arrays.map((name) => `cell_${name} AS ${name}`).join(', ')}`;
}

/** The cells with the bounds of their windows: `start_ms`, `stop_ms`, and `origin_ms`, from when on time counts. */
export function compileBounds(plan: RunPlan, params: ParamList, from: string): string {
  const whole = wholeBounds(plan.window, params);
  const own = plan.cells ? ownBounds({ ...plan, cells: plan.cells }, params) : null;
  const columns = own
    ? [
        `${whole.start()} AS whole_start, ${whole.stop('whole_start')} AS whole_stop`,
        // In a fixed window time counts from its start, else from birth.
        `${plan.window.kind === 'fixed' ? 'start_ms' : whole.origin()} AS origin_ms`,
        `if(cell = 0, whole_start, ${own.start()}) AS start_ms`,
        `if(cell = 0, whole_stop, ${own.stop('start_ms')}) AS stop_ms`,
      ]
    : [`${whole.start()} AS start_ms`, `${whole.stop('start_ms')} AS stop_ms`, `${whole.origin()} AS origin_ms`];
  return `SELECT *,
        ${columns.join(',\n        ')}
    FROM ${from}`;
}

export function ownBounds(
  { cells, window }: RunPlan & { readonly cells: PlannedCells },
  params: ParamList,
): Pick<BoundsSql, 'start' | 'stop'> | null {
  if (cells.by === 'event_time')
    return boundsOf(
      () => 'cell',
      cells.windows.map((_, i) => i + 1),
      cells.windows,
      params,
    );
  const { ages } = cells;
  if (!ages) return null;
  if (ages.by === 'calendar') {
    if (window.kind !== 'since_calendar') throw new Error('Ages of the calendar belong to a window of the calendar');
    return calendarCell(window, ages, () => `toInt64(${ageOf(ages, params)})`, params);
  }
  const { start, stop } = boundsOf(
    () => ageOf(ages, params),
    ages.cells.map((_, k) => k),
    ages.cells,
    params,
  );
  return { start: () => `birth_ms + ${start()}`, stop: (name) => `birth_ms + ${stop(name)}` };
}

function ageOf({ count }: Ages, params: ParamList): string {
  return `(cell - 1) % ${params.add('UInt32', Math.max(1, count))}`;
}

/** The cells of a user beside the whole window. */
export function allCells(cells: PlannedCells, params: ParamList): string {
  if (cells.by === 'event_time') return `range(1, ${params.add('UInt32', cells.windows.length + 1)})`;
  const count = params.add('UInt32', cells.ages?.count ?? 0);
  const all = `range(toUInt32(1 + slice * ${count}), toUInt32(1 + (slice + 1) * ${count}))`;
  if (cells.ages?.by !== 'calendar') return `if(slice < 0, [], ${all})`;
  // A month that is short has fewer days.
  const own = hasAge(cells.ages, `toInt64(${ageOf(cells.ages, params)})`, params);
  return `if(slice < 0, [], arrayFilter(cell -> ${own}, ${all}))`;
}

/** Every cell with all events: the metric reads some outside of it, or the cells differ between users. */
function repeated(cells: PlannedCells, arrays: readonly string[], params: ParamList): string {
  const columns = arrays.map((name) => `arrayResize([${name}], length(cells), ${name}) AS cell_${name}`);
  return `SELECT * EXCEPT (${arrays.join(', ')}), arrayConcat([toUInt32(0)], ${allCells(cells, params)}) AS cells,
            ${columns.join(',\n            ')}
        FROM born`;
}

/** Every cell with its own events. */
function split(cells: PlannedCells, arrays: readonly string[], params: ParamList): string {
  const others = arrays.filter((name) => name !== 'times');
  const ofUser = (array: string): string => (cells.by === 'birth' ? `if(slice < 0, [], ${array})` : array);
  const sorted = [
    `arraySort(${ofUser('times')}) AS sorted_times`,
    ...others.map((name) => `arraySort((value, at) -> at, ${ofUser(name)}, ${ofUser('times')}) AS sorted_${name}`),
    `arrayMap(at -> toUInt32(${cellOf(cells, params)}), sorted_times) AS cell_of`,
    'arrayMap((cell, before) -> cell != before, cell_of, arrayResize(arrayPushFront(cell_of, 0), length(cell_of))) AS begins',
    'arrayFilter((cell, is_first) -> is_first, cell_of, begins) AS present',
    `arrayExcept(${allCells(cells, params)}, present) AS absent`,
    'arrayConcat([toUInt32(0)], present, absent) AS cells',
  ];
  const cut = arrays.map((name) =>
    `arrayConcat([${name}], arraySplit((value, is_first) -> is_first, sorted_${name}, begins), arrayResize(emptyArrayOf, length(absent))) AS cell_${name}`.replace(
      'emptyArrayOf',
      `CAST([], toTypeName([${name}]))`,
    ),
  );
  const left = [...arrays, ...arrays.map((name) => `sorted_${name}`), 'cell_of', 'begins', 'present', 'absent'];
  return `SELECT * EXCEPT (${left.join(', ')}), ${cut.join(',\n            ')}
        FROM (SELECT *, ${sorted.join(',\n            ')} FROM born)`;
}

/** The cell of the event at `at`; of one outside of all the first or the last, or, between uneven ones, the one before. */
export function cellOf(cells: EventTime | Births, params: ParamList): string {
  if (cells.by === 'event_time') return `1 + ${placeIn('at', cells.windows, params)}`;
  const ages = cells.ages?.by === 'elapsed' ? cells.ages.cells : [];
  const ofSlice = `1 + slice * ${params.add('UInt32', ages.length)}`;
  return `${ofSlice} + ${placeIn('at - birth_ms', ages, params)}`;
}

function placeIn(number: string, windows: readonly Period[], params: ParamList): string {
  const even = evenWindows(windows);
  if (!even) {
    const starts = windows.map(({ fromMs }) => fromMs);
    return indexIn(number, starts, params);
  }
  const place = `intDiv(${number} - ${int64Ms(even.firstMs, params)}, ${int64Ms(even.stepMs, params)})`;
  return `least(greatest(${place}, 0), ${params.add('Int64', even.count - 1)})`;
}

/** The code of the group that an event belongs to: a colon, and its value with the value's type; empty: it has none. */
export function groupOf(breakdown: PlannedBreakdown, params: ParamList): string {
  const { name } = breakdown;
  const isThere = hasProperty(name, params);
  const code = `concat(':', ${typedText(params.add('String', name))})`;
  return `if(${isThere}, ${keptGroup(code, breakdown, params)}, '')`;
}

/** The code of a group that is kept; of another one that of the rest, or none. */
export function keptGroup(code: string, { top, kept }: PlannedBreakdown, params: ParamList): string {
  if (!top || !kept) return code;
  return `if((${code} AS own_group) IN ${params.add('Array(String)', kept)}, own_group, '${top.rest ? REST_CODE : ''}')`;
}

/**
 * The rows of cells once for all their events (`group_code` empty) and once for each group with an event inside the
 * window, with its events alone. Of users who are not measured there are no groups. From `present` all events are
 * inside.
 */
export function compileGroups(plan: RunPlan, metric: MetricSql, from: 'cells' | 'present', params: ParamList): string {
  const arrays = keptArrays(metric, plan.breakdown);
  const marks = arrays.filter((name) => MARKS.includes(name));
  const measured = arrays.filter((name) => !MARKS.includes(name));
  const isInside = (): string => metric.inside?.(params) ?? 'at >= start_ms AND at < stop_ms';
  const present =
    from === 'present'
      ? `arrayDistinct(arrayFilter(of_event -> of_event != '', event_groups))`
      : `arrayDistinct(arrayFilter((of_event, at) -> of_event != '' AND ${isInside()}, event_groups, times))`;
  return `SELECT * EXCEPT (${[...marks, ...measured.map((name) => `all_${name}`)].join(', ')}), group_code,
        ${measured.map((name) => `${ofGroup(`all_${name}`, marks, metric)} AS ${name}`).join(',\n        ')}
    FROM (
        SELECT * EXCEPT (${arrays.join(', ')}), ${[...marks, ...measured.map((name) => `${name} AS all_${name}`)].join(', ')},
            if(user_reason = '', arrayPushFront(${present}, ''), ['']) AS group_codes
        FROM ${from}
    )
    ARRAY JOIN group_codes AS group_code`;
}

const MARKS: readonly string[] = Object.values(GROUP_ARRAYS);

/** Of an array what belongs to the row's group and is to be measured. */
function ofGroup(array: string, marks: readonly string[], { groupsApart }: MetricSql): string {
  const own = `arrayFilter((value, of_event) -> of_event = group_code, ${array}, event_groups)`;
  if (!marks.includes(GROUP_ARRAYS.is_counted)) return `if(group_code = '', ${array}, ${own})`;
  const isOwn = groupsApart ? 'of_event = group_code' : `(group_code = '' OR of_event = group_code)`;
  return `arrayFilter((value, of_event, counts) -> counts AND ${isOwn}, ${array}, event_groups, are_counted)`;
}
