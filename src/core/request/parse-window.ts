import { parseSelector } from '../event/parse-filter.js';
import { Failure, invalid, pointerTo, type FieldError } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseTogether, Problems } from '../problems.js';
import { parseCalendarDuration, type WrittenDuration } from '../time/calendar-duration.js';
import { CALENDAR_AGE_ADVICE, parseDuration } from '../time/duration.js';
import { formatInstant, parseInstant } from '../time/instant.js';
import type { CanonicalBirth } from './canonical-request.js';
import type { OpenInterval } from './run-plan.js';

/**
 * A window as given: its length is null where the metric's `t` may give it, and PT0S where the metric may take that.
 */
export type ParsedWindow =
  | {
      readonly kind: 'since_birth';
      readonly age: 'elapsed';
      readonly lengthMs: number | null;
      readonly offsetMs: number;
      readonly births: OpenInterval | null;
    }
  | {
      readonly kind: 'since_birth';
      readonly age: 'calendar';
      readonly length: WrittenDuration | null;
      readonly offset: WrittenDuration;
      readonly births: OpenInterval | null;
    }
  | { readonly kind: 'fixed'; readonly fromMs: number; readonly toMs: number; readonly births: OpenInterval | null };

/** Elapsed time from birth, or calendar units from the start of the period of birth. */
export const AGES = ['elapsed', 'calendar'] as const;
type Age = (typeof AGES)[number];
type Lengths<A extends Age> = Omit<Extract<ParsedWindow, { age: A }>, 'kind' | 'births'>;

const RIGHT_WINDOW =
  'Give a window: {"kind": "since_birth", "length": "P30D"} or {"kind": "fixed", "from": "1997-01-01", "to": "1997-02-01"}';

/** 422: `invalid_window`, `invalid_time`, `unknown_field`. Dates are days of `timeZone`. Not given: null. */
export function parseWindow(value: unknown, timeZone: string, pointer: string): ParsedWindow | null {
  if (!isGiven(value)) return null;
  if (!isObject(value)) throw invalid('invalid_window', pointer, `${RIGHT_WINDOW}, not ${quoted(value)}.`);
  if (value['kind'] === 'since_birth') return parseSinceBirth(value, timeZone, pointer);
  if (value['kind'] === 'fixed') return parseFixed(value, timeZone, pointer);
  throw invalid('invalid_window', pointerTo(pointer, 'kind'), `${RIGHT_WINDOW}.`);
}

export function windowMissing(pointer: string): Failure {
  return invalid('invalid_window', pointer, `${RIGHT_WINDOW}.`);
}

function parseSinceBirth(value: JsonObject, timeZone: string, pointer: string): ParsedWindow {
  const problems = new Problems();
  const known = ['kind', 'age', 'length', 'offset', 'births'];
  problems.take(() => refuseUnknownKeys(value, known, pointer, 'A window since birth'));
  const age = problems.attempt(() => parseAge(value['age'], pointerTo(pointer, 'age')));
  const lengths = problems.attemptWith({ age }, (of) => (of.age === 'calendar' ? calendar : elapsed)(value, pointer));
  const births = problems.attempt(() => parseBirths(value['births'], timeZone, pointerTo(pointer, 'births')));
  const parts = problems.all({ lengths, births });
  return { kind: 'since_birth', ...parts.lengths, births: parts.births };
}

function parseAge(value: unknown, pointer: string): Age {
  const age = isGiven(value) ? AGES.find((known) => known === value) : 'elapsed';
  if (age) return age;
  throw invalid('invalid_window', pointer, `\`age\` is one of ${listed(AGES)}, not ${quoted(value)}.`);
}

function elapsed(value: JsonObject, pointer: string): Lengths<'elapsed'> {
  const lengths = parseTogether({
    lengthMs: () => parseLength(value['length'], pointerTo(pointer, 'length')),
    offsetMs: () => parseOffset(value['offset'], pointerTo(pointer, 'offset')),
  });
  return { age: 'elapsed', ...lengths };
}

function calendar(value: JsonObject, pointer: string): Lengths<'calendar'> {
  const lengths = parseTogether({
    length: () => parseCalendarLength(value['length'], pointerTo(pointer, 'length')),
    offset: () => parseCalendarDuration(value['offset'] ?? 'PT0S', pointerTo(pointer, 'offset')),
  });
  return { age: 'calendar', ...lengths };
}

function parseCalendarLength(value: unknown, pointer: string): WrittenDuration | null {
  return isGiven(value) ? parseCalendarDuration(value, pointer) : null;
}

export function tooShort(pointer: string): Failure {
  return invalid('invalid_window', pointer, "A window's `length` must be longer than PT0S.");
}

function parseFixed(value: JsonObject, timeZone: string, pointer: string): ParsedWindow {
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(value, ['kind', 'from', 'to', 'births'], pointer, 'A fixed window'));
  const fromMs = problems.attempt(() => parseEnd(value, 'from', timeZone, pointer));
  const toMs = problems.attempt(() => parseEnd(value, 'to', timeZone, pointer));
  const births = problems.attempt(() => parseBirths(value['births'], timeZone, pointerTo(pointer, 'births')));
  problems.attemptWith({ fromMs, toMs }, (ends) => refuseUpsideDown(ends, pointer, 'A window'));
  return { kind: 'fixed', ...problems.all({ fromMs, toMs, births }) };
}

/** Both ends open, which is the default, is no restriction: null. */
function parseBirths(value: unknown, timeZone: string, pointer: string): OpenInterval | null {
  if (!isGiven(value)) return null;
  if (!isObject(value)) {
    const detail = `Give the births that count as {"from": "1997-01-01", "to": "1997-02-01"}, either end open, not ${quoted(value)}.`;
    throw invalid('invalid_window', pointer, detail);
  }
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(value, ['from', 'to'], pointer, '`births`'));
  const fromMs = problems.attempt(() => parseOpenEnd(value['from'], timeZone, pointerTo(pointer, 'from')));
  const toMs = problems.attempt(() => parseOpenEnd(value['to'], timeZone, pointerTo(pointer, 'to')));
  problems.attemptWith({ fromMs, toMs }, (ends) => refuseUpsideDown(ends, pointer, '`births`'));
  const ends = problems.all({ fromMs, toMs });
  return ends.fromMs === null && ends.toMs === null ? null : ends;
}

function parseEnd(value: JsonObject, name: 'from' | 'to', timeZone: string, pointer: string): number {
  const at = pointerTo(pointer, name);
  if (isGiven(value[name])) return parseInstant(value[name], timeZone, at);
  throw invalid('invalid_window', at, `A fixed window has \`from\` and \`to\`; \`${name}\` must be given.`);
}

function parseOpenEnd(value: unknown, timeZone: string, pointer: string): number | null {
  return isGiven(value) ? parseInstant(value, timeZone, pointer) : null;
}

function parseLength(value: unknown, pointer: string): number | null {
  return isGiven(value) ? parseDuration(value, pointer, CALENDAR_AGE_ADVICE) : null;
}

/** Never negative: a window begins at birth or after it. */
function parseOffset(value: unknown, pointer: string): number {
  return isGiven(value) ? parseDuration(value, pointer, CALENDAR_AGE_ADVICE) : 0;
}

function refuseUpsideDown({ fromMs, toMs }: OpenInterval, pointer: string, what: string): void {
  if (fromMs === null || toMs === null || fromMs < toMs) return;
  const detail = `${what} must begin before it ends: \`from\` is ${formatInstant(fromMs)}, \`to\` is ${formatInstant(toMs)}.`;
  const errors: FieldError[] = ['from', 'to'].map((name) => ({ pointer: pointerTo(pointer, name), detail }));
  throw new Failure('invalid_window', detail, errors);
}

const RIGHT_BIRTH = 'Give {"kind": "registration"} or {"kind": "first_event", "event": "purchase"}';

/**
 * From which instant a user's age counts; not given: from registration. 422: `invalid_field`, `unknown_field` and what
 * `parseSelector` says.
 */
export function parseBirth(value: unknown, pointer: string): CanonicalBirth {
  if (!isGiven(value)) return { kind: 'registration' };
  if (!isObject(value)) throw invalid('invalid_field', pointer, `${RIGHT_BIRTH}, not ${quoted(value)}.`);
  if (value['kind'] === 'registration') {
    refuseUnknownKeys(value, ['kind'], pointer, 'Birth by registration');
    return { kind: 'registration' };
  }
  if (value['kind'] !== 'first_event') throw invalid('invalid_field', pointerTo(pointer, 'kind'), `${RIGHT_BIRTH}.`);
  const { selector } = parseTogether({
    keys: () => refuseUnknownKeys(value, ['kind', 'event', 'where'], pointer, 'Birth by first event'),
    selector: () => parseSelector(value['event'], value['where'], pointer),
  });
  return { kind: 'first_event', ...selector };
}
