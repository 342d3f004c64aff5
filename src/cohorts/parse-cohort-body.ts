import { parseCohortName } from '../core/cohort/parse-cohort.js';
import { parseUserId } from '../core/cohort/user-id.js';
import { invalid } from '../core/failure.js';
import { isGiven, isObject, quoted, refuseUnknownKeys } from '../core/json-shape.js';
import { Problems } from '../core/problems.js';
import { parseText } from '../core/text.js';

export interface CohortFields {
  readonly name: string;
  readonly users: readonly string[];
  readonly tags: readonly string[];
}

const MAX_USERS = 100_000;
const MAX_TAGS = 50;
/** Wrong users that are named; past them the rest is not looked at. */
const REPORTED_USERS = 20;

/**
 * The body of POST and PUT of a cohort (CohortBodyDto). By hand, since class-transformer alone would hold the event loop for 60 ms on 100,000
 * members. Tags are distinct, in the order given.
 *
 * @throws Failure invalid_field, unknown_field
 */
export function parseCohortBody(body: unknown): CohortFields {
  if (!isObject(body)) {
    throw invalid('invalid_field', '', `A cohort is a JSON object, not ${quoted(body)}.`);
  }
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(body, ['name', 'static', 'tags'], '', 'A cohort'));
  const name = problems.take(() => parseCohortName(body['name'], '/name')) ?? '';
  const users = problems.take(() => parseStatic(body['static'])) ?? [];
  const tags = problems.take(() => parseTags(body['tags'])) ?? [];
  problems.throwIfAny();
  return { name, users, tags };
}

function parseStatic(value: unknown): readonly string[] {
  if (!isObject(value)) {
    throw invalid(
      'invalid_field',
      '/static',
      `\`static\` is an object with the members: {"users": ["a", "b"]}, not ${quoted(value)}.`,
    );
  }
  refuseUnknownKeys(value, ['users'], '/static', '`static`');
  const { users } = value;
  if (!Array.isArray(users) || users.length > MAX_USERS) {
    const given = Array.isArray(users) ? `${users.length}` : quoted(users);
    throw invalid(
      'invalid_field',
      '/static/users',
      `\`users\` is a list of at most ${MAX_USERS} user ids, not ${given}.`,
    );
  }
  return parseUsers(users);
}

function parseUsers(users: readonly unknown[]): readonly string[] {
  const problems = new Problems();
  let wrong = 0;
  for (const [index, user] of users.entries()) {
    const parsed = problems.take(() => parseUserId(user, `/static/users/${index}`));
    if (parsed === undefined && ++wrong === REPORTED_USERS) {
      break;
    }
  }
  problems.throwIfAny();
  return users as readonly string[];
}

function parseTags(value: unknown): readonly string[] {
  if (!isGiven(value)) {
    return [];
  }
  if (!Array.isArray(value) || value.length > MAX_TAGS) {
    throw invalid('invalid_field', '/tags', `\`tags\` is a list of at most ${MAX_TAGS} texts.`);
  }
  const tags = value.map((tag: unknown, index) => parseText(tag, { min: 1, max: 100 }, `/tags/${index}`, 'A tag'));
  return [...new Set(tags)];
}
