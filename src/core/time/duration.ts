import { invalid, type Failure } from '../failure.js';
import { quoted } from '../json-shape.js';
import { DAY_MS } from './utc-day.js';

/** About 301 years: a window from the first to the last date that is accepted fits. */
const MAX_DAYS = 110_000;

const UNIT_MS = { W: 7 * DAY_MS, D: DAY_MS, H: 3_600_000, M: 60_000, S: 1_000 } as const;
const AMOUNT = String.raw`\d{1,15}(?:[.,]\d{1,9})?`;
const ELAPSED = new RegExp(
  `^P(?=.)(?:(${AMOUNT})W)?(?:(${AMOUNT})D)?(?:T(?=.)(?:(${AMOUNT})H)?(?:(${AMOUNT})M)?(?:(${AMOUNT})S)?)?$`,
);
/** A fraction stands only in the last part (ISO 8601). */
const FRACTION_INSIDE = /[.,]\d+[WDHM]./;
const CALENDAR = /^P[^T]*[YM]/;

/**
 * Milliseconds of an ISO 8601 duration of elapsed time: weeks, days of 24 hours, hours, minutes, seconds; the last part
 * may have a fraction. Years and months have no fixed length and are refused, as are signs, parts below a millisecond
 * and more than 110,000 days (422 `invalid_time`). `monthsAdvice` says to whom writes months where they may be had.
 */
export function parseDuration(value: unknown, pointer: string, monthsAdvice = ''): number {
  if (typeof value !== 'string') throw malformed(value, pointer);
  if (CALENDAR.test(value)) throw calendar(value, pointer, monthsAdvice);
  const parts = ELAPSED.exec(value);
  if (!parts || FRACTION_INSIDE.test(value)) throw malformed(value, pointer);
  const units = Object.values(UNIT_MS);
  const ms = parts.slice(1).reduce((sum, amount, i) => sum + amountMs(amount, units[i] ?? 0), 0);
  if (Number.isNaN(ms)) throw notWhole(value, pointer);
  if (ms > MAX_DAYS * DAY_MS) throw invalid('invalid_time', pointer, `${quoted(value)} is longer than P${MAX_DAYS}D.`);
  return ms;
}

/** Where a window since birth is requested. */
export const CALENDAR_AGE_ADVICE =
  'Or count months of the calendar: "age": "calendar" in a window of the kind since_birth.';

/** The canonical form: elapsed time balanced to days: `P30D`, `P1DT2H`, `PT0S`, `PT0.5S`. */
export function formatDuration(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / UNIT_MS.H);
  const minutes = Math.floor((ms % UNIT_MS.H) / UNIT_MS.M);
  const seconds = (ms % UNIT_MS.M) / UNIT_MS.S;
  const time = part(hours, 'H') + part(minutes, 'M') + part(seconds, 'S');
  if (ms === 0) return 'PT0S';
  return `P${part(days, 'D')}${time && `T${time}`}`;
}

/** A canonical duration as a short word: `30d`, `12h`, `1d12h`. */
export function shortDuration(canonical: string): string {
  return canonical.replaceAll(/[PT]/g, '').toLowerCase();
}

function part(amount: number, unit: string): string {
  return amount === 0 ? '' : `${amount}${unit}`;
}

/** Counted in whole billionths of a millisecond, so that an amount is either exact or seen not to be whole. */
function amountMs(amount: string | undefined, unitMs: number): number {
  if (!amount) return 0;
  const [whole = '', fraction = ''] = amount.split(/[.,]/);
  const billionths = BigInt(whole + fraction.padEnd(9, '0')) * BigInt(unitMs);
  return billionths % 1_000_000_000n === 0n ? Number(billionths / 1_000_000_000n) : NaN;
}

function notWhole(text: string, pointer: string): Failure {
  return invalid('invalid_time', pointer, `${quoted(text)} is no whole number of milliseconds.`);
}

function calendar(text: string, pointer: string, monthsAdvice: string): Failure {
  return invalid(
    'invalid_time',
    pointer,
    `${quoted(text)} has years or months, which have no fixed length; give weeks, days, hours, minutes or seconds, such as "P30D".${monthsAdvice && ` ${monthsAdvice}`}`,
  );
}

function malformed(value: unknown, pointer: string): Failure {
  return invalid(
    'invalid_time',
    pointer,
    `Give an ISO 8601 duration of weeks, days, hours, minutes or seconds, such as "P30D" or "PT12H", not ${quoted(value)}.`,
  );
}
