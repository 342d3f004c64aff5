import { invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { Problems } from '../problems.js';
import type { CanonicalSeries } from '../request/canonical-request.js';
import type { ParsedWindow } from '../request/parse-window.js';
import { formatCalendarDuration, isNothing, parseCalendarDuration } from '../time/calendar-duration.js';
import { CALENDAR_INTERVALS } from '../time/calendar.js';
import { formatDuration, CALENDAR_AGE_ADVICE, parseDuration } from '../time/duration.js';
import { isCalendarInterval } from './series-slices.js';

const BY = ['event_time', 'birth'] as const;
const RIGHT = 'Give {"interval": "month", "by": "event_time"} or {"interval": "month", "by": "birth", "age": "P7D"}';

/**
 * How an answer is cut into slices; not given: not at all. `by` follows the window unless given: the time of events in
 * a fixed one, else birth. 422: `invalid_field`, `unknown_field`, `invalid_time`, and `invalid_window` where the window
 * is not one that can be cut so.
 */
export function parseSeries(value: unknown, window: ParsedWindow | null, pointer: string): CanonicalSeries | null {
  if (!isGiven(value)) return null;
  if (!isObject(value)) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(value, ['interval', 'by', 'age'], pointer, 'A series'));
  const interval = problems.attempt(() => parseInterval(value['interval'], pointerTo(pointer, 'interval')));
  const by = problems.attempt(() => parseBy(value['by'], window, pointer));
  const age = problems.attempt(() => parseAge(value, by?.value ?? null, window, pointerTo(pointer, 'age')));
  return problems.all({ interval, by, age });
}

/** A period of the calendar, or a duration in canonical form. 422: `invalid_field`, `invalid_time`. */
export function parseInterval(value: unknown, pointer: string): string {
  if (typeof value !== 'string') {
    const detail = `Give an \`interval\`: one of ${listed(CALENDAR_INTERVALS)}, or a duration such as "P7D", not ${quoted(value)}.`;
    throw invalid('invalid_field', pointer, detail);
  }
  if (isCalendarInterval(value)) return value;
  if (!value.startsWith('P')) {
    const detail = `An interval is one of ${listed(CALENDAR_INTERVALS)}, or an ISO 8601 duration such as "P7D", not ${quoted(value)}.`;
    throw invalid('invalid_field', pointer, detail);
  }
  return longerThanNothing(parseDuration(value, pointer), pointer);
}

function parseBy(value: unknown, window: ParsedWindow | null, pointer: string): 'event_time' | 'birth' {
  const at = pointerTo(pointer, 'by');
  const by = isGiven(value) ? BY.find((known) => known === value) : window?.kind === 'fixed' ? 'event_time' : 'birth';
  if (!by) throw invalid('invalid_field', at, `\`by\` is one of ${listed(BY)}, not ${quoted(value)}.`);
  if (by === 'event_time') {
    if (window?.kind === 'fixed') return by;
    const detail =
      'A series by the time of events cuts a fixed window up: give {"kind": "fixed", "from": "1997-01-01", "to": "1998-01-01"}, or take `by` birth.';
    throw invalid('invalid_window', window ? '/window/kind' : '/window', detail);
  }
  if (typeof window?.births?.fromMs === 'number' && typeof window.births.toMs === 'number') return by;
  const detail =
    'A series by birth groups the users born in a range: give both ends, {"births": {"from": "1997-01-01", "to": "1998-01-01"}}.';
  throw invalid('invalid_window', window ? '/window/births' : '/window', detail);
}

function parseAge(
  series: JsonObject,
  by: 'event_time' | 'birth' | null,
  window: ParsedWindow | null,
  pointer: string,
): string | null {
  const { age } = series;
  if (!isGiven(age)) return null;
  if (by === 'event_time') throw invalid('invalid_field', pointer, '`age` belongs to a series by birth.');
  if (window?.kind === 'fixed') {
    throw invalid('invalid_field', pointer, 'Ages are counted from birth: `age` takes a window since birth.');
  }
  if (window?.age !== 'calendar') return longerThanNothing(parseDuration(age, pointer, CALENDAR_AGE_ADVICE), pointer);
  const duration = parseCalendarDuration(age, pointer);
  if (isNothing(duration)) throw tooShort(pointer);
  return formatCalendarDuration(duration);
}

function longerThanNothing(ms: number, pointer: string): string {
  if (ms === 0) throw tooShort(pointer);
  return formatDuration(ms);
}

function tooShort(pointer: string): Error {
  return invalid('invalid_time', pointer, 'It must be longer than PT0S.');
}
