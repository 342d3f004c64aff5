import type { Calendar } from '../time/calendar.js';
import { formatInstant } from '../time/instant.js';
import { dateText, isoWeek, localDay } from '../time/local-day.js';

/**
 * How people name a period: `1997`, `1997-01`, `1997-W01` (ISO 8601; where weeks do not begin on Monday the date of the first day), `1997-01-01`, `1997-01-01T05:00` in local
 * time; one of elapsed time by the instant at which it begins.
 */
export function sliceLabel(periodMs: number, interval: string, { timeZone, weekStart }: Calendar): string {
  const { day, timeMs } = localDay(periodMs, timeZone);
  switch (interval) {
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
