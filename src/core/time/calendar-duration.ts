import { invalid, type Failure } from '../failure.js';
import { quoted } from '../json-shape.js';

/**
 * A length in units of the calendar: months, then days. What it comes to in milliseconds depends on where it begins.
 */
export interface CalendarDuration {
  readonly months: number;
  readonly days: number;
}

/** What a duration counts in, from short to long. */
export const CALENDAR_UNITS = ['day', 'week', 'month', 'year'] as const;
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

/** A length as it was written, with the smallest unit of its parts; null: it is nothing. */
export interface WrittenDuration extends CalendarDuration {
  readonly unit: CalendarUnit | null;
}

/** As for elapsed durations: a window from the first to the last date that is accepted fits. */
const MAX_MONTHS = 3_600;
const MAX_DAYS = 110_000;

const CALENDAR = /^P(?=.)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?$/;
const ZERO = 'PT0S';

/**
 * Of an ISO 8601 duration of whole years, months, weeks and days (422 `invalid_time`); `PT0S` is nothing. A year is 12
 * months, a week 7 days.
 */
export function parseCalendarDuration(value: unknown, pointer: string): WrittenDuration {
  if (value === ZERO) return { months: 0, days: 0, unit: null };
  const parts = typeof value === 'string' ? CALENDAR.exec(value) : null;
  if (!parts) throw malformed(value, pointer);
  const [years = 0, months = 0, weeks = 0, days = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  const counts = [days, weeks, months, years];
  const unit = CALENDAR_UNITS.find((_, i) => counts[i] !== 0) ?? null;
  const duration = { months: years * 12 + months, days: weeks * 7 + days, unit };
  if (duration.months <= MAX_MONTHS && duration.days <= MAX_DAYS) return duration;
  const detail = `${quoted(value)} is longer than P${MAX_MONTHS}M or P${MAX_DAYS}D.`;
  throw invalid('invalid_time', pointer, detail);
}

/**
 * The canonical form, in which a whole number of years or weeks stands as such only where these are what is counted:
 * `P14M`, `P1M3D`, `P2W`, `P1Y`, `PT0S`.
 */
export function formatCalendarDuration({ months, days, unit }: WrittenDuration): string {
  if (isNothing({ months, days })) return ZERO;
  const years = unit === 'year' && months % 12 === 0 ? months / 12 : 0;
  const weeks = unit === 'week' && days % 7 === 0 ? days / 7 : 0;
  return `P${part(years, 'Y')}${part(months - 12 * years, 'M')}${part(weeks, 'W')}${part(days - 7 * weeks, 'D')}`;
}

function part(amount: number, unit: string): string {
  return amount === 0 ? '' : `${amount}${unit}`;
}

/** The smallest of some units; null: there is none. */
export function smallestUnit(...units: readonly (CalendarUnit | null)[]): CalendarUnit | null {
  return CALENDAR_UNITS.find((unit) => units.includes(unit)) ?? null;
}

export function isNothing({ months, days }: CalendarDuration): boolean {
  return months === 0 && days === 0;
}

/** The whole of it so many times. */
export function times({ months, days }: CalendarDuration, factor: number): CalendarDuration {
  return { months: months * factor, days: days * factor };
}

export function plus(a: CalendarDuration, b: CalendarDuration): CalendarDuration {
  return { months: a.months + b.months, days: a.days + b.days };
}

function malformed(value: unknown, pointer: string): Failure {
  return invalid(
    'invalid_time',
    pointer,
    `Give an ISO 8601 duration of whole years, months, weeks or days, such as "P1M", not ${quoted(value)}: the window's age is calendar.`,
  );
}
