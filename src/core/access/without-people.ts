import { isObject, type JsonObject } from '../json-shape.js';

const SHA_256 = /^[0-9a-f]{64}$/;

/**
 * An answer for who may not see single users. The hash of a list, of a definition or of a request that holds one would
 * tell whether a list that is guessed is the one; those, links to the values of users, samples of users and examples of
 * values become null or empty. Sizes, definitions and aggregates stay.
 */
export function withoutPeople(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPeople);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, hidden(name, part, value)]));
}

function hidden(name: string, part: unknown, whole: JsonObject): unknown {
  switch (name) {
    case 'hash':
    case 'members':
      return typeof part === 'string' && SHA_256.test(part) ? null : withoutPeople(part);
    case 'users':
      return isObject(part) && typeof part['href'] === 'string' ? null : withoutPeople(part);
    case 'sample':
      return Array.isArray(part) ? null : withoutPeople(part);
    case 'examples':
      return Array.isArray(part) && 'first_seen' in whole ? [] : withoutPeople(part);
    default:
      return withoutPeople(part);
  }
}

/**
 * Whether a cohort, in a body, names users one by one, or a list of them by its hash; it need not be valid. Nothing in a
 * rule has these names.
 */
export function namesUsers(cohort: unknown): boolean {
  if (Array.isArray(cohort)) return cohort.some(namesUsers);
  if (!isObject(cohort)) return false;
  return (
    ['users', 'user', 'members', 'static'].some((name) => Object.hasOwn(cohort, name)) ||
    Object.values(cohort).some(namesUsers)
  );
}
