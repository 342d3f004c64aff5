import { TextSpan } from './text-span.js';
import type { LocalClock } from '../time/local-clock.js';
import { DAY_MS } from '../time/utc-day.js';
import type { ItemFaultKind } from './rejection.js';

/** What a number counts. */
export type EpochUnit = 's' | 'ms' | 'us';

/** The place of a millisecond's last digit, from the point. */
const DIGITS_TO_MS: Readonly<Record<EpochUnit, number>> = { s: 3, ms: 0, us: -3 };
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
/** More digits than any instant has: what is longer lies out of range. */
const MAX_TEXT = 400;
/** Digits of milliseconds that lie beyond all that is taken, and are exact still. */
const MAX_DIGITS = 15;

/** Reads numbers since 1970-01-01T00:00:00Z, digit by digit: no fraction is lost in a double. */
export class EpochReader {
  readonly #toMs: number;

  constructor(unit: EpochUnit) {
    this.#toMs = DIGITS_TO_MS[unit];
  }

  /** Milliseconds, whose finer digits go to `finer`; negative and Infinity lie out of range; NaN: it is no number. */
  read({ bytes, start, end }: TextSpan, finer: TextSpan): number {
    const match = NUMBER.exec(bytes.toString('latin1', start, Math.min(end, start + MAX_TEXT)));
    if (!match || end - start > MAX_TEXT) return NaN;
    const [, sign, whole = '', fraction = '', exponent = '0'] = match;
    const digits = whole + fraction;
    const point = whole.length + Number(exponent) + this.#toMs;
    const ms = digits.slice(0, Math.max(point, 0)).padEnd(point, '0').replace(/^0+/, '');
    const rest = point < 0 ? '0'.repeat(-point) + digits : digits.slice(point);
    finer.set(Buffer.from(rest), 0, rest.length);
    if (sign === '-' && /[1-9]/.test(digits)) return -1;
    return ms.length > MAX_DIGITS ? Infinity : Number(ms);
  }
}

/** How times are written: RFC 3339, or as a number since 1970. */
export const TIME_FORMATS = ['rfc3339', 'epoch_s', 'epoch_ms', 'epoch_us'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

export interface InstantForm {
  readonly format: TimeFormat;
  /** Of times without an offset; null: they are refused. */
  readonly clock: LocalClock | null;
  /** Of dates without a time, which stand for their first instant; null: they are refused. */
  readonly dateClock: LocalClock | null;
}

const ZERO = 0x30;
const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const POINT = 0x2e;
const SPACE = 0x20;
/** Days before each month of a common year; index 13 ends December. */
const DAYS_BEFORE = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
const DAYS_TO_1970 = 719_527;
const DATE_LENGTH = 'yyyy-mm-dd'.length;
const MINUTE_LENGTH = 'yyyy-mm-ddThh:mm'.length;

/**
 * Reads times on their bytes, three times as fast as by way of a regular expression: RFC 3339, also with a space for
 * the T, the offsets `+0530` and `+05`, and minutes without seconds; by its form also numbers, times without an offset
 * and dates. What it read stands in its fields until the next one.
 */
export class InstantReader {
  /** UTC milliseconds, finer digits cut off; NaN: the text is no time. */
  ms = NaN;
  /** What the time lacks where it is none; null: it is of another form altogether. */
  lack: ItemFaultKind | null = null;
  /**
   * The digits below the millisecond, zeros at the end cut off: with `ms` the exact instant, however it was written.
   */
  readonly finer = new TextSpan();
  readonly #epoch: EpochReader | null;

  constructor(private readonly form: InstantForm) {
    this.#epoch = form.format === 'rfc3339' ? null : new EpochReader(form.format.slice(6) as EpochUnit);
  }

  /** Whether JSON numbers are times. */
  get takesNumbers(): boolean {
    return this.#epoch !== null;
  }

  read(text: TextSpan): void {
    this.lack = null;
    this.finer.set(text.bytes, text.end, text.end);
    if (this.#epoch === null) this.ms = this.#rfc3339(text);
    else {
      this.ms = this.#epoch.read(text, this.finer);
      if (Number.isNaN(this.ms)) this.lack = 'epoch';
    }
    cutZeros(this.finer);
  }

  #rfc3339(text: TextSpan): number {
    const { bytes, start, end } = text;
    const isDated = end - start >= DATE_LENGTH && bytes[start + 4] === DASH && bytes[start + 7] === DASH;
    if (!isDated) return this.#refuse(isNumber(text) ? 'time_format' : null);
    const day = dayOf(100 * two(bytes, start) + two(bytes, start + 2), two(bytes, start + 5), two(bytes, start + 8));
    if (end - start === DATE_LENGTH) return this.#date(text, day);
    const between = bytes[start + DATE_LENGTH];
    const isTimed = end - start >= MINUTE_LENGTH && (isLetter(between, 0x54) || between === SPACE);
    if (!isTimed || bytes[start + 13] !== COLON) return this.#refuse(null);
    let at = start + MINUTE_LENGTH;
    let secondMs = 0;
    if (at < end && bytes[at] === COLON) {
      secondMs = second(two(bytes, at + 1));
      at += 3;
    }
    let fractionMs = 0;
    if (at < end && bytes[at] === POINT && at > start + MINUTE_LENGTH) {
      const first = ++at;
      for (let unit = 100; at < end && digit(bytes[at]) >= 0; at++, unit /= 10) {
        if (unit >= 1) fractionMs += digit(bytes[at]) * unit;
      }
      if (at === first) return this.#refuse(null);
      if (at > first + 3) this.finer.set(bytes, first + 3, at);
    }
    if (at > end) return this.#refuse(null);
    const clockMs = clock(two(bytes, start + 11), two(bytes, start + 14)) + secondMs + fractionMs;
    return this.#atOffset(text, at, day, day * DAY_MS + clockMs);
  }

  /**
   * `localMs`: NaN where the day or the time of day does not exist, which is told only of a text that ends as a time
   * does.
   */
  #atOffset({ bytes, start, end }: TextSpan, at: number, day: number, localMs: number): number {
    const offset = at === end ? 0 : offsetMs(bytes, at, end);
    if (Number.isNaN(offset)) return this.#refuse(isZoneName(bytes, at, end) ? 'zone_name' : null);
    if (Number.isNaN(localMs))
      return this.#refuse(hasDigits(bytes, start, at) ? (Number.isNaN(day) ? 'day' : 'clock') : null);
    if (at < end) return localMs - offset;
    return this.form.clock === null ? this.#refuse('offset') : this.#local(this.form.clock.instantMs(localMs));
  }

  #local(ms: number): number {
    return Number.isNaN(ms) ? this.#refuse('skipped') : ms;
  }

  #date({ bytes, start, end }: TextSpan, day: number): number {
    if (Number.isNaN(day)) return this.#refuse(hasDigits(bytes, start, end) ? 'day' : null);
    return this.form.dateClock === null ? this.#refuse('time_of_day') : this.form.dateClock.startOfDayMs(day * DAY_MS);
  }

  #refuse(lack: ItemFaultKind | null): number {
    this.lack = lack;
    return NaN;
  }
}

function cutZeros(digits: TextSpan): void {
  while (digits.end > digits.start && digits.bytes[digits.end - 1] === ZERO) digits.end--;
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

function clock(hour: number, minute: number): number {
  return hour <= 23 && minute <= 59 ? (hour * 60 + minute) * 60_000 : NaN;
}

function second(value: number): number {
  return value <= 59 ? value * 1000 : NaN;
}

/** Of `Z`, `+05:30`, `+0530` or `+05`; NaN where it is none. */
function offsetMs(bytes: Buffer, at: number, end: number): number {
  const sign = bytes[at];
  const length = end - at;
  if (isLetter(sign, 0x5a)) return length === 1 ? 0 : NaN;
  if (sign !== PLUS && sign !== DASH) return NaN;
  let ms = NaN;
  if (length === 6 && bytes[at + 3] === COLON) ms = clock(two(bytes, at + 1), two(bytes, at + 4));
  else if (length === 5) ms = clock(two(bytes, at + 1), two(bytes, at + 3));
  else if (length === 3) ms = clock(two(bytes, at + 1), 0);
  return sign === DASH ? -ms : ms;
}

/** ` UTC`, ` Europe/Berlin`, `[UTC]` and the like. */
function isZoneName(bytes: Buffer, at: number, end: number): boolean {
  return /^ ?\[?[A-Za-z][A-Za-z_/]+\]?$/.test(bytes.toString('latin1', at, Math.min(end, at + 64)));
}

function isNumber({ bytes, start, end }: TextSpan): boolean {
  return end > start && /^-?\d+(\.\d+)?$/.test(bytes.toString('latin1', start, Math.min(end, start + 64)));
}

/** Whether all that has to be a digit up to here is one. */
function hasDigits(bytes: Buffer, start: number, end: number): boolean {
  return /^\d{4}-\d\d-\d\d(.\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.test(
    bytes.toString('latin1', start, Math.min(end, start + 64)),
  );
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
