import { invalid } from '../failure.js';
import { quoted } from '../json-shape.js';
import { textProblem } from '../text.js';

const MAX_BYTES = 256;

/** Whether a value is what `parseUserId` takes. */
export function isUserId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_BYTES) return false;
  // A character of one unit has at most three bytes.
  if (value.length * 3 > MAX_BYTES && Buffer.byteLength(value) > MAX_BYTES) return false;
  return textProblem(value) === null;
}

/**
 * A user id: 1 to 256 bytes of UTF-8, compared byte by byte, never trimmed or normalised. No NUL (422 `invalid_field`).
 */
export function parseUserId(value: unknown, pointer: string): string {
  const right = `A user id is a text of 1 to ${MAX_BYTES} bytes of UTF-8`;
  if (typeof value !== 'string') throw invalid('invalid_field', pointer, `${right}, not ${quoted(value)}.`);
  if (value === '' || value.length > MAX_BYTES || Buffer.byteLength(value) > MAX_BYTES) {
    throw invalid('invalid_field', pointer, `${right}; ${quoted(value)} has ${Buffer.byteLength(value)}.`);
  }
  const problem = textProblem(value);
  if (problem) throw invalid('invalid_field', pointer, `${right}; this one ${problem}.`);
  return value;
}
