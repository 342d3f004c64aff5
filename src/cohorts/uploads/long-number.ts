import type { Token } from 'stream-json/core/parser.js';
import { isInexactInteger } from '../../core/ingest/exact-number.js';

const MARK = '\u0001';
const MARKED = /"\\u0001(-?[\d.]+)\\u0001"/g;

/** A number whose digits no double holds, kept as they stand: a message must show the id that was sent, not its neighbour. */
export class LongNumber {
  constructor(private readonly literal: string) {}

  toJSON(): string {
    return MARK + this.literal + MARK;
  }
}

/** The value of a token of a scalar. */
export function scalarOf(token: Extract<Token, { value: unknown }>): unknown {
  if (token.name !== 'numberValue') return token.value;
  const number = Number(token.value);
  return isInexactInteger(token.value, number) ? new LongNumber(token.value) : number;
}

/** JSON of a value, its long numbers as they stood. */
export function spelledJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(MARKED, '$1');
}
