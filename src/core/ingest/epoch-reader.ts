import type { TextSpan } from './text-span.js';

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
