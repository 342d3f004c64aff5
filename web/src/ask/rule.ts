import { isObject } from './request-body.js';

/** A rule as the builder shows it: conditions that all hold, or of which one holds. */
export interface FlatRule {
  readonly join: 'and' | 'or';
  readonly conditions: readonly Condition[];
}

export type Condition = DidCondition | TraitCondition | BornCondition;

export interface DidCondition {
  readonly kind: 'did' | 'did_not';
  readonly event: string;
  readonly count: 'at_least' | 'at_most' | 'exactly';
  readonly times: string;
  readonly from: string;
  readonly to: string;
  /** A test on a property of the events, as JSON; empty: none. */
  readonly where: string;
}

export interface TraitCondition {
  readonly kind: 'trait';
  readonly trait: string;
  readonly operator: string;
  readonly value: string;
}

export interface BornCondition {
  readonly kind: 'born';
  readonly from: string;
  readonly to: string;
}

export const NEW_CONDITION: Readonly<Record<'did' | 'trait' | 'born', Condition>> = {
  did: { kind: 'did', event: '', count: 'at_least', times: '1', from: '', to: '', where: '' },
  trait: { kind: 'trait', trait: '', operator: 'eq', value: '' },
  born: { kind: 'born', from: '', to: '' },
};

/** Who did anything. */
export const EMPTY_RULE = { did: {} } as const;

/** Tests of traits that the builder offers. */
export const OPERATORS = ['eq', 'ne', 'in', 'not_in', 'gt', 'gte', 'lt', 'lte', 'contains', 'starts_with', 'exists'];

const COUNTS = ['at_least', 'at_most', 'exactly'] as const;
const DID_MEMBERS = new Set(['event', 'within', 'where', ...COUNTS]);

/** The rule as conditions; null: it says what the builder cannot show, and is edited as JSON. */
export function flatRule(rule: unknown): FlatRule | null {
  if (!isObject(rule)) return null;
  for (const join of ['and', 'or'] as const) {
    const parts = rule[join];
    if (!Array.isArray(parts)) continue;
    if (Object.keys(rule).length !== 1) return null;
    const conditions = parts.map(conditionOf);
    return conditions.includes(null) ? null : { join, conditions: conditions.filter((one) => one !== null) };
  }
  const only = conditionOf(rule);
  return only === null ? null : { join: 'and', conditions: [only] };
}

/** The rule of conditions, as the API takes it. */
export function ruleOf({ join, conditions }: FlatRule): object {
  const rules = conditions.map(ruleOfCondition);
  return rules.length === 1 ? (rules[0] ?? EMPTY_RULE) : { [join]: rules };
}

function conditionOf(rule: unknown): Condition | null {
  if (!isObject(rule)) return null;
  for (const kind of ['did', 'did_not'] as const) if (isObject(rule[kind])) return didOf(kind, rule[kind]);
  if (isObject(rule['born'])) {
    const { from = '', to = '', ...others } = rule['born'];
    return Object.keys(others).length > 0 ? null : { kind: 'born', from: String(from), to: String(to) };
  }
  const { trait, ...test } = rule;
  const [operator, more] = Object.keys(test);
  if (typeof trait !== 'string' || operator === undefined || more !== undefined) return null;
  if (!OPERATORS.includes(operator)) return null;
  const value = test[operator];
  return { kind: 'trait', trait, operator, value: typeof value === 'string' ? value : JSON.stringify(value) };
}

function didOf(kind: 'did' | 'did_not', did: Readonly<Record<string, unknown>>): DidCondition | null {
  const within = did['within'] ?? {};
  if (!isObject(within) || Object.keys(within).some((name) => !['from', 'to'].includes(name))) return null;
  if (Object.keys(did).some((name) => !DID_MEMBERS.has(name))) return null;
  if (did['event'] !== undefined && typeof did['event'] !== 'string') return null;
  const count = COUNTS.find((name) => did[name] !== undefined) ?? 'at_least';
  return {
    kind,
    event: did['event'] ?? '',
    count,
    times: String(did[count] ?? 1),
    from: String(within['from'] ?? ''),
    to: String(within['to'] ?? ''),
    where: did['where'] === undefined ? '' : JSON.stringify(did['where']),
  };
}

function ruleOfCondition(condition: Condition): object {
  if (condition.kind === 'trait') {
    const { trait, operator, value } = condition;
    return { trait, [operator]: scalarOf(value) };
  }
  if (condition.kind === 'born') {
    const { from, to } = condition;
    return { born: { ...(from !== '' && { from }), ...(to !== '' && { to }) } };
  }
  const { kind, event, count, times, from, to, where } = condition;
  const within = { ...(from !== '' && { from }), ...(to !== '' && { to }) };
  const isOnce = count === 'at_least' && times === '1';
  return {
    [kind]: {
      ...(event !== '' && { event }),
      ...(!isOnce && { [count]: Number(times) }),
      ...(where !== '' && { where: scalarOf(where) }),
      ...(Object.keys(within).length > 0 && { within }),
    },
  };
}

/** `7` is a number, `true` a boolean, `["a"]` a list, and all else a text. */
function scalarOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
