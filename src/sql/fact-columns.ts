import type { TraitFilter } from '../core/event/filter.js';
import type { TimeBound } from '../core/event/time-bound.js';
import { compileTest, joined, not, typedText, type TestedValue, type ValueType } from './compile-filter.js';
import type { ParamList } from './compiled-query.js';

/** A column of the facts: what an event, a change of a user and a member of the cohort have in it. */
export interface FactColumn {
  readonly name: string;
  readonly event: string;
  readonly change: string;
  readonly member: string;
}

/**
 * Of a user the last registration given or removed up to the data version: an aggregate of a column, beside
 * CHANGE_VERSION and `registration_given`.
 */
export const ofLastRegistration = (value: string): string => `argMaxIf(${value}, change_version, registration_given)`;

/** The order of the changes of users, where something is folded over them. */
export const CHANGE_VERSION: FactColumn = {
  name: 'change_version',
  event: '0',
  change: 'seq * 1048576 + position',
  member: '0',
};

/** Marks the members of the cohort, where all users are read. */
export const IN_COHORT: FactColumn = { name: 'in_cohort', event: 'false', change: 'false', member: 'true' };

/**
 * Current traits of users, by name: no other trait is read. `names` is one list for a statement, and a trait's columns
 * are numbered by its place there. The facts need `CHANGE_VERSION` beside these.
 */
export function traitFacts(names: readonly string[], params: ParamList): FactColumn[] {
  return names.map((trait, i) => {
    const key = params.add('String', trait);
    const isGiven = `mapContains(text, ${key}) OR mapContains(number, ${key}) OR mapContains(flag, ${key})`;
    // A change begins with =, so that a removed trait differs from one that is not mentioned.
    const change = `multiIf(${isGiven}, concat('=', ${typedText(key)}), has(removed, ${key}), '=', '')`;
    return { name: changeColumn(i), event: `''`, change, member: `''` };
  });
}

/**
 * Aggregates over the facts of a user: the codes of the current values (see `traitGroup`), for `compileTraitFilter` and
 * `traitGroup`.
 */
export function traitMeasures(names: readonly string[]): string[] {
  return names.map((_, i) => {
    const last = `argMaxIf(${changeColumn(i)}, change_version, ${changeColumn(i)} != '')`;
    return `substring(${last}, 2) AS ${valueColumn(i)}`;
  });
}

/**
 * A user's current value as a text: empty for none, else its type and value as `t`, `n` or `b` and the text, the number
 * as JSON spells it, or `true` or `false`. No two values have one code.
 */
export function traitGroup(trait: string, names: readonly string[]): string {
  const place = names.indexOf(trait);
  if (place < 0) throw new Error(`The trait ${JSON.stringify(trait)} is not among those that are read`);
  return valueColumn(place);
}

/** A condition on a user's current traits, safe to stand between ANDs; never NULL. */
export function compileTraitFilter(
  filter: TraitFilter<TimeBound>,
  names: readonly string[],
  params: ParamList,
): string {
  const part = (inner: TraitFilter<TimeBound>): string => compileTraitFilter(inner, names, params);
  if ('and' in filter) return joined(filter.and.map(part), 'AND');
  if ('or' in filter) return joined(filter.or.map(part), 'OR');
  if ('not' in filter) return not(part(filter.not));
  return compileTest(filter, valueOf(traitGroup(filter.trait, names)), params);
}

const PREFIXES: Readonly<Record<ValueType, string>> = { text: 't', number: 'n', flag: 'b' };

function valueOf(code: string): TestedValue {
  const text = `substring(${code}, 2)`;
  // ClickHouse: toFloat64 of the text of a double gives that double again.
  const values: Readonly<Record<ValueType, string>> = {
    text,
    number: `toFloat64OrZero(${text})`,
    flag: `(${text} = 'true')`,
  };
  return {
    isThere: () => `(${code} != '')`,
    test: (type, onValue) => `(startsWith(${code}, '${PREFIXES[type]}') AND ${onValue(values[type])})`,
  };
}

function changeColumn(place: number): string {
  return `trait_${place + 1}_change`;
}

function valueColumn(place: number): string {
  return `trait_${place + 1}`;
}
