import { Failure, invalid, pointerTo } from '../../core/failure.js';
import type { JsonValue } from '../../core/json.js';
import { textProblem } from '../../core/text.js';

/** Keys that would change what an object is when it is copied to a class instance. */
const POISONOUS_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** In valid UTF-8 all of it needs an escape or these words: without them there is nothing to look for. */
const SUSPECT = /\\u|__proto__|constructor|prototype/;

/**
 * Refuses a parsed body that holds NUL, a lone surrogate or a poisonous key, by JSON Pointer. `text` is what `value` was parsed from; its depth is
 * already limited. A walk is made only where the text gives cause.
 *
 * @throws Failure invalid_field, unknown_field
 */
export function refuseForbiddenText(text: string, value: JsonValue): void {
  if (SUSPECT.test(text)) {
    walk(value, '');
  }
}

function walk(value: JsonValue, pointer: string): void {
  if (typeof value === 'string') {
    refuseText(value, pointer, 'The text here');
  } else if (Array.isArray(value)) {
    value.forEach((item: JsonValue, index) => walk(item, `${pointer}/${index}`));
  } else if (value !== null && typeof value === 'object') {
    Object.entries(value as Record<string, JsonValue>).forEach(([key, item]) => walkMember(key, item, pointer));
  }
}

function walkMember(key: string, item: JsonValue, parent: string): void {
  if (POISONOUS_KEYS.has(key)) {
    const detail = `Unknown field "${key}".`;
    throw new Failure('unknown_field', detail, [{ pointer: pointerTo(parent, key), detail }]);
  }
  refuseText(key, parent, 'A key here');
  walk(item, pointerTo(parent, key));
}

function refuseText(text: string, pointer: string, what: string): void {
  const problem = textProblem(text);
  if (problem !== null) {
    throw invalid('invalid_field', pointer, `${what} ${problem}. Leave it out.`);
  }
}
