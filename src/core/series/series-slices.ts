import { LRUCache } from 'lru-cache';
import { Failure } from '../failure.js';
import type { CanonicalRequest } from '../request/canonical-request.js';
import {
  CALENDAR_INTERVALS,
  isDayPart,
  partOfDay,
  periodAt,
  type Calendar,
  type CalendarInterval,
  type DayPart,
  type Period,
} from '../time/calendar.js';
import { parseDuration } from '../time/duration.js';
import { formatInstant } from '../time/instant.js';
import { dateText, isoWeek, localDay } from '../time/local-day.js';

/** Points that an answer may have: slices times ages. */
export const MAX_POINTS = 10_000;

/** One slice of a series, clipped to the range. */
export interface Slice extends Period {
  /** Where its period begins, which may be before the range. */
  readonly periodMs: number;
  readonly label: string;
}

export function isCalendarInterval(interval: string): interval is CalendarInterval {
  return CALENDAR_INTERVALS.some((known) => known === interval);
}

/** The calendar by which the slices of a request are cut. */
export function calendarOf({ time_zone: timeZone, week_start: weekStart }: CanonicalRequest): Calendar {
  return { timeZone, weekStart };
}

/** Of all requests together; one takes 150 bytes. */
const KEPT_SLICES = 100_000;

/**
 * Cutting thousands of slices takes some milliseconds; one request needs them several times, and a dashboard repeats
 * its requests.
 */
const kept = new LRUCache<string, readonly Slice[]>({
  maxSize: KEPT_SLICES,
  sizeCalculation: ({ length }) => length + 1,
});

/** The slices of a request with a series: of its window by event time, of its births by birth. */
export function slicesOf(canonical: CanonicalRequest): readonly Slice[] {
  const { series } = canonical;
  const range = sliceRange(canonical);
  if (!series || !range) return [];
  const calendar = calendarOf(canonical);
  const key = [range.fromMs, range.toMs, series.interval, calendar.timeZone, calendar.weekStart].join(' ');
  const known = kept.get(key);
  if (known !== undefined) return known;
  const slices = cutUp(range, series.interval, calendar);
  kept.set(key, slices);
  return slices;
}

/**
 * A range cut at the starts of a calendar's periods, or every so long from its own start.
 * @throws Failure limit_exceeded beyond MAX_POINTS slices
 */
export function cutUp(range: Period, interval: string, calendar: Calendar): readonly Slice[] {
  const period = periodsOf(interval, calendar);
  const slices: Slice[] = [];
  for (let ms = range.fromMs; ms < range.toMs;) {
    const { fromMs: periodMs, toMs } = period(ms);
    slices.push({
      fromMs: ms,
      toMs: Math.min(toMs, range.toMs),
      periodMs,
      label: sliceLabel(periodMs, interval, calendar),
    });
    if (slices.length > MAX_POINTS) throw tooManyPoints('/series/interval');
    ms = toMs;
  }
  return slices;
}

/** 422: an answer has at most so many points. `pointer` names what makes them so many. */
export function tooManyPoints(pointer: '/series/interval' | '/series/age'): Failure {
  const detail = `A series has at most ${MAX_POINTS} points, slices times ages; take a longer \`interval\` or \`age\`, or a shorter range.`;
  const errors = [{ pointer, detail }];
  return new Failure('limit_exceeded', detail, errors, { limit: 'series_points', value: MAX_POINTS });
}

function sliceRange({ series, window }: CanonicalRequest): Period | null {
  const [from, to] =
    series?.by === 'event_time' && window?.kind === 'fixed'
      ? [window.from, window.to]
      : [window?.births?.from, window?.births?.to];
  return from && to ? { fromMs: Date.parse(from), toMs: Date.parse(to) } : null;
}

function periodsOf(interval: string, calendar: Calendar): (ms: number) => Period {
  if (isDayPart(interval)) return partsOfDays(interval, calendar);
  if (isCalendarInterval(interval)) return (ms) => periodAt(ms, interval, calendar);
  const stepMs = parseDuration(interval, '/series/interval');
  return (fromMs) => ({ fromMs, toMs: fromMs + stepMs });
}

/** Asks the calendar once a day. */
function partsOfDays(part: DayPart, calendar: Calendar): (ms: number) => Period {
  let day: Period | null = null;
  return (ms) => {
    if (!day || ms < day.fromMs || ms >= day.toMs) day = periodAt(ms, 'day', calendar);
    return partOfDay(day, part, ms);
  };
}

/**
 * How people name a period: `1997`, `1997-01`, `1997-W01` (ISO 8601; where weeks do not begin on Monday the date of the
 * first day), `1997-01-01`, `1997-01-01T05:00` in local time; one of elapsed time by the instant at which it begins.
 */
export function sliceLabel(periodMs: number, interval: string, { timeZone, weekStart }: Calendar): string {
  const { day, timeMs } = localDay(periodMs, timeZone);
  switch (interval) {
    case 'minute':
    case 'hour':
      return `${dateText(day)}T${new Date(timeMs).toISOString().slice(11, 16)}`;
    case 'day':
      return dateText(day);
    case 'week':
      return weekStart === 'monday' ? weekLabel(day) : dateText(day);
    case 'month':
      return dateText(day).slice(0, 7);
    case 'year':
      return dateText(day).slice(0, 4);
    default:
      return formatInstant(periodMs);
  }
}

function weekLabel(day: number): string {
  const { year, week } = isoWeek(day);
  return `${year}-W${String(week).padStart(2, '0')}`;
}
