import { atLocal, dateOfDay, dateText, daysInMonth, dayOf, isoWeekDay, localDay, startOfDay } from './local-day.js';
import type { WeekDay } from './week-day.js';
import type { CalendarDuration } from './calendar-duration.js';

/** The periods of a calendar, from short to long. */
export const CALENDAR_INTERVALS = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type CalendarInterval = (typeof CALENDAR_INTERVALS)[number];

/** Those that are parts of a day, by their length in milliseconds. */
const DAY_PARTS = { minute: 60_000, hour: 3_600_000 } as const;
export type DayPart = keyof typeof DAY_PARTS;

export function isDayPart(interval: string): interval is DayPart {
  return Object.hasOwn(DAY_PARTS, interval);
}

/** By which local time is computed. */
export interface Calendar {
  readonly timeZone: string;
  readonly weekStart: WeekDay;
}

/** Half-open, in UTC milliseconds. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** From 1 on Monday, as ISO 8601 counts. */
export const ISO_DAY: Readonly<Record<WeekDay, number>> = {
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
  saturday: 6,
  sunday: 7,
};

/**
 * The period of local time that holds an instant. A day begins with its first instant. An hour or a minute is an elapsed
 * one from its local day's start; the last of a day may be shorter, as where daylight saving moves by 30 minutes.
 */
export function periodAt(ms: number, interval: CalendarInterval, calendar: Calendar): Period {
  if (isDayPart(interval)) return partOfDay(periodAt(ms, 'day', calendar), interval, ms);
  const { timeZone, weekStart } = calendar;
  const [first, next] = bounds(currentDay(ms, timeZone), interval, weekStart);
  return { fromMs: startOfDay(first, timeZone), toMs: startOfDay(next, timeZone) };
}

/**
 * An instant moved on by calendar units in local time: months first (a day that a month lacks: its last), then days.
 * From the first instant of a day to the first instant of another, else at the same local time (one that is skipped: as
 * much later as was skipped).
 */
export function addCalendar(ms: number, { months, days }: CalendarDuration, timeZone: string): number {
  const { day, timeMs } = localDay(ms, timeZone);
  const moved = addMonths(day, months) + days;
  if (startOfDay(day, timeZone) === ms) return startOfDay(moved, timeZone);
  return moved === day ? ms : atLocal(moved, timeMs, timeZone);
}

/** The local date of an instant as `YYYY-MM-DD`, moved on by days. */
export function localDateText(ms: number, timeZone: string, days: number): string {
  return dateText(localDay(ms, timeZone).day + days);
}

/** Whether the local date of an instant began before it, not with it. */
export function isLocalDateBegun(ms: number, timeZone: string): boolean {
  return startOfDay(localDay(ms, timeZone).day, timeZone) < ms;
}

/** From so many calendar units after an instant's local day to so many, in days. */
export function daysBetween(ms: number, from: CalendarDuration, to: CalendarDuration, timeZone: string): number {
  const day = currentDay(ms, timeZone);
  return addMonths(day, to.months) + to.days - addMonths(day, from.months) - from.days;
}

/**
 * The day that has begun last. Where clocks go back over midnight, the hour that comes again is of the day that had
 * begun before it.
 */
export function currentDay(ms: number, timeZone: string): number {
  const { day } = localDay(ms, timeZone);
  return startOfDay(day + 1, timeZone) <= ms ? day + 1 : day;
}

/** The hour or minute that holds an instant of a day. */
export function partOfDay(day: Period, part: DayPart, ms: number): Period {
  const lengthMs = DAY_PARTS[part];
  const fromMs = day.fromMs + Math.floor((ms - day.fromMs) / lengthMs) * lengthMs;
  return { fromMs, toMs: Math.min(fromMs + lengthMs, day.toMs) };
}

/** The first days of the period that holds a day, and of the next. */
function bounds(
  day: number,
  interval: Exclude<CalendarInterval, DayPart>,
  weekStart: WeekDay,
): readonly [first: number, next: number] {
  const { year, month } = dateOfDay(day);
  switch (interval) {
    case 'day':
      return [day, day + 1];
    case 'week': {
      const first = day - ((isoWeekDay(day) - ISO_DAY[weekStart] + 7) % 7);
      return [first, first + 7];
    }
    case 'month':
      return [dayOf(year, month, 1), dayOf(year, month + 1, 1)];
    case 'year':
      return [dayOf(year, 1, 1), dayOf(year + 1, 1, 1)];
  }
}

export function addMonths(day: number, months: number): number {
  const { year, month, date } = dateOfDay(day);
  const first = dayOf(year, month + months, 1);
  return first + Math.min(date, daysInMonth(first)) - 1;
}
