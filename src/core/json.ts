import { invalid, pointerTo } from './failure.js';
import { isObject } from './json-shape.js';
import { textProblem } from './text.js';

/** A JSON value as parsed. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * A copy of a value as JSON. json-canonicalize takes an object that stands in two places for a circle when one path
 * begins with the other, so it needs one. Refuses what has no single JSON form: lone surrogates, integers beyond 2^53,
 * numbers that are not finite (422 `invalid_field`).
 */
export function plainJson(value: unknown, pointer: string): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return plainText(value, pointer);
  if (typeof value === 'number') return plainNumber(value, pointer);
  if (Array.isArray(value)) return value.map((item, i) => plainJson(item, pointerTo(pointer, i)));
  if (!isObject(value)) throw invalid('invalid_field', pointer, `A ${typeof value} is no JSON value.`);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [plainText(key, pointer), plainJson(item, pointerTo(pointer, key))]),
  );
}

function plainText(text: string, pointer: string): string {
  const problem = textProblem(text);
  if (problem) throw invalid('invalid_field', pointer, `The text ${problem}.`);
  return text;
}

function plainNumber(value: number, pointer: string): number {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value;
  throw invalid('invalid_field', pointer, 'Give a finite number; integers from -(2^53 - 1) to 2^53 - 1.');
}
