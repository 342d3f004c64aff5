import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, quoted } from '../json-shape.js';
import { Problems } from '../problems.js';
import { parseText } from '../text.js';
import type { EventSelector } from './filter.js';
import { parseFilter } from './parse-filter.js';

const MAX_NAMES = 1_000;

/**
 * Which events are meant, in canonical form: `event` (a name or a list of names; not given: any) and `where` (not given: all). Their pointers are
 * `<base>/event` and `<base>/where`. 422: `invalid_field`, `limit_exceeded`, and what `parseFilter` says.
 */
export function parseSelector(event: unknown, where: unknown, base: string): EventSelector {
  const problems = new Problems();
  const names = problems.take(() => (isGiven(event) ? parseNames(event, pointerTo(base, 'event')) : null));
  const filter = problems.take(() => (isGiven(where) ? parseFilter(where, pointerTo(base, 'where')) : null));
  if (names === undefined || filter === undefined) throw problems.failure();
  return { event: names, where: filter };
}

function parseNames(value: unknown, pointer: string): readonly string[] {
  if (!Array.isArray(value)) return [parseName(value, pointer)];
  if (value.length === 0) {
    throw invalid('invalid_field', pointer, 'Give at least one event name, or leave `event` out for any event.');
  }
  if (value.length > MAX_NAMES) throw tooMany(pointer);
  const problems = new Problems();
  const names = problems.takeEach(value, (name, i) => parseName(name, pointerTo(pointer, i)));
  problems.throwIfAny();
  return [...new Set(names)].sort();
}

function parseName(value: unknown, pointer: string): string {
  if (typeof value !== 'string') {
    throw invalid('invalid_field', pointer, `Give an event name or a list of event names, not ${quoted(value)}.`);
  }
  return parseEventName(value, pointer);
}

/** An event name: 1 to 200 Unicode code points, compared as it is. */
export function parseEventName(value: unknown, pointer: string): string {
  return parseText(value, { min: 1, max: 200 }, pointer, 'An event name');
}

function tooMany(pointer: string): Failure {
  const detail = `At most ${MAX_NAMES} event names.`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit: 'event_names', value: MAX_NAMES });
}
