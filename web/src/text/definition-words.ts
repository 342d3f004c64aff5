import { durationWords } from './request-words.js';

/** A line of what a cohort is made of; `depth` says of which line above it is a part. */
export interface DefinitionLine {
  readonly depth: number;
  readonly text: string;
}

type Part = Readonly<Record<string, unknown>>;
/** The name of a saved cohort by its id; undefined: it is not known. */
type NameOf = (id: string) => string | undefined;

/** What a definition says, as lines of words; `nameOf` names the saved cohorts in it. */
export function definitionLines(definition: unknown, nameOf: NameOf): readonly DefinitionLine[] {
  return linesOf(definition, nameOf, 0);
}

const SETS = {
  and: 'in all of these cohorts',
  or: 'in any of these cohorts',
  except: 'in the first of these cohorts, and in no other',
} as const;

function linesOf(definition: unknown, nameOf: NameOf, depth: number): DefinitionLine[] {
  const part = partOf(definition);
  const { rule, universe } = part;
  if (rule !== undefined) {
    const of = partOf(universe)['all'] === true || universe === undefined ? [] : linesOf(universe, nameOf, depth + 1);
    return [...(of.length === 0 ? [] : [line(depth, 'of these cohorts'), ...of]), ...ruleLines(rule, depth)];
  }
  const set = partOf(part['set']);
  for (const [operation, words] of Object.entries(SETS)) {
    const parts = set[operation];
    if (!Array.isArray(parts)) continue;
    return [line(depth, words), ...parts.flatMap((one: unknown) => linesOf(one, nameOf, depth + 1))];
  }
  if (part['all'] === true) return [line(depth, 'everybody')];
  if (typeof part['cohort'] === 'string') return [line(depth, nameOf(part['cohort']) ?? part['cohort'])];
  if ('members' in part) return [line(depth, 'a list of users')];
  return [line(depth, JSON.stringify(definition))];
}

const JOINS = { and: 'all of this', or: 'any of this', not: 'not this' } as const;

function ruleLines(rule: unknown, depth: number): DefinitionLine[] {
  const part = partOf(rule);
  for (const [join, words] of Object.entries(JOINS)) {
    const inside = part[join];
    if (inside === undefined) continue;
    const parts: readonly unknown[] = Array.isArray(inside) ? inside : [inside];
    return [line(depth, words), ...parts.flatMap((one) => ruleLines(one, depth + 1))];
  }
  if (part['did'] !== undefined) return [line(depth, behaviourWords(partOf(part['did'])))];
  if (part['born'] !== undefined) return [line(depth, bornWords(partOf(part['born'])))];
  if (typeof part['trait'] === 'string') return [line(depth, `trait ${testWords(part, 'trait')}`)];
  return [line(depth, JSON.stringify(rule))];
}

function behaviourWords(did: Part): string {
  const where = did['where'] ?? null;
  return [
    countedWords(eventWords(did['event']), did),
    ...(where === null ? [] : [`where ${filterWords(where)}`]),
    ...withinWords(did['within']),
  ].join(', ');
}

function countedWords(event: string, did: Part): string {
  if (did['at_most'] === 0 || did['exactly'] === 0) return `never ${event}`;
  if (did['at_most'] !== undefined) return `${event} at most ${timesWords(did['at_most'])}`;
  if (did['exactly'] !== undefined) return `${event} exactly ${timesWords(did['exactly'])}`;
  return `${event} at least ${timesWords(did['at_least'] ?? 1)}`;
}

const timesWords = (times: unknown): string => (times === 1 ? 'once' : `${String(times)} times`);

function eventWords(event: unknown): string {
  if (Array.isArray(event)) return event.join(' or ');
  return event === null || event === undefined ? 'any event' : String(event);
}

function withinWords(within: unknown): string[] {
  const part = partOf(within);
  if (typeof part['last'] === 'string') return [`in the last ${durationWords(part['last'])}`];
  const since = part['since_birth'];
  if (since !== undefined) {
    const { length, offset, birth } = partOf(since);
    const later = offset === undefined || offset === null || offset === 'PT0S' ? '' : ` from ${String(offset)} on`;
    return [`in the first ${durationWords(String(length))}${later} since ${birthWords(birth)}`];
  }
  const interval = intervalWords(part);
  return interval === '' ? [] : [interval];
}

function bornWords(born: Part): string {
  const interval = intervalWords(born);
  const birth = birthWords(born['birth']);
  return interval === '' ? `has a ${birth}` : `${birth} ${interval}`;
}

function birthWords(birth: unknown): string {
  const { kind, event, where } = partOf(birth);
  if (kind !== 'first_event') return 'registration';
  return `first ${eventWords(event)}${where === null || where === undefined ? '' : ` where ${filterWords(where)}`}`;
}

function intervalWords({ from, to }: Part): string {
  return [
    ...(isGiven(from) ? [`from ${dayOf(from)}`] : []),
    ...(isGiven(to) ? [`${isGiven(from) ? 'to ' : ''}before ${dayOf(to)}`] : []),
  ].join(' ');
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

function dayOf(instant: unknown): string {
  return String(instant).replace(/T00:00:00\.000Z$/, '');
}

function filterWords(filter: unknown): string {
  const part = partOf(filter);
  for (const join of ['and', 'or'] as const) {
    const parts = part[join];
    if (Array.isArray(parts)) return `(${parts.map(filterWords).join(` ${join} `)})`;
  }
  if (part['not'] !== undefined) return `not ${filterWords(part['not'])}`;
  return testWords(part, 'property');
}

const OPERATORS: Readonly<Record<string, string>> = {
  eq: 'is',
  ne: 'is not',
  in: 'is one of',
  not_in: 'is none of',
  gt: '>',
  gte: '≥',
  lt: '<',
  lte: '≤',
  contains: 'contains',
  starts_with: 'begins with',
  ends_with: 'ends with',
  before: 'is before',
  after: 'is after',
};

/** `skin is "vector"`. */
function testWords(test: Part, subject: 'property' | 'trait'): string {
  const { [subject]: name, ignore_case: isAnyCase, ...rest } = test;
  const [operator = '', value] = Object.entries(rest)[0] ?? [];
  if (operator === 'exists') return `${String(name)} is ${value === true ? 'there' : 'not there'}`;
  return `${String(name)} ${OPERATORS[operator] ?? operator} ${operandWords(value)}${isAnyCase === true ? ' in any case' : ''}`;
}

function operandWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(operandWords).join(', ');
  const { last } = partOf(value);
  return typeof last === 'string' ? `${durationWords(last)} ago` : JSON.stringify(value);
}

function partOf(value: unknown): Part {
  return typeof value === 'object' && value !== null ? (value as Part) : {};
}

function line(depth: number, text: string): DefinitionLine {
  return { depth, text };
}
