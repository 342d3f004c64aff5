import { Temporal } from 'temporal-polyfill';
import { invalid, type Failure } from '../failure.js';
import { quoted } from '../json-shape.js';
import { DAY_MS } from './utc-day.js';

const FIRST_DATE = '1970-01-01';
const LAST_DATE = '2262-01-01';

/**
 * A day of slack: the first instant of a date lies up to 14 hours from midnight UTC, and a canonical request must be
 * valid again.
 */
const MIN_MS = Date.parse(`${FIRST_DATE}T00:00:00Z`) - DAY_MS;
const MAX_MS = Date.parse(`${LAST_DATE}T00:00:00Z`) + DAY_MS;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const BELOW_MILLISECOND = /\.\d{3}\d*[1-9]/;

/**
 * UTC milliseconds of an RFC 3339 instant, or of the first instant of a date in `timeZone` (where midnight does not
 * exist: the first that does; where it comes twice: the earlier). Leap seconds, precision below a millisecond, days
 * that do not exist and anything outside 1970 to 2262 are refused (422 `invalid_time`).
 */
export function parseInstant(value: unknown, timeZone: string, pointer: string): number {
  if (typeof value !== 'string') throw malformed(value, pointer);
  const ms = isDate(value) ? startOfDate(value, timeZone, pointer) : instantMs(value, pointer);
  if (ms < MIN_MS || ms > MAX_MS) throw outOfRange(value, pointer);
  return ms;
}

/** Whether the text is written as a date alone. */
export function isDate(text: string): boolean {
  return DATE.test(text);
}

/** The canonical form: RFC 3339 in UTC with milliseconds. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}

function startOfDate(date: string, timeZone: string, pointer: string): number {
  if (!dateExists(date)) throw notADay(date, pointer);
  if (date < FIRST_DATE || date > LAST_DATE) throw outOfRange(date, pointer);
  return Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds;
}

function instantMs(text: string, pointer: string): number {
  if (!INSTANT.test(text)) throw malformed(text, pointer);
  if (!dateExists(text.slice(0, 10))) throw notADay(text, pointer);
  if (BELOW_MILLISECOND.test(text))
    throw invalid('invalid_time', pointer, `${quoted(text)} is finer than a millisecond; give at most 3 decimals.`);
  return Date.parse(text.toUpperCase().replace(/(\.\d{3})\d+/, '$1'));
}

function dateExists(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && formatInstant(ms).startsWith(date);
}

function malformed(value: unknown, pointer: string): Failure {
  return invalid(
    'invalid_time',
    pointer,
    `Give an RFC 3339 instant with an offset such as "1997-01-01T00:00:00Z", or a date such as "1997-01-01", not ${quoted(value)}.`,
  );
}

function notADay(text: string, pointer: string): Failure {
  return invalid('invalid_time', pointer, `${quoted(text)} names a day that does not exist.`);
}

function outOfRange(text: string, pointer: string): Failure {
  return invalid(
    'invalid_time',
    pointer,
    `${quoted(text)} is out of range; give a time from ${FIRST_DATE} to ${LAST_DATE}.`,
  );
}
