import { isUtf8 } from 'node:buffer';
import { Failure, invalid, pointerTo } from '../core/failure.js';
import type { JsonValue } from '../core/json.js';
import { textProblem } from '../core/text.js';
import { withoutMark } from './body-text.js';

/**
 * Limits on the shape of a JSON body. `maxKeys` and `maxValues` are for bodies that are checked field by field
 * afterwards.
 */
export interface JsonLimits {
  readonly maxDepth: number;
  readonly maxKeys: number;
  /** Elements of arrays and members of objects, all levels together. */
  readonly maxValues: number;
}

/**
 * Our own bodies are flat: the deepest is a filter of nested `and`. 2,000 keys cost class-validator about 30 ms; the
 * longest list is one of 100,000 users.
 */
export const PARSED_JSON_LIMITS: JsonLimits = { maxDepth: 64, maxKeys: 2_000, maxValues: 120_000 };

/** Bodies that are handed on as bytes are checked item by item elsewhere: only the depth counts. */
export const RAW_JSON_LIMITS: JsonLimits = { maxDepth: 64, maxKeys: Infinity, maxValues: Infinity };

/** The bytes of a JSON body that are cheap to parse, without a byte order mark, and the number of its keys. */
export interface CheckedJson {
  readonly bytes: Buffer;
  readonly keys: number;
}

/**
 * The bytes of a JSON body without a byte order mark, which some programs put before it (RFC 8259 lets a reader pass
 * over it), and the number of its keys. Refuses bytes that no parser should see.
 *
 * @throws Failure malformed_body (empty), invalid_encoding, body_too_complex
 */
export function checkedJson(sent: Buffer, limits: JsonLimits): CheckedJson {
  const bytes = withoutMark(sent);
  if (bytes.length === 0) {
    throw new Failure(
      'malformed_body',
      'The body is empty. Send JSON, or leave out Content-Type where no body is needed.',
    );
  }
  if (!isUtf8(bytes)) {
    throw new Failure('invalid_encoding', 'The body is not valid UTF-8. JSON is sent as UTF-8.');
  }
  return { bytes, keys: scanJson(bytes, limits) };
}

/**
 * The value of a JSON body that has been checked to be cheap; `maxKeys`: of a route that checks lists of items by hand.
 *
 * @throws Failure those of `checkedJson`; malformed_body; invalid_field for a text that PostgreSQL's jsonb cannot hold,
 * and for a name that stands twice in an object
 */
export function parseJson(sent: Buffer, maxKeys = PARSED_JSON_LIMITS.maxKeys): JsonValue {
  const { text, value } = readJson(checkedJson(sent, { ...PARSED_JSON_LIMITS, maxKeys }));
  refuseForbiddenText(text, value);
  return value;
}

/**
 * The value of a JSON body whose texts and names are judged one by one by who reads it.
 *
 * @throws Failure malformed_body; invalid_field for a name that stands twice in an object
 */
export function parseItems(checked: CheckedJson): JsonValue {
  return readJson(checked).value;
}

function readJson({ bytes, keys }: CheckedJson): { readonly text: string; readonly value: JsonValue } {
  const text = bytes.toString('utf8');
  const value = parseText(text);
  if (membersOf(value) !== keys) throw repeatedName(text);
  return { text, value };
}

/** @throws Failure malformed_body */
export function parseText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new Failure('malformed_body', `The body is not valid JSON: ${(error as SyntaxError).message}`);
  }
}

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/**
 * Looks over the bytes of a JSON text before it is parsed, so that a body made to be expensive costs one pass that ends
 * at the first limit (4 ms for 1 MB on one core). Whether the text is JSON at all is left to the parser. Gives the
 * number of its keys.
 *
 * @throws Failure body_too_complex
 */
function scanJson(bytes: Uint8Array, limits: JsonLimits): number {
  let depth = 0;
  let keys = 0;
  let values = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = endOfString(bytes, i);
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      values++;
      if (++depth > limits.maxDepth) {
        throw tooComplex(`is nested deeper than ${limits.maxDepth} levels`);
      }
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth--;
    } else if (byte === COMMA) {
      if (++values > limits.maxValues) {
        throw tooComplex(`has more than ${limits.maxValues} values`);
      }
    } else if (byte === COLON && ++keys > limits.maxKeys) {
      throw tooComplex(`has more than ${limits.maxKeys} keys`);
    }
  }
  return keys;
}

/** Index of the closing quote, or the end of the text. */
export function endOfString(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) {
    i += bytes[i] === BACKSLASH ? 2 : 1;
  }
  return i;
}

function tooComplex(what: string): Failure {
  return new Failure('body_too_complex', `The body ${what}. Send a smaller one, or several.`);
}

/** Members of all objects of a value. */
function membersOf(value: JsonValue): number {
  if (value === null || typeof value !== 'object') return 0;
  let members = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const item of Object.values(value) as JsonValue[]) members += membersOf(item);
  return members;
}

/** An object or a list that is open at some place of a text. */
interface Open {
  readonly names: Set<string> | null;
  readonly pointer: string;
  /** The member or element that comes. */
  at: string | number;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{},:]/g;

/**
 * The failure of a valid JSON text of which one object has a name twice: a parser keeps the last of both without a
 * word, and the sender may have meant the other. Slow: to be called where a name is known to stand twice.
 */
function repeatedName(text: string): Failure {
  const open: Open[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    const here = open.at(-1);
    if (token === '{' || token === '[') {
      const pointer = here === undefined ? '' : pointerTo(here.pointer, here.at);
      open.push({ names: token === '{' ? new Set() : null, pointer, at: 0 });
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ',') {
      if (here?.names === null && typeof here.at === 'number') here.at += 1;
    } else if (token === ':') {
      const name = JSON.parse(last) as string;
      if (here === undefined || here.names === null) continue;
      if (here.names.has(name)) return twice(name, here.pointer);
      here.names.add(name);
      here.at = name;
    } else {
      last = token;
    }
  }
  return new Failure('invalid_field', 'A name stands twice in an object of the body. Give it once.');
}

function twice(name: string, parent: string): Failure {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  const detail = `${JSON.stringify(shown)} stands twice in one object. Give it once.`;
  return new Failure('invalid_field', detail, [
    { pointer: name.length > 200 ? parent : pointerTo(parent, name), detail },
  ]);
}

/** Keys that would change what an object is when it is copied to a class instance. */
const POISONOUS_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** In valid UTF-8 all of it needs an escape or these words: without them there is nothing to look for. */
const SUSPECT = /\\u|__proto__|constructor|prototype/;

/**
 * Refuses a parsed body that holds NUL, a lone surrogate or a poisonous key, by JSON Pointer. `text` is what `value`
 * was parsed from; its depth is already limited. A walk is made only where the text gives cause.
 *
 * @throws Failure invalid_field, unknown_field
 */
function refuseForbiddenText(text: string, value: JsonValue): void {
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
