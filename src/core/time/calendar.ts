import { Temporal } from 'temporal-polyfill';
import type { WeekDay } from './week-day.js';
import type { CalendarDuration } from './calendar-duration.js';

/** The periods of a calendar, from short to long. */
export const CALENDAR_INTERVALS = ['hour', 'day', 'week', 'month', 'year'] as const;
export type CalendarInterval = (typeof CALENDAR_INTERVALS)[number];

/** By which local time is told. */
export interface Calendar {
  readonly timeZone: string;
  readonly weekStart: WeekDay;
}

/** Half-open, in UTC milliseconds. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

const HOUR_MS = 3_600_000;
const ISO_DAY: Readonly<Record<WeekDay, number>> = {
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
  saturday: 6,
  sunday: 7,
};

/**
 * The period of local time that holds an instant. A day begins with its first instant. An hour is one elapsed hour from its local day's start; the last of a day may be
 * shorter, where daylight saving moves by 30 minutes.
 */
export function periodAt(ms: number, interval: CalendarInterval, calendar: Calendar): Period {
  const date = dayOf(ms, calendar.timeZone);
  if (interval === 'hour') return hourWithin(periodAt(ms, 'day', calendar), ms);
  const first = firstDate(date, interval, calendar.weekStart);
  const next = first.add(STEP[interval]);
  return { fromMs: startOf(first, calendar.timeZone), toMs: startOf(next, calendar.timeZone) };
}

/**
 * An instant moved on by calendar units in local time: months first (a day that a month lacks: its last), then days. From the first instant of a day to the first
 * instant of another, else at the same local time (one that is skipped: as much later as was skipped).
 */
export function addCalendar(ms: number, { months, days }: CalendarDuration, timeZone: string): number {
  const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const date = local.toPlainDate();
  if (startOf(date, timeZone) === ms) return startOf(date.add({ months, days }), timeZone);
  return local.add({ months, days }).epochMilliseconds;
}

/** The local date of an instant as `YYYY-MM-DD`, moved on by days. */
export function localDateText(ms: number, timeZone: string, days: number): string {
  return localDate(ms, timeZone).add({ days }).toString();
}

/** Whether the local date of an instant began before it, not with it. */
export function isLocalDateBegun(ms: number, timeZone: string): boolean {
  return startOf(localDate(ms, timeZone), timeZone) < ms;
}

/** The local date of an instant. */
function localDate(ms: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate();
}

/** The day that has begun last. Where clocks go back over midnight, the hour that comes again is of the day that had begun before it. */
function dayOf(ms: number, timeZone: string): Temporal.PlainDate {
  const date = localDate(ms, timeZone);
  const next = date.add({ days: 1 });
  return startOf(next, timeZone) <= ms ? next : date;
}

const STEP: Readonly<Record<Exclude<CalendarInterval, 'hour'>, Temporal.DurationLike>> = {
  day: { days: 1 },
  week: { days: 7 },
  month: { months: 1 },
  year: { years: 1 },
};

/** The hour that holds an instant of a day. */
export function hourWithin(day: Period, ms: number): Period {
  const fromMs = day.fromMs + Math.floor((ms - day.fromMs) / HOUR_MS) * HOUR_MS;
  return { fromMs, toMs: Math.min(fromMs + HOUR_MS, day.toMs) };
}

function firstDate(
  date: Temporal.PlainDate,
  interval: Exclude<CalendarInterval, 'hour'>,
  weekStart: WeekDay,
): Temporal.PlainDate {
  switch (interval) {
    case 'day':
      return date;
    case 'week':
      return date.subtract({ days: (date.dayOfWeek - ISO_DAY[weekStart] + 7) % 7 });
    case 'month':
      return date.with({ day: 1 });
    case 'year':
      return date.with({ month: 1, day: 1 });
  }
}

/** The first instant of a date. */
function startOf(date: Temporal.PlainDate, timeZone: string): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}
