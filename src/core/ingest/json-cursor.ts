import type { RejectionCode } from './rejection.js';
import { TextSpan } from './text-span.js';

/**
 * An integer as its digits, with a fraction of zeros or none. What is written with an exponent is a double's own
 * spelling.
 */
const INTEGER = /^[+-]?(\d+)(?:\.0*)?$/;

/**
 * Whether a number, read from `literal` to the nearest double, is an integer beyond 2^53 that the double is not equal
 * to: its last digits would be others (docs/semantics.md#events-and-users). Costs nothing below 2^53.
 */
export function isInexactInteger(literal: string, number: number): boolean {
  if (Number.isSafeInteger(number) || !Number.isFinite(number)) return false;
  const digits = INTEGER.exec(literal)?.[1]?.replace(/^0+/, '');
  return digits !== undefined && BigInt(digits) !== BigInt(Math.abs(number));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const WORDS = new Map(
  ['true', 'false', 'null'].map((word): [number, Buffer] => [word.charCodeAt(0), Buffer.from(word)]),
);
/** Where texts go that nobody wants to read. */
const SKIPPED = new TextSpan();

/** So many digits are exact in a double's 53 bits. */
const EXACT_DIGITS = 15;
/**
 * Powers of ten that a double holds exactly: with an exact mantissa one division rounds once, so to the nearest double.
 */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, power) => 10 ** power);
const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads JSON tokens from the bytes [at, end) of a buffer, which are valid UTF-8. What it reads is exactly what RFC 8259
 * and `JSON.parse` take; nothing is allocated but for texts with escapes and numbers with an exponent or more than 15
 * digits.
 */
export class JsonCursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  end = 0;
  /** The number read last. Infinite where its literal is beyond the range of doubles. */
  number = 0;
  /** Whether the number read last is an integer, written as such, that no double is equal to. */
  isInexact = false;

  set(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** The byte after white space, which it goes to; -1 at the end. */
  peek(): number {
    while (this.at < this.end) {
      const byte = this.bytes[this.at] ?? -1;
      if (byte > SPACE || (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return byte;
      this.at++;
    }
    return -1;
  }

  /** The same, and goes past it. */
  next(): number {
    const byte = this.peek();
    this.at++;
    return byte;
  }

  /**
   * Reads the text that starts here. NUL and lone surrogates, which only escapes can write, are told apart from bad
   * JSON.
   */
  readText(into: TextSpan): RejectionCode | null {
    const { bytes, end } = this;
    let at = this.at;
    if (bytes[at] !== QUOTE) return 'malformed_json';
    const start = ++at;
    let isEscaped = false;
    while (at < end && bytes[at] !== QUOTE) {
      const byte = bytes[at] ?? 0;
      if (byte < SPACE) return 'malformed_json';
      if (byte === BACKSLASH) {
        const length = escapeLength(bytes, at);
        if (length === 0) return 'malformed_json';
        isEscaped = true;
        at += length;
      } else at++;
    }
    if (at >= end) return 'malformed_json';
    this.at = at + 1;
    if (isEscaped) return this.#unescape(start, at, into);
    into.set(bytes, start, at);
    return null;
  }

  /** Reads the number that starts here to the double nearest to it, -0 as 0; false where there is none. */
  readNumber(): boolean {
    const { bytes } = this;
    const start = this.at;
    let at = start;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    let mantissa = 0;
    let decimals = 0;
    const first = at;
    while (isDigit(bytes[at])) mantissa = mantissa * 10 + (bytes[at++] ?? 0) - ZERO;
    const digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return false;
    if (bytes[at] === POINT) {
      const point = at++;
      while (isDigit(bytes[at])) mantissa = mantissa * 10 + (bytes[at++] ?? 0) - ZERO;
      decimals = at - point - 1;
      if (decimals === 0) return false;
    }
    const exponentAt = at;
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at++;
      if (bytes[at] === PLUS || bytes[at] === MINUS) at++;
      const exponent = at;
      while (isDigit(bytes[at])) at++;
      if (at === exponent) return false;
    }
    if (at > this.end) return false;
    this.at = at;
    this.isInexact = false;
    if (at > exponentAt || digits + decimals > EXACT_DIGITS) {
      const literal = bytes.toString('latin1', start, at);
      this.number = Number(literal) + 0;
      this.isInexact = isInexactInteger(literal, this.number);
      return true;
    }
    const magnitude = decimals === 0 ? mantissa : mantissa / (POWERS_OF_TEN[decimals] ?? 1);
    this.number = isNegative ? 0 - magnitude : magnitude;
    return true;
  }

  /** Goes past a word such as `null`; false where it does not stand here. */
  readWord(word: Uint8Array): boolean {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at + i] !== word[i]) return false;
    }
    this.at += word.length;
    return this.at <= this.end;
  }

  /**
   * Goes past the value that starts here, whatever it is; false where it is no JSON. Texts that only escapes can spoil
   * are let pass.
   */
  skipValue(): boolean {
    /** Of each list or object that is open, the byte that closes it. */
    const open: number[] = [];
    for (;;) {
      const isOpened = this.#skipStart(open);
      if (isOpened === null) return false;
      if (isOpened) continue;
      for (;;) {
        const closing = open.at(-1);
        if (closing === undefined) return true;
        const byte = this.next();
        if (byte === COMMA) {
          if (closing === CLOSE_OBJECT && !this.#skipName()) return false;
          break;
        }
        if (byte !== closing) return false;
        open.pop();
      }
    }
  }

  /**
   * Goes past a scalar or an empty list or object (false), or into one that is not empty (true); null: neither stands
   * here.
   */
  #skipStart(open: number[]): boolean | null {
    const byte = this.peek();
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      const closing = byte === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT;
      this.at++;
      if (this.peek() === closing) {
        this.at++;
        return false;
      }
      open.push(closing);
      return byte === OPEN_OBJECT && !this.#skipName() ? null : true;
    }
    return this.#skipScalar(byte) ? false : null;
  }

  #skipScalar(byte: number): boolean {
    if (byte === QUOTE) return this.readText(SKIPPED) !== 'malformed_json';
    const word = WORDS.get(byte);
    return word ? this.readWord(word) : this.readNumber();
  }

  #skipName(): boolean {
    return this.peek() === QUOTE && this.readText(SKIPPED) !== 'malformed_json' && this.next() === COLON;
  }

  #unescape(start: number, end: number, into: TextSpan): RejectionCode | null {
    const text = JSON.parse(this.bytes.toString('utf8', start - 1, end + 1)) as string;
    if (text.includes('\0')) return 'nul_character';
    if (LONE_SURROGATE.test(text)) return 'lone_surrogate';
    const bytes = Buffer.from(text);
    into.set(bytes, 0, bytes.length);
    return null;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/**
 * Bytes of the escape that starts here; 0: it is none. To find out by a parser's exception would take a hundred times
 * as long.
 */
function escapeLength(bytes: Buffer, at: number): number {
  const letter = bytes[at + 1] ?? 0;
  if (letter !== 0x75) return ESCAPES.has(letter) ? 2 : 0;
  for (let digit = at + 2; digit < at + 6; digit++) if (!isHex(bytes[digit] ?? 0)) return 0;
  return 6;
}

function isHex(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= ZERO && byte <= NINE) || (lower >= 0x61 && lower <= 0x66);
}
