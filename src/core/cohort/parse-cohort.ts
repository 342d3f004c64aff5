import { Failure, invalid, pointerTo } from '../failure.js';
import { isObject, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { Problems } from '../problems.js';
import { parseText } from '../text.js';
import { parseUserId } from './user-id.js';

/** A cohort as a request names it. A single user is a list of one. */
export type CohortReference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'users'; readonly users: readonly string[] };

/** A cohort written into the request itself. */
export type InlineCohort = { readonly all: true } | { readonly users: readonly string[] } | { readonly user: string };

const COHORT_ID = /^coh_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const RESERVED = /[&~()]/;
const INLINE_KEYS = ['all', 'users', 'user'];
const MAX_INLINE_USERS = 100_000;
const RIGHT = 'Give the id or the name of a saved cohort, {"all": true}, {"users": ["a", "b"]} or {"user": "a"}';

export function isCohortId(text: string): boolean {
  return COHORT_ID.test(text);
}

/**
 * A name for a cohort: 1 to 200 characters without `& ~ ( )`, which expressions use, and neither `all` nor of an id's form
 * (422 `invalid_field`).
 */
export function parseCohortName(value: unknown, pointer: string): string {
  const name = parseText(value, { min: 1, max: 200 }, pointer, "A cohort's name");
  if (RESERVED.test(name))
    throw invalid('invalid_field', pointer, "A cohort's name has none of the characters & ~ ( ).");
  if (name === 'all')
    throw invalid('invalid_field', pointer, 'The name `all` stands for everybody; {"all": true} in a request.');
  if (isCohortId(name)) throw invalid('invalid_field', pointer, "A cohort's name has not the form of an id.");
  return name;
}

/** The `cohort` of a request: an id, a name, or inline. Whether it exists is not looked at. 422: `invalid_field`, `unknown_field`, `limit_exceeded`. */
export function parseCohort(value: unknown, pointer: string): CohortReference {
  if (typeof value === 'string') return parseSaved(value, pointer);
  if (!isObject(value)) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  refuseUnknownKeys(value, INLINE_KEYS, pointer, 'An inline cohort');
  if (Object.keys(value).length !== 1) throw invalid('invalid_field', pointer, `${RIGHT}: exactly one of them.`);
  return parseInline(value, pointer);
}

function parseSaved(text: string, pointer: string): CohortReference {
  return isCohortId(text) ? { kind: 'id', id: text } : { kind: 'name', name: parseCohortName(text, pointer) };
}

function parseInline(value: JsonObject, pointer: string): CohortReference {
  if ('user' in value) return { kind: 'users', users: [parseUserId(value['user'], pointerTo(pointer, 'user'))] };
  if ('users' in value) return { kind: 'users', users: parseUsers(value['users'], pointerTo(pointer, 'users')) };
  if (value['all'] === true) return { kind: 'all' };
  throw invalid('invalid_field', pointerTo(pointer, 'all'), `\`all\` is true, not ${quoted(value['all'])}.`);
}

function parseUsers(value: unknown, pointer: string): readonly string[] {
  if (!Array.isArray(value))
    throw invalid('invalid_field', pointer, `\`users\` is a list of user ids, not ${quoted(value)}.`);
  if (value.length > MAX_INLINE_USERS) throw tooMany(pointer);
  const problems = new Problems();
  const users = problems.takeEach(value, (item, i) => parseUserId(item, pointerTo(pointer, i)));
  problems.throwIfAny();
  return users;
}

function tooMany(pointer: string): Failure {
  const detail = `At most ${MAX_INLINE_USERS} users inline; save a cohort for more.`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], {
    limit: 'inline_users',
    value: MAX_INLINE_USERS,
  });
}
