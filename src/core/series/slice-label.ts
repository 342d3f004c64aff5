import { Temporal } from 'temporal-polyfill';
import type { Calendar } from '../time/calendar.js';
import { formatInstant } from '../time/instant.js';

/**
 * How people name a period: `1997`, `1997-01`, `1997-W01` (ISO 8601; where weeks do not begin on Monday the date of the first day), `1997-01-01`, `1997-01-01T05:00` in local
 * time; one of elapsed time by the instant at which it begins.
 */
export function sliceLabel(periodMs: number, interval: string, { timeZone, weekStart }: Calendar): string {
  const local = (): Temporal.ZonedDateTime =>
    Temporal.Instant.fromEpochMilliseconds(periodMs).toZonedDateTimeISO(timeZone);
  switch (interval) {
    case 'hour':
      return local().toPlainDateTime().toString({ smallestUnit: 'minute' });
    case 'day':
      return local().toPlainDate().toString();
    case 'week':
      return weekStart === 'monday' ? weekLabel(local()) : local().toPlainDate().toString();
    case 'month':
      return local().toPlainDate().toPlainYearMonth().toString();
    case 'year':
      return String(local().year);
    default:
      return formatInstant(periodMs);
  }
}

function weekLabel({ yearOfWeek, weekOfYear }: Temporal.ZonedDateTime): string {
  return `${yearOfWeek}-W${String(weekOfYear).padStart(2, '0')}`;
}
