import { dateText } from '../../core/time/local-day.js';
import { DAY_MS } from '../../core/time/utc-day.js';

/** A day counted from 1970-01-01 as PostgreSQL writes a date. */
export const toDate = dateText;

/** The day of a date of PostgreSQL, counted from 1970-01-01. */
export function dayOfDate(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / DAY_MS;
}
