import type { CanonicalRequest } from '../request/canonical-request.js';
import {
  calendarLengths,
  elapsedMs,
  observedPeriod,
  reachOf,
  type CalendarLengths,
  type ElapsedWindow,
} from '../request/planned-window.js';
import type { PlannedAges, PlannedCells } from '../request/run-plan.js';
import { plus, times, type CalendarDuration, type CalendarUnit } from '../time/calendar-duration.js';
import { addCalendar, daysBetween, periodAt, type Calendar, type Period } from '../time/calendar.js';
import { parseDuration } from '../time/duration.js';
import { calendarOf, MAX_POINTS, slicesOf, tooManyPoints, type Slice } from './series-slices.js';

/**
 * A point of a series, and the number of its cell in the engine: from 1, by slice and then by age. Cell 0 is the whole
 * window.
 */
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
    ages
      .ends(i)
      .map((completeMs, age): SeriesPoint => ({ cell: 1 + i * ages.planned.count + age, slice, age, completeMs })),
  );
}

/**
 * How many points a request has; 0 without a series.
 * @throws Failure limit_exceeded for more than an answer may have
 */
export function pointCount(canonical: CanonicalRequest): number {
  const slices = slicesOf(canonical);
  const ages = agesOf(canonical, slices);
  return ages ? ages.points : slices.length;
}

/** The windows of a series beside the whole one; null without a series. */
export function plannedCells(canonical: CanonicalRequest): PlannedCells | null {
  const { series } = canonical;
  if (!series) return null;
  const slices = slicesOf(canonical);
  if (series.by === 'event_time') {
    return {
      by: 'event_time',
      windows: slices.map(({ fromMs, toMs }) => observedPeriod(canonical, { fromMs, toMs })),
    };
  }
  return { by: 'birth', starts: slices.map(({ fromMs }) => fromMs), ages: plannedAges(canonical, slices) };
}

/** Where the events of each age lie. */
function plannedAges(canonical: CanonicalRequest, slices: readonly Slice[]): PlannedAges | null {
  const planned = agesOf(canonical, slices)?.planned;
  if (planned?.by !== 'elapsed') return planned ?? null;
  return { ...planned, cells: planned.cells.map((cell) => observedPeriod(canonical, cell)) };
}

/** The ages of a request, and of a slice by age when the last of its users will have been observed to the end. */
interface Ages {
  readonly planned: PlannedAges;
  readonly points: number;
  ends(slice: number): readonly number[];
}

const knownAges = new WeakMap<CanonicalRequest, Ages>();

/**
 * Points are counted as they are found: ten thousand slices of ten thousand ages would not fit into memory.
 * @throws Failure limit_exceeded for more points than an answer may have
 */
function agesOf(canonical: CanonicalRequest, slices: readonly Slice[]): Ages | null {
  const { window, series } = canonical;
  if (!series?.age || !window || window.kind === 'fixed') return null;
  const found =
    knownAges.get(canonical) ??
    (window.age === 'elapsed'
      ? elapsedAges(window, series.age, slices)
      : calendarAges(canonical, calendarLengths(canonical, window), slices));
  knownAges.set(canonical, found);
  return found;
}

function elapsedAges(window: ElapsedWindow, age: string, slices: readonly Slice[]): Ages {
  const { fromMs, toMs } = elapsedMs(window);
  const ageMs = parseDuration(age, '/series/age');
  const room = Math.floor(MAX_POINTS / Math.max(1, slices.length));
  const cells: Period[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += ageMs) {
    cells.push({ fromMs: startMs, toMs: Math.min(startMs + ageMs, toMs) });
    if (cells.length > room) throw tooManyPoints('/series/age');
  }
  return {
    planned: { by: 'elapsed', count: cells.length, cells },
    points: slices.length * cells.length,
    ends: (i) => cells.map((cell) => (slices[i]?.toMs ?? 0) + cell.toMs),
  };
}

/**
 * Of each slice the last period in which somebody can be born who has the age: they end in the order in which they
 * begin.
 */
function calendarAges(canonical: CanonicalRequest, lengths: CalendarLengths, slices: readonly Slice[]): Ages {
  const { timeZone } = calendarOf(canonical);
  const { offset, end, unit } = lengths;
  const age = lengths.age ?? lengths.length;
  let room = MAX_POINTS;
  const lastOf = slices.map((slice) => {
    const last: number[] = [];
    for (const { fromMs } of periodsWithin(slice, unit, lengths, calendarOf(canonical))) {
      const count = countOfAges(fromMs, lengths, age, timeZone, room);
      if (count > room) throw tooManyPoints('/series/age');
      for (let k = 0; k < count; k += 1) last[k] = fromMs;
    }
    room -= last.length;
    return last;
  });
  const count = Math.max(0, ...lastOf.map(({ length }) => length));
  const endOf = (ms: number, k: number): number =>
    Math.min(addCalendar(ms, plus(offset, times(age, k + 1)), timeZone), addCalendar(ms, end, timeZone));
  return {
    planned: { by: 'calendar', count, offset, age, end, lastsMs: reachOf(canonical).afterEndMs },
    points: MAX_POINTS - room,
    ends: (i) => (lastOf[i] ?? []).map(endOf),
  };
}

/** The periods in which the births of a slice lie; where all have equally many ages, the last. */
function periodsWithin(slice: Slice, unit: CalendarUnit, lengths: CalendarLengths, calendar: Calendar): Period[] {
  const last = periodAt(slice.toMs - 1, unit, calendar);
  if (isUniform(lengths)) return [last];
  const found: Period[] = [];
  for (let ms = slice.fromMs; ms < slice.toMs;) {
    const period = periodAt(ms, unit, calendar);
    found.push(period);
    ms = period.toMs;
  }
  return found;
}

function isUniform({ length, age }: CalendarLengths): boolean {
  const inMonths = ({ days }: CalendarDuration): boolean => days === 0;
  const inDays = ({ months }: CalendarDuration): boolean => months === 0;
  return age !== null && [inMonths, inDays].some((is) => is(length) && is(age));
}

/** How many ages begin before the end, counted by local dates; stops beyond `room`. */
function countOfAges(
  periodMs: number,
  { offset, length, end }: CalendarLengths,
  age: CalendarDuration,
  timeZone: string,
  room: number,
): number {
  if (age.days === 0 && length.days === 0) return Math.ceil(length.months / age.months);
  if (age.months === 0 && length.months === 0) return Math.ceil(length.days / age.days);
  if (age.months === 0) return Math.ceil(daysBetween(periodMs, offset, end, timeZone) / age.days);
  let count = 0;
  while (count <= room && daysBetween(periodMs, plus(offset, times(age, count)), end, timeZone) > 0) count += 1;
  return count;
}
