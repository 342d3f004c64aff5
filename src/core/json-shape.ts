import { Failure, invalid, pointerTo, type FieldError } from './failure.js';

const QUOTED_LENGTH = 60;
const REPORTED_KEYS = 20;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A value that is a JSON object; `what` names it in the message, capitalised. With `known` no field but these is taken.
 * @throws Failure invalid_field, unknown_field
 */
export function parseObject(value: unknown, what = 'The body', known?: readonly string[]): JsonObject {
  if (!isObject(value)) throw invalid('invalid_field', '', `${what} is a JSON object, not ${quoted(value)}.`);
  if (known !== undefined) refuseUnknownKeys(value, known, '', what);
  return value;
}

/** `null` and an absent field both mean "not given": a canonical request, which spells every field, plans to itself. */
export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** A value as it may stand in a message: JSON, cut short. */
export function quoted(value: unknown): string {
  const text =
    typeof value === 'string' ? JSON.stringify(value.slice(0, QUOTED_LENGTH + 1)) : JSON.stringify(shallow(value));
  return text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text;
}

/** Names in a message: `a`, `b`. */
export function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** Refuses fields that are not known (422 `unknown_field`), each with its pointer and the list of known ones. */
export function refuseUnknownKeys(value: object, known: readonly string[], pointer: string, where: string): void {
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  const errors: FieldError[] = unknown.slice(0, REPORTED_KEYS).map((key) => ({
    pointer: keyPointer(pointer, key),
    detail: `${where} has no field ${quoted(key)}; it has ${listed(known) || 'none'}.`,
  }));
  throw new Failure('unknown_field', errors[0]?.detail, errors);
}

/** A key as long as the body would make the answer as long: then its parent is named. */
function keyPointer(pointer: string, key: string): string {
  return key.length > 200 ? pointer : pointerTo(pointer, key);
}

/** Nested values are not spelled out: they may be 2,000 levels deep. */
function shallow(value: unknown): unknown {
  // Its last digits are no longer those that were sent.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return 'a number beyond 2^53';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  return value ?? null;
}
