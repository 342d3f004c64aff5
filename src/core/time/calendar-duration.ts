import { invalid, type Failure } from '../failure.js';
import { quoted } from '../json-shape.js';

/** A length in units of the calendar: months, then days. What it comes to in milliseconds depends on where it begins. */
export interface CalendarDuration {
  readonly months: number;
  readonly days: number;
}

/** As for elapsed durations: a window from the first to the last date that is accepted fits. */
const MAX_MONTHS = 3_600;
const MAX_DAYS = 110_000;

const CALENDAR = /^P(?=.)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?$/;
const ZERO = 'PT0S';

/** Of an ISO 8601 duration of whole years, months, weeks and days (422 `invalid_time`); `PT0S` is nothing. A year is 12 months, a week 7 days. */
export function parseCalendarDuration(value: unknown, pointer: string): CalendarDuration {
  if (value === ZERO) return { months: 0, days: 0 };
  const parts = typeof value === 'string' ? CALENDAR.exec(value) : null;
  if (!parts) throw malformed(value, pointer);
  const [years = 0, months = 0, weeks = 0, days = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  const duration = { months: years * 12 + months, days: weeks * 7 + days };
  if (duration.months <= MAX_MONTHS && duration.days <= MAX_DAYS) return duration;
  const detail = `${quoted(value)} is longer than P${MAX_MONTHS}M or P${MAX_DAYS}D.`;
  throw invalid('invalid_time', pointer, detail);
}

/** The canonical form: `P14M`, `P1M3D`, `P10D`, `PT0S`. */
export function formatCalendarDuration({ months, days }: CalendarDuration): string {
  if (isNothing({ months, days })) return ZERO;
  return `P${months === 0 ? '' : `${months}M`}${days === 0 ? '' : `${days}D`}`;
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
