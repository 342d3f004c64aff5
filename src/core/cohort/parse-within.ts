import { Failure, invalid, pointerTo, type FieldError } from '../failure.js';
import { isGiven, isObject, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { Problems } from '../problems.js';
import { parseBirth } from '../request/parse-window.js';
import { formatDuration, parseDuration } from '../time/duration.js';
import { formatInstant, parseInstant } from '../time/instant.js';
import type { RuleInterval, SinceBirth, Within } from './definition.js';

const RIGHT =
  'Give {"from": "1997-01-01", "to": "1997-02-01"}, either end open, {"last": "P30D"} or {"since_birth": {"offset": "PT0S", "length": "P30D"}}';

/**
 * When events count; not given, or open at both ends: at any time (null). 422: `invalid_window`, `invalid_time`,
 * `unknown_field`.
 */
export function parseWithin(value: unknown, timeZone: string, pointer: string): Within | null {
  if (!isGiven(value)) return null;
  if (!isObject(value)) throw invalid('invalid_window', pointer, `${RIGHT}, not ${quoted(value)}.`);
  // Null here would be a window that somebody meant to set: it is refused like any other value that is none.
  if (Object.hasOwn(value, 'last')) return parseLast(value, pointer);
  if (Object.hasOwn(value, 'since_birth')) return parseSinceBirth(value, pointer);
  const interval = parseInterval(value, timeZone, pointer, []);
  return interval.from === null && interval.to === null ? null : interval;
}

/** `{from, to}` beside other fields that are known there. Dates are days of `timeZone`. */
export function parseInterval(
  value: JsonObject,
  timeZone: string,
  pointer: string,
  otherFields: readonly string[],
): RuleInterval {
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(value, ['from', 'to', ...otherFields], pointer, 'An interval'));
  const fromMs = problems.take(() => parseEnd(value['from'], timeZone, pointerTo(pointer, 'from')));
  const toMs = problems.take(() => parseEnd(value['to'], timeZone, pointerTo(pointer, 'to')));
  if (problems.any || fromMs === undefined || toMs === undefined) throw problems.failure();
  if (fromMs !== null && toMs !== null && fromMs >= toMs) throw upsideDown(fromMs, toMs, pointer);
  return { from: fromMs === null ? null : formatInstant(fromMs), to: toMs === null ? null : formatInstant(toMs) };
}

function parseEnd(value: unknown, timeZone: string, pointer: string): number | null {
  return isGiven(value) ? parseInstant(value, timeZone, pointer) : null;
}

function upsideDown(fromMs: number, toMs: number, pointer: string): Failure {
  const detail = `An interval must begin before it ends: \`from\` is ${formatInstant(fromMs)}, \`to\` is ${formatInstant(toMs)}.`;
  const errors: FieldError[] = ['from', 'to'].map((name) => ({ pointer: pointerTo(pointer, name), detail }));
  return new Failure('invalid_window', detail, errors);
}

function parseLast(value: JsonObject, pointer: string): Within {
  refuseUnknownKeys(value, ['last'], pointer, 'A window with `last`');
  return { last: formatDuration(parseLength(value['last'], pointerTo(pointer, 'last'))) };
}

function parseSinceBirth(value: JsonObject, pointer: string): Within {
  refuseUnknownKeys(value, ['since_birth'], pointer, 'A window since birth');
  const at = pointerTo(pointer, 'since_birth');
  const since = value['since_birth'];
  if (!isObject(since)) throw invalid('invalid_window', at, `${RIGHT}; \`since_birth\` is not ${quoted(since)}.`);
  return { since_birth: parseBirthWindow(since, at) };
}

function parseBirthWindow(value: JsonObject, pointer: string): SinceBirth {
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(value, ['offset', 'length', 'birth'], pointer, '`since_birth`'));
  const offset = problems.take(() => parseDuration(value['offset'] ?? 'PT0S', pointerTo(pointer, 'offset')));
  const length = problems.take(() => parseLength(value['length'], pointerTo(pointer, 'length')));
  const birth = problems.take(() => parseBirth(value['birth'], pointerTo(pointer, 'birth')));
  if (problems.any || offset === undefined || length === undefined || !birth) throw problems.failure();
  return { offset: formatDuration(offset), length: formatDuration(length), birth };
}

function parseLength(value: unknown, pointer: string): number {
  const ms = parseDuration(value, pointer);
  if (ms === 0) throw invalid('invalid_window', pointer, 'A window must be longer than PT0S.');
  return ms;
}
