import { isUtf8 } from 'node:buffer';
import { Failure } from '../../core/failure.js';
import type { JsonValue } from '../../core/json.js';
import { refuseForbiddenText } from './forbidden-text.js';
import { membersOf, repeatedName } from './repeated-names.js';
import { scanJson, type JsonLimits } from './scan-json.js';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Our own bodies are flat: the deepest is a filter of nested `and`. 2,000 keys cost class-validator about 30 ms; the longest list is one of 100,000 users. */
export const PARSED_JSON_LIMITS: JsonLimits = { maxDepth: 64, maxKeys: 2_000, maxValues: 120_000 };

/** Bodies that are handed on as bytes are checked item by item elsewhere: only the depth counts. */
export const RAW_JSON_LIMITS: JsonLimits = { maxDepth: 64, maxKeys: Infinity, maxValues: Infinity };

/**
 * The bytes of a JSON body without a byte order mark, which some programs put before it (RFC 8259 lets a reader pass over it), and the number of its keys. Refuses bytes
 * that no parser should see.
 *
 * @throws Failure malformed_body (empty), invalid_encoding, body_too_complex
 */
export function checkedJson(sent: Buffer, limits: JsonLimits): { readonly bytes: Buffer; readonly keys: number } {
  const bytes = sent.subarray(0, 3).equals(BYTE_ORDER_MARK) ? sent.subarray(3) : sent;
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
 * The value of a JSON body that has been checked to be cheap.
 *
 * @throws Failure those of `checkedJson`; malformed_body; invalid_field for a text that PostgreSQL's jsonb cannot hold, and for a name that stands
 * twice in an object
 */
export function parseJson(sent: Buffer): JsonValue {
  const { bytes, keys } = checkedJson(sent, PARSED_JSON_LIMITS);
  const text = bytes.toString('utf8');
  const value = parse(text);
  if (membersOf(value) !== keys) throw repeatedName(text);
  refuseForbiddenText(text, value);
  return value;
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new Failure('malformed_body', `The body is not valid JSON: ${(error as SyntaxError).message}`);
  }
}
