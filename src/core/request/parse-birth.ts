import { parseSelector } from '../event/parse-selector.js';
import { invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, quoted, refuseUnknownKeys } from '../json-shape.js';
import { Problems } from '../problems.js';
import type { CanonicalBirth } from './canonical-request.js';

const RIGHT = 'Give {"kind": "registration"} or {"kind": "first_event", "event": "purchase"}';

/** From which instant a user's age counts; not given: from registration. 422: `invalid_field`, `unknown_field` and what `parseSelector` says. */
export function parseBirth(value: unknown, pointer: string): CanonicalBirth {
  if (!isGiven(value)) return { kind: 'registration' };
  if (!isObject(value)) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  if (value['kind'] === 'registration') {
    refuseUnknownKeys(value, ['kind'], pointer, 'Birth by registration');
    return { kind: 'registration' };
  }
  if (value['kind'] !== 'first_event') throw invalid('invalid_field', pointerTo(pointer, 'kind'), `${RIGHT}.`);
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(value, ['kind', 'event', 'where'], pointer, 'Birth by first event'));
  const selector = problems.take(() => parseSelector(value['event'], value['where'], pointer));
  if (problems.any || !selector) throw problems.failure();
  return { kind: 'first_event', ...selector };
}
