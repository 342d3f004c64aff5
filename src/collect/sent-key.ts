import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  endOfString,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  type CheckedJson,
} from '../bodies/json-body.js';
import { Failure } from '../core/failure.js';

const NAME = Buffer.from('"key"');
const SPACE = 0x20;

/**
 * The key of a body, found in its bytes without parsing them, so that a body without one costs a look at each byte alone;
 * empty: it has none. Neither its name nor a public key needs an escape.
 *
 * @throws Failure malformed_body where there is none and the text ends too early
 */
export function sentKey({ bytes }: CheckedJson): string {
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      const end = endOfString(bytes, i);
      if (depth === 1 && bytes.subarray(i, end + 1).equals(NAME)) {
        const found = valueAfter(bytes, end + 1);
        if (found !== null) return found;
      }
      i = end;
      if (end >= bytes.length) depth = Infinity;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
  }
  if (depth > 0) throw new Failure('malformed_body', 'The body is not valid JSON: it ends too early.');
  return '';
}

/** The text after a colon; null: there is no colon; empty: there is something else than a text. */
function valueAfter(bytes: Buffer, from: number): string | null {
  const colon = afterBlanks(bytes, from);
  if (bytes[colon] !== COLON) return null;
  const start = afterBlanks(bytes, colon + 1);
  return bytes[start] === QUOTE ? bytes.toString('latin1', start + 1, endOfString(bytes, start)) : '';
}

function afterBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while ((bytes[at] ?? Infinity) <= SPACE) at++;
  return at;
}
