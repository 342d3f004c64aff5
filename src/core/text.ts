import { invalid } from './failure.js';
import type { ErrorCode } from './error-codes.js';
import { quoted } from './json-shape.js';

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Text that can be stored and hashed: a lone surrogate has no UTF-8, and PostgreSQL's jsonb refuses NUL.
 * Returns what is wrong, or null.
 */
export function textProblem(value: string): string | null {
  if (LONE_SURROGATE.test(value)) return 'holds a lone surrogate, which has no UTF-8 form';
  if (value.includes('\0')) return 'holds a NUL character';
  return null;
}

/** A text of `min` to `max` Unicode code points. `what` names it in the message, capitalised. */
export function parseText(
  value: unknown,
  limits: { readonly min: number; readonly max: number },
  pointer: string,
  what: string,
  code: ErrorCode = 'invalid_field',
): string {
  const right = `${what} is a text of ${limits.min} to ${limits.max} characters`;
  if (typeof value !== 'string') throw invalid(code, pointer, `${right}, not ${quoted(value)}.`);
  if (!hasLength(value, limits.min, limits.max)) throw invalid(code, pointer, `${right}; ${quoted(value)} is not.`);
  const problem = textProblem(value);
  if (problem) throw invalid(code, pointer, `${right}; this one ${problem}.`);
  return value;
}

/** Counted in code points; a text that cannot fit is not walked. */
function hasLength(value: string, min: number, max: number): boolean {
  if (value.length > 2 * max) return false;
  const length = Array.from(value).length;
  return length >= min && length <= max;
}
