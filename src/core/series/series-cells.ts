import type { CanonicalRequest } from '../request/canonical-request.js';
import { elapsedMs, evidence, type CalendarWindow } from '../request/planned-window.js';
import type { PlannedAges, PlannedCells } from '../request/run-plan.js';
import { parseCalendarDuration, plus, times } from '../time/calendar-duration.js';
import { addCalendar, type Period } from '../time/calendar.js';
import { parseDuration } from '../time/duration.js';
import { calendarOf, MAX_POINTS, slicesOf, tooManyPoints, type Slice } from './series-slices.js';

/** A point of a series, and the number of its cell in the engine: from 1, by slice and then by age. Cell 0 is the whole window. */
export interface SeriesPoint {
  readonly cell: number;
  readonly slice: Slice;
  readonly age: number | null;
  /** When the last of its users has been observed to the end. */
  readonly completeMs: number;
}

/** All points of a request in order; none without a series. Of ages at which no window is left there is none. */
export function seriesPoints(canonical: CanonicalRequest): readonly SeriesPoint[] {
  const slices = slicesOf(canonical);
  const ages = agesOf(canonical, slices);
  if (!ages) return slices.map((slice, i) => ({ cell: i + 1, slice, age: null, completeMs: slice.toMs }));
  return slices.flatMap((slice, i) =>
    (ages.relative ? ages.cells : (ages.cells[i] ?? [])).map(({ toMs }, age) => ({
      cell: 1 + i * ages.count + age,
      slice,
      age,
      completeMs: ages.relative ? slice.toMs + toMs : toMs,
    })),
  );
}

/**
 * How many points a request has; 0 without a series.
 * @throws Failure limit_exceeded for more than an answer may have
 */
export function pointCount(canonical: CanonicalRequest): number {
  const slices = slicesOf(canonical);
  const ages = agesOf(canonical, slices);
  if (!ages) return slices.length;
  return ages.relative ? slices.length * ages.count : ages.cells.reduce((sum, { length }) => sum + length, 0);
}

/** The windows of a series beside the whole one; null without a series. */
export function plannedCells(canonical: CanonicalRequest): PlannedCells | null {
  const { series } = canonical;
  if (!series) return null;
  const slices = slicesOf(canonical);
  if (series.by === 'event_time') {
    return { by: 'event_time', windows: slices.map((slice) => evidence(canonical, bounds(slice))) };
  }
  return { by: 'birth', starts: slices.map(({ fromMs }) => fromMs), ages: plannedAges(canonical, slices) };
}

/** Where the events of each age lie. */
function plannedAges(canonical: CanonicalRequest, slices: readonly Slice[]): PlannedAges | null {
  const ages = agesOf(canonical, slices);
  const looked = (of: readonly Period[]): readonly Period[] => of.map((cell) => evidence(canonical, cell));
  if (!ages) return null;
  return ages.relative
    ? { relative: true, count: ages.count, cells: looked(ages.cells) }
    : { relative: false, count: ages.count, cells: ages.cells.map(looked) };
}

/**
 * When each age begins and ends: counted from birth, or of each slice its own. Points are counted as they are found: ten thousand slices of ten thousand ages would
 * not fit into memory.
 * @throws Failure limit_exceeded for more points than an answer may have
 */
function agesOf(canonical: CanonicalRequest, slices: readonly Slice[]): PlannedAges | null {
  const { window, series } = canonical;
  if (!series?.age || !window || window.kind === 'fixed') return null;
  if (window.age === 'elapsed') {
    const { fromMs, toMs } = elapsedMs(window);
    const ageMs = parseDuration(series.age, '/series/age');
    const cells = cutUpAges((k) => fromMs + k * ageMs, toMs, Math.floor(MAX_POINTS / Math.max(1, slices.length)));
    return { relative: true, count: cells.length, cells };
  }
  let room = MAX_POINTS;
  const cells = slices.map((slice) => {
    const found = calendarAges(canonical, window, slice, room);
    room -= found.length;
    return found;
  });
  return { relative: false, count: Math.max(0, ...cells.map(({ length }) => length)), cells };
}

function calendarAges(
  canonical: CanonicalRequest,
  window: CalendarWindow,
  { periodMs }: Slice,
  room: number,
): readonly Period[] {
  const { timeZone } = calendarOf(canonical);
  const age = parseCalendarDuration(canonical.series?.age, '/series/age');
  const offset = parseCalendarDuration(window.offset, '/window/offset');
  const end = plus(offset, parseCalendarDuration(window.length, '/window/length'));
  // From the birth's period at once, so that a month that is short shortens no later one.
  const start = (k: number): number => addCalendar(periodMs, plus(offset, times(age, k)), timeZone);
  return cutUpAges(start, addCalendar(periodMs, end, timeZone), room);
}

function cutUpAges(start: (k: number) => number, endMs: number, room: number): Period[] {
  const found: Period[] = [];
  for (let k = 0; start(k) < endMs; k += 1) {
    found.push({ fromMs: start(k), toMs: Math.min(start(k + 1), endMs) });
    if (found.length > room) throw tooManyPoints('/series/age');
  }
  return found;
}

function bounds({ fromMs, toMs }: Slice): Period {
  return { fromMs, toMs };
}
