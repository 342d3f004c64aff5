import { invalid, pointerTo } from '../failure.js';
import { asSetHash } from '../ids.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { Problems } from '../problems.js';
import { EVERYBODY, isCohortId, isExpression, parseCohortName } from './cohort-name.js';
import { DefinitionBudget } from './definition-limits.js';
import type { NamedCohort } from './definition.js';
import { difference, intersection, union } from './normal-set.js';
import { parseExpression } from './parse-expression.js';
import { parseRule, type RuleContext } from './parse-rule.js';
import { isUserId, parseUserId } from './user-id.js';

const INLINE_KINDS = ['all', 'users', 'user', 'members', 'rule', 'set'] as const;
const HASH = /^[0-9a-f]{64}$/;
const OPERATIONS = ['and', 'or', 'except'] as const;
const RIGHT =
  'Give the id or the name of a saved cohort, `all`, an expression such as "january&buyers", {"all": true}, {"users": ["a", "b"]}, {"user": "a"}, {"members": "<hash of a list>"}, {"rule": {...}} or {"set": {...}}';

/**
 * A cohort as a request or another cohort writes it: an id, a name, an expression, or inline. Whether the cohorts it
 * names exist is not looked at. Dates are days of `timeZone`. 422: `invalid_field`, `unknown_field`, `limit_exceeded`,
 * and of rules what `parseRule` says.
 */
export function parseCohort(value: unknown, pointer: string, timeZone: string): NamedCohort {
  return parseNode(value, { timeZone, budget: new DefinitionBudget() }, pointer, 1);
}

function parseNode(value: unknown, context: RuleContext, pointer: string, depth: number): NamedCohort {
  if (typeof value === 'string') return parseNamed(value, context, pointer, depth);
  if (!isObject(value)) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  const [kind, second] = INLINE_KINDS.filter((name) => Object.hasOwn(value, name));
  if (!kind || second) {
    refuseUnknownKeys(value, [...INLINE_KINDS, 'universe'], pointer, 'An inline cohort');
    throw invalid('invalid_field', pointer, `${RIGHT}: exactly one of them.`);
  }
  const fields = kind === 'rule' ? [kind, 'universe'] : [kind];
  refuseUnknownKeys(value, fields, pointer, `An inline cohort with \`${kind}\``);
  return parseInline(kind, value, context, pointer, depth);
}

function parseNamed(text: string, context: RuleContext, pointer: string, depth: number): NamedCohort {
  if (isExpression(text)) return parseExpression(text, context.budget, pointer, depth);
  context.budget.node(depth, pointer);
  if (text === EVERYBODY) return { all: true };
  return { named: isCohortId(text) ? text : parseCohortName(text, pointer), pointer };
}

function parseInline(
  kind: (typeof INLINE_KINDS)[number],
  value: JsonObject,
  context: RuleContext,
  pointer: string,
  depth: number,
): NamedCohort {
  const at = pointerTo(pointer, kind);
  context.budget.node(depth, pointer);
  switch (kind) {
    case 'all':
      if (value[kind] === true) return { all: true };
      throw invalid('invalid_field', at, `\`all\` is true, not ${quoted(value[kind])}.`);
    case 'user':
      return { users: [parseUserId(value[kind], at)] };
    case 'users':
      return { users: parseUsers(value[kind], context.budget, at) };
    case 'members':
      return parseStored(value[kind], at);
    case 'rule':
      return parseRuleInUniverse(value, context, pointer, depth);
    case 'set':
      return parseSet(value[kind], context, at, depth);
  }
}

/** A list that an answer names by its SHA-256. */
function parseStored(value: unknown, pointer: string): NamedCohort {
  if (typeof value === 'string' && HASH.test(value)) return { stored: asSetHash(value), pointer };
  const right = '`members` is the SHA-256 of a list of users in 64 small hexadecimal digits, as an answer tells it';
  throw invalid('invalid_field', pointer, `${right}, not ${quoted(value)}.`);
}

function parseRuleInUniverse(value: JsonObject, context: RuleContext, pointer: string, depth: number): NamedCohort {
  const problems = new Problems();
  const rule = problems.take(() => parseRule(value['rule'], context, pointerTo(pointer, 'rule'), depth));
  const universe = problems.take((): NamedCohort => {
    const given = value['universe'];
    return isGiven(given) ? parseNode(given, context, pointerTo(pointer, 'universe'), depth + 1) : { all: true };
  });
  if (problems.any || !rule || !universe) throw problems.failure();
  return { rule, universe };
}

function parseSet(value: unknown, context: RuleContext, pointer: string, depth: number): NamedCohort {
  if (typeof value === 'string') return parseExpression(value, context.budget, pointer, depth);
  const right =
    'A set is {"and": [cohorts]}, {"or": [cohorts]}, {"except": [cohort, those without whom]} or an expression such as "january&buyers"';
  if (!isObject(value)) throw invalid('invalid_field', pointer, `${right}, not ${quoted(value)}.`);
  refuseUnknownKeys(value, OPERATIONS, pointer, 'A set');
  const [operation, second] = OPERATIONS.filter((name) => Object.hasOwn(value, name));
  if (!operation || second) {
    throw invalid('invalid_field', pointer, `${right}: exactly one of ${listed(OPERATIONS)}.`);
  }
  const cohorts = parseOperands(value[operation], context, pointerTo(pointer, operation), depth);
  if (operation === 'and') return intersection(cohorts);
  return operation === 'or' ? union(cohorts) : difference(cohorts);
}

function parseOperands(value: unknown, context: RuleContext, pointer: string, depth: number): NamedCohort[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid('invalid_field', pointer, `Give a list of at least one cohort, not ${quoted(value)}.`);
  }
  const problems = new Problems();
  const cohorts = problems.takeEach(value, (one, i) => parseNode(one, context, pointerTo(pointer, i), depth + 1));
  problems.throwIfAny();
  return cohorts;
}

function parseUsers(value: unknown, budget: DefinitionBudget, pointer: string): readonly string[] {
  if (!Array.isArray(value))
    throw invalid('invalid_field', pointer, `\`users\` is a list of user ids, not ${quoted(value)}.`);
  budget.users(value.length, pointer);
  // What is wrong is told by place: only then a place is written down for each.
  if (value.every(isUserId)) return value;
  const problems = new Problems();
  const users = problems.takeEach(value, (item, i) => parseUserId(item, pointerTo(pointer, i)));
  problems.throwIfAny();
  return users;
}
