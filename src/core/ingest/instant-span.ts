import { DAY_MS } from '../time/utc-day.js';
import type { TextSpan } from './text-span.js';

const ZERO = 0x30;
const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const POINT = 0x2e;
/** Days before each month of a common year; index 13 ends December. */
const DAYS_BEFORE = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
const DAYS_TO_1970 = 719_527;
const SHORTEST = 'yyyy-mm-ddThh:mm:ssZ'.length;

/**
 * UTC milliseconds of an RFC 3339 time with an offset, finer digits cut off; NaN where the text is none: another form, a day that does not
 * exist, a leap second. The same as `parseInstant` takes, but for dates without a time, and three times as fast as by way of a regular expression.
 */
export function instantOf({ bytes, start, end }: TextSpan): number {
  if (end - start < SHORTEST) return NaN;
  const separators =
    bytes[start + 4] === DASH &&
    bytes[start + 7] === DASH &&
    isLetter(bytes[start + 10], 0x54) &&
    bytes[start + 13] === COLON &&
    bytes[start + 16] === COLON;
  if (!separators) return NaN;
  const day = dayOf(100 * two(bytes, start) + two(bytes, start + 2), two(bytes, start + 5), two(bytes, start + 8));
  const clock = clockMs(two(bytes, start + 11), two(bytes, start + 14)) + secondMs(two(bytes, start + 17));
  let at = start + 19;
  let fractionMs = 0;
  if (bytes[at] === POINT) {
    const first = ++at;
    for (let unit = 100; at < end && digit(bytes[at]) >= 0; at++, unit /= 10) {
      if (unit >= 1) fractionMs += digit(bytes[at]) * unit;
    }
    if (at === first) return NaN;
  }
  return day * DAY_MS + clock + fractionMs - offsetMs(bytes, at, end);
}

/** Days from 1970-01-01, NaN for a day that does not exist. */
function dayOf(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const before = DAYS_BEFORE[month] ?? NaN;
  const after = DAYS_BEFORE[month + 1] ?? NaN;
  const daysInMonth = after - before + (month === 2 && isLeap ? 1 : 0);
  if (!(month >= 1 && day >= 1 && day <= daysInMonth)) return NaN;
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400);
  return 365 * year + leapDays + before + (month > 2 && isLeap ? 1 : 0) + day - 1 - DAYS_TO_1970;
}

function clockMs(hour: number, minute: number): number {
  return hour <= 23 && minute <= 59 ? (hour * 60 + minute) * 60_000 : NaN;
}

function secondMs(second: number): number {
  return second <= 59 ? second * 1000 : NaN;
}

function offsetMs(bytes: Buffer, at: number, end: number): number {
  if (isLetter(bytes[at], 0x5a)) return at + 1 === end ? 0 : NaN;
  const sign = bytes[at];
  if ((sign !== PLUS && sign !== DASH) || at + 6 !== end || bytes[at + 3] !== COLON) return NaN;
  const ms = clockMs(two(bytes, at + 1), two(bytes, at + 4));
  return sign === DASH ? -ms : ms;
}

/** Two digits; NaN where they are none. */
function two(bytes: Buffer, at: number): number {
  const tens = digit(bytes[at]);
  const ones = digit(bytes[at + 1]);
  return tens < 0 || ones < 0 ? NaN : tens * 10 + ones;
}

function digit(byte: number | undefined): number {
  const value = (byte ?? 0) - ZERO;
  return value >= 0 && value <= 9 ? value : -1;
}

function isLetter(byte: number | undefined, upper: number): boolean {
  return byte === upper || byte === upper + 0x20;
}
