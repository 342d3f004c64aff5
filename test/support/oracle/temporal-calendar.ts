import { Temporal } from 'temporal-polyfill';
import type { CalendarDuration } from '../../../src/core/time/calendar-duration.js';
import type { Calendar, CalendarInterval, DayPart, Period } from '../../../src/core/time/calendar.js';

// The calendar as Temporal tells it, boundary by boundary.

const ISO_DAY = { monday: 1, tuesday: 2, wednesday: 3, thursday: 4, friday: 5, saturday: 6, sunday: 7 } as const;
const STEP = { day: { days: 1 }, week: { days: 7 }, month: { months: 1 }, year: { years: 1 } } as const;

export function temporalPeriod(ms: number, interval: Exclude<CalendarInterval, DayPart>, calendar: Calendar): Period {
  const { timeZone, weekStart } = calendar;
  const local = zoned(ms, timeZone).toPlainDate();
  const tomorrow = local.add({ days: 1 });
  const date = startOf(tomorrow, timeZone) <= ms ? tomorrow : local;
  const first = {
    day: () => date,
    week: () => date.subtract({ days: (date.dayOfWeek - ISO_DAY[weekStart] + 7) % 7 }),
    month: () => date.with({ day: 1 }),
    year: () => date.with({ month: 1, day: 1 }),
  }[interval]();
  return { fromMs: startOf(first, timeZone), toMs: startOf(first.add(STEP[interval]), timeZone) };
}

export function temporalAdd(ms: number, { months, days }: CalendarDuration, timeZone: string): number {
  const local = zoned(ms, timeZone);
  const date = local.toPlainDate();
  if (startOf(date, timeZone) === ms) return startOf(date.add({ months, days }), timeZone);
  return local.add({ months, days }).epochMilliseconds;
}

export function temporalLabel(ms: number, interval: CalendarInterval, { timeZone, weekStart }: Calendar): string {
  const local = zoned(ms, timeZone);
  switch (interval) {
    case 'minute':
    case 'hour':
      return local.toPlainDateTime().toString({ smallestUnit: 'minute' });
    case 'day':
      return local.toPlainDate().toString();
    case 'week':
      if (weekStart !== 'monday') return local.toPlainDate().toString();
      return `${local.yearOfWeek}-W${String(local.weekOfYear).padStart(2, '0')}`;
    case 'month':
      return local.toPlainDate().toPlainYearMonth().toString();
    case 'year':
      return String(local.year);
  }
}

function zoned(ms: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
}

function startOf(date: Temporal.PlainDate, timeZone: string): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}
