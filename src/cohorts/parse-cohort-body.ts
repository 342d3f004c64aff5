import { parseCohortName } from '../core/cohort/cohort-name.js';
import type { NamedCohort } from '../core/cohort/definition.js';
import { parseCohort } from '../core/cohort/parse-cohort.js';
import { isUserId, parseUserId } from '../core/cohort/user-id.js';
import { invalid } from '../core/failure.js';
import {
  isGiven,
  isObject,
  listed,
  parseObject,
  quoted,
  refuseUnknownKeys,
  type JsonObject,
} from '../core/json-shape.js';
import { Problems } from '../core/problems.js';
import { parseText } from '../core/text.js';
import { COHORT_KINDS, type CohortKind } from './cohort-version.entity.js';

/** The content of a cohort as a body writes it. */
export type CohortContent = DescribedContent | SnapshotContent;

export interface DescribedContent {
  readonly kind: CohortKind;
  readonly requested: NamedCohort;
}

/** The members that an evaluation has found. */
export interface SnapshotContent {
  readonly kind: 'static';
  readonly evaluation: string;
  readonly pointer: string;
}

export interface CohortFields {
  readonly name: string;
  /** Undefined where the body does not give it. */
  readonly description: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly content: CohortContent;
}

const MAX_USERS = 100_000;
const MAX_TAGS = 50;
/** Invalid users that are reported; after so many the rest is not checked. */
const REPORTED_USERS = 20;
const FIELDS = ['name', 'description', 'tags', ...COHORT_KINDS, 'universe'] as const;

/**
 * The body of POST and PUT of a cohort (CohortBodyDto); dates are days of `timeZone`. By hand, since class-transformer
 * alone would hold the event loop for 60 ms on 100,000 members. Tags are distinct, in the order given.
 *
 * @throws Failure invalid_field, unknown_field, and of rules what `parseRule` says
 */
export function parseCohortBody(body: unknown, timeZone: string): CohortFields {
  const given = parseObject(body, 'A cohort');
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(given, FIELDS, '', 'A cohort'));
  const name = problems.take(() => parseCohortName(given['name'], '/name')) ?? '';
  const { description: about, tags: labels } = given;
  const description = isGiven(about) ? problems.take(() => parseDescription(about)) : undefined;
  const tags = isGiven(labels) ? problems.take(() => parseTags(labels)) : undefined;
  const content = problems.take(() => parseContent(given, timeZone));
  if (problems.any || !content) throw problems.failure();
  return { name, description, tags, content };
}

/** What people call a cohort; undefined where the body does not give it. */
export type GivenLabels = { readonly name: string | undefined } & Pick<CohortFields, 'description' | 'tags'>;

/** The body of PATCH (CohortLabelsDto). @throws Failure invalid_field, unknown_field */
export function parseCohortLabels(body: unknown): GivenLabels {
  const given = parseObject(body, 'A change of a cohort');
  const problems = new Problems();
  const what = 'A change of a cohort (PUT replaces what it is made of)';
  problems.take(() => refuseUnknownKeys(given, ['name', 'description', 'tags'], '', what));
  const { name: called, description: about, tags: labels } = given;
  const name = isGiven(called) ? problems.take(() => parseCohortName(called, '/name')) : undefined;
  const description = isGiven(about) ? problems.take(() => parseDescription(about)) : undefined;
  const tags = isGiven(labels) ? problems.take(() => parseTags(labels)) : undefined;
  problems.throwIfAny();
  return { name, description, tags };
}

/**
 * The body of a preview: the content of a cohort. Name, description and tags may be left out and do not count. @throws
 * Failure as `parseCohortBody`
 */
export function parsePreviewBody(body: unknown, timeZone: string): DescribedContent {
  const given = parseObject(body, 'A cohort');
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(given, FIELDS, '', 'A cohort'));
  const content = problems.take(() => parseContent(given, timeZone));
  if (problems.any || !content) throw problems.failure();
  if ('requested' in content) return content;
  throw invalid(
    'invalid_field',
    content.pointer,
    'There is nothing to work out: GET .../members lists whom the evaluation has found.',
  );
}

function parseContent(body: JsonObject, timeZone: string): CohortContent {
  const kinds = COHORT_KINDS.filter((name) => Object.hasOwn(body, name));
  const [kind = 'static', second] = kinds;
  if (second) {
    const detail = `A cohort is made of one of ${listed(COHORT_KINDS)}, not of ${listed(kinds)} together.`;
    throw invalid('invalid_field', `/${second}`, detail);
  }
  if (kind !== 'rule' && isGiven(body['universe'])) {
    throw invalid(
      'unknown_field',
      '/universe',
      '`universe` stands beside `rule`: the users of whom the rule is asked.',
    );
  }
  if (kind === 'static') return parseStatic(body['static']);
  const { [kind]: definition, universe } = body;
  const inline = kind === 'rule' && isGiven(universe) ? { rule: definition, universe } : { [kind]: definition };
  return { kind, requested: parseCohort(inline, '', timeZone) };
}

function parseStatic(value: unknown): CohortContent {
  const right =
    '`static` is an object with the members, {"users": ["a", "b"]}, or with those of an evaluation, {"evaluation": "eval_..."}';
  if (!isObject(value)) {
    throw invalid(
      'invalid_field',
      '/static',
      `${right}; not ${quoted(value)}. A cohort may be a \`rule\` or a \`set\` instead.`,
    );
  }
  refuseUnknownKeys(value, ['users', 'evaluation'], '/static', '`static`');
  const { users, evaluation } = value;
  if (!isGiven(evaluation)) return { kind: 'static', requested: { users: parseUsers(users, '/static/users') } };
  const pointer = '/static/evaluation';
  if (isGiven(users)) throw invalid('invalid_field', pointer, `${right}: one of both.`);
  return {
    kind: 'static',
    evaluation: parseText(evaluation, { min: 1, max: 100 }, pointer, 'The id of an evaluation'),
    pointer,
  };
}

/** A list of at most 100,000 user ids. */
export function parseUsers(users: unknown, pointer: string): readonly string[] {
  if (!Array.isArray(users) || users.length > MAX_USERS) {
    const given = Array.isArray(users) ? `${users.length}` : quoted(users);
    throw invalid('invalid_field', pointer, `\`users\` is a list of at most ${MAX_USERS} user ids, not ${given}.`);
  }
  if (users.every(isUserId)) return users;
  const problems = new Problems();
  let wrong = 0;
  for (const [index, user] of users.entries()) {
    const parsed = problems.take(() => parseUserId(user, `${pointer}/${index}`));
    if (parsed === undefined && ++wrong === REPORTED_USERS) break;
  }
  problems.throwIfAny();
  return users as readonly string[];
}

/** Users to add to a list and to remove from it; none is in both. */
export interface MemberChanges {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The body of POST of members (MemberChangesDto). @throws Failure invalid_field, unknown_field */
export function parseMemberChanges(body: unknown): MemberChanges {
  if (!isObject(body) || (!isGiven(body['add']) && !isGiven(body['remove']))) {
    throw invalid('invalid_field', '', 'Give the users to add and to remove: {"add": ["a"], "remove": ["b"]}.');
  }
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(body, ['add', 'remove'], '', 'A change of members'));
  const [add = [], remove = []] = (['add', 'remove'] as const).map((name) =>
    isGiven(body[name]) ? (problems.take(() => parseUsers(body[name], `/${name}`)) ?? []) : [],
  );
  problems.throwIfAny();
  const removed = new Set(remove);
  const both = add.findIndex((user) => removed.has(user));
  if (both >= 0) throw invalid('invalid_field', `/add/${both}`, `${quoted(add[both])} cannot be added and removed.`);
  return { add, remove };
}

/** A description of at most 2,000 characters; empty unless given. */
export function parseDescription(value: unknown): string {
  return isGiven(value) ? parseText(value, { min: 0, max: 2_000 }, '/description', 'A description') : '';
}

/** Distinct tags in the order given. */
export function parseTags(value: unknown): readonly string[] {
  if (!isGiven(value)) return [];
  if (!Array.isArray(value) || value.length > MAX_TAGS) {
    throw invalid('invalid_field', '/tags', `\`tags\` is a list of at most ${MAX_TAGS} texts.`);
  }
  const tags = value.map((tag: unknown, index) => parseText(tag, { min: 1, max: 100 }, `/tags/${index}`, 'A tag'));
  return [...new Set(tags)];
}
