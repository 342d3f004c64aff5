import { DAY_MS } from './utc-day.js';
import { offsetsOf } from './zone-offsets.js';

/** A local time: the day, counted from 1970-01-01, and what has passed of it by the clock. */
export interface LocalTime {
  readonly day: number;
  readonly timeMs: number;
}

export function localDay(ms: number, timeZone: string): LocalTime {
  const localMs = ms + offsetsOf(timeZone).at(ms);
  const day = Math.floor(localMs / DAY_MS);
  return { day, timeMs: localMs - day * DAY_MS };
}

/**
 * The first instant of a local day: midnight; where it comes twice the earlier, where it is skipped the first that is
 * not.
 */
export function startOfDay(day: number, timeZone: string): number {
  const midnightMs = day * DAY_MS;
  const offsets = offsetsOf(timeZone);
  // Clocks that have not moved in between leave nothing to choose.
  const beforeMs = offsets.at(midnightMs - DAY_MS);
  const changeMs = offsets.changeWithin(midnightMs - DAY_MS, midnightMs + DAY_MS);
  if (changeMs === null) return midnightMs - beforeMs;
  const afterMs = offsets.at(changeMs);
  if (midnightMs - beforeMs < changeMs) return midnightMs - beforeMs;
  return Math.max(midnightMs - afterMs, changeMs);
}

/** The instant of a local time: where it comes twice the earlier, where it is skipped as much later as was skipped. */
export function atLocal(day: number, timeMs: number, timeZone: string): number {
  const localMs = day * DAY_MS + timeMs;
  const offsets = offsetsOf(timeZone);
  const beforeMs = offsets.at(localMs - DAY_MS);
  const changeMs = offsets.changeWithin(localMs - DAY_MS, localMs + DAY_MS);
  if (changeMs === null || localMs - beforeMs < changeMs) return localMs - beforeMs;
  const afterMs = offsets.at(changeMs);
  return localMs - afterMs >= changeMs ? localMs - afterMs : localMs - beforeMs;
}

/**
 * A day by year, month and date, both from 1. By arithmetic (H. Hinnant, chrono-compatible low-level date algorithms):
 * a year begins with March, so that its leap day is the last, and 400 years have the same days again.
 */
export function dateOfDay(day: number): { readonly year: number; readonly month: number; readonly date: number } {
  const since = day + 719_468;
  const era = Math.floor(since / 146_097);
  const ofEra = since - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const date = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date };
}

/** `YYYY-MM-DD`. */
export function dateText(day: number): string {
  const { year, month, date } = dateOfDay(day);
  return `${year}-${month < 10 ? '0' : ''}${month}-${date < 10 ? '0' : ''}${date}`;
}

/** The day of a date; months beyond 12 are of later years. */
export function dayOf(year: number, month: number, date: number): number {
  return Date.UTC(year, month - 1, date) / DAY_MS;
}

/** Of the month that begins with a day. */
export function daysInMonth(first: number): number {
  const { year, month } = dateOfDay(first);
  return dayOf(year, month + 1, 1) - first;
}

/** From 1, Monday, to 7. */
export function isoWeekDay(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** The week of ISO 8601 that holds a day: it belongs to the year of its Thursday. */
export function isoWeek(day: number): { readonly year: number; readonly week: number } {
  const thursday = day - isoWeekDay(day) + 4;
  const { year } = dateOfDay(thursday);
  return { year, week: Math.floor((thursday - dayOf(year, 1, 1)) / 7) + 1 };
}
