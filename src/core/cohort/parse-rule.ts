import { parseSelector } from '../event/parse-filter.js';
import { parseTest } from '../event/parse-test.js';
import { invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { Problems } from '../problems.js';
import { parseBirth } from '../request/parse-window.js';
import type { Behaviour, Frequency, Rule } from './definition.js';
import type { DefinitionBudget } from './definition-limits.js';
import { allOf, anyOf, opposite } from './normal-rule.js';
import { parseInterval, parseWithin } from './parse-within.js';

/** What holds for the whole definition that is being read. */
export interface RuleContext {
  /** Dates are its days. */
  readonly timeZone: string;
  readonly budget: DefinitionBudget;
}

const KINDS = ['did', 'did_not', 'trait', 'born', 'and', 'or', 'not'] as const;
const COUNTS = ['at_least', 'at_most', 'exactly'] as const;
const MAX_COUNT = 1_000_000_000;
const RIGHT =
  'A rule is {"did": {"event": "purchase", "at_least": 2}}, {"did_not": {...}}, {"trait": name, operator: value}, {"born": {"from", "to"}}, {"and": [rules]}, {"or": [rules]} or {"not": rule}';

/**
 * The canonical form of a rule (see `Rule`), which holds for the same users as what is written; `depth` is its own,
 * from 1. 422: `invalid_field`, `unknown_field`, `invalid_window`, `invalid_time`, `invalid_filter`, `limit_exceeded`.
 */
export function parseRule(value: unknown, context: RuleContext, pointer: string, depth: number): Rule {
  context.budget.node(depth, pointer);
  if (!isObject(value)) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  const kind = kindOf(value, pointer);
  const at = pointerTo(pointer, kind);
  switch (kind) {
    case 'did':
      return { did: parseBehaviour(value[kind], context, at) };
    case 'did_not':
      return opposite({ did: parseBehaviour(value[kind], context, at) });
    case 'trait':
      return parseTrait(value, pointer);
    case 'born':
      return parseBorn(value[kind], context, at);
    case 'and':
      return allOf(parseOperands(kind, value[kind], context, at, depth));
    case 'or':
      return anyOf(parseOperands(kind, value[kind], context, at, depth));
    case 'not':
      return opposite(parseRule(value[kind], context, at, depth + 1));
  }
}

function kindOf(value: JsonObject, pointer: string): (typeof KINDS)[number] {
  const [kind, second] = KINDS.filter((name) => Object.hasOwn(value, name));
  if (!kind) {
    refuseUnknownKeys(value, KINDS, pointer, 'A rule');
    throw invalid('invalid_field', pointer, `${RIGHT}.`);
  }
  if (second) {
    const detail = `A rule has one of ${listed(KINDS)}, not ${listed([kind, second])} together; join several by \`and\`.`;
    throw invalid('invalid_field', pointer, detail);
  }
  if (kind !== 'trait') refuseUnknownKeys(value, [kind], pointer, `A rule with \`${kind}\``);
  return kind;
}

function parseOperands(
  join: 'and' | 'or',
  operands: unknown,
  context: RuleContext,
  pointer: string,
  depth: number,
): Rule[] {
  if (!Array.isArray(operands) || operands.length === 0) {
    throw invalid('invalid_field', pointer, `\`${join}\` takes a list of at least one rule, not ${quoted(operands)}.`);
  }
  const problems = new Problems();
  const rules = problems.takeEach(operands, (rule, i) => parseRule(rule, context, pointerTo(pointer, i), depth + 1));
  problems.throwIfAny();
  return rules;
}

function parseBehaviour(value: unknown, context: RuleContext, pointer: string): Behaviour {
  if (!isObject(value)) {
    const detail = `Say what was done: {"event": "purchase", "at_least": 2, "within": {"last": "P30D"}}, every part optional, not ${quoted(value)}.`;
    throw invalid('invalid_field', pointer, detail);
  }
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(value, ['event', 'where', ...COUNTS, 'within'], pointer, 'What was done'));
  const selector = problems.take(() => parseSelector(value['event'], value['where'], pointer));
  const often = problems.take(() => parseCount(value, pointer));
  const within = problems.take(() => parseWithin(value['within'], context.timeZone, pointerTo(pointer, 'within')));
  if (problems.any || !selector || !often || within === undefined) throw problems.failure();
  return { ...selector, ...often, within };
}

/** Not given: at least once. */
function parseCount(value: JsonObject, pointer: string): Frequency {
  const [name, second] = COUNTS.filter((count) => isGiven(value[count]));
  if (!name) return { at_least: 1 };
  if (second)
    throw invalid('invalid_field', pointer, `Give one of ${listed(COUNTS)}, not several; join two by \`and\`.`);
  const count = value[name];
  const least = name === 'at_least' ? 1 : 0;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < least || count > MAX_COUNT) {
    const detail = `\`${name}\` is a whole number from ${least} to ${MAX_COUNT}, not ${quoted(count)}.`;
    throw invalid('invalid_field', pointerTo(pointer, name), detail);
  }
  if (name === 'at_least') return { at_least: count };
  return name === 'at_most' || count === 0 ? { at_most: count } : { exactly: count };
}

/** The grammar of a filter's test, on the current value of a trait. */
function parseTrait(value: JsonObject, pointer: string): Rule {
  const { name, test } = parseTest(value, 'trait', [], pointer);
  return { trait: name, ...test };
}

function parseBorn(value: unknown, context: RuleContext, pointer: string): Rule {
  if (!isObject(value)) {
    const detail = `Give the births that count as {"from": "1997-01-01", "to": "1997-02-01"}, either end open, not ${quoted(value)}.`;
    throw invalid('invalid_field', pointer, detail);
  }
  const problems = new Problems();
  const interval = problems.take(() => parseInterval(value, context.timeZone, pointer, ['birth']));
  const birth = problems.take(() => parseBirth(value['birth'], pointerTo(pointer, 'birth')));
  if (problems.any || !interval || !birth) throw problems.failure();
  return { born: { ...interval, birth } };
}
