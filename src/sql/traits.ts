import type { TraitFilter } from '../core/event/filter.js';
import type { TimeBound } from '../core/event/time-bound.js';
import { traitNames } from '../core/event/trait-names.js';
import type { RunPlan } from '../core/request/run-plan.js';
import { compileTest, joined, not, type TestedValue, type ValueType } from './compile-filter.js';
import type { FactColumn } from './fact-column.js';
import type { ParamList } from './param-list.js';
import { typedText } from './property-value.js';

/** The traits that a run looks at. */
export function traitsRead({ metric, breakdown }: RunPlan): readonly string[] {
  const excluded = metric.kind === 'rolling_active' && metric.exclude ? traitNames(metric.exclude) : [];
  const grouped = breakdown?.of === 'trait' ? [breakdown.name] : [];
  return [...new Set([...excluded, ...grouped])];
}

/** A condition on a user: excluded by the traits. Null: nobody is. */
export function isExcluded(plan: RunPlan, params: ParamList): string | null {
  const { metric } = plan;
  if (metric.kind !== 'rolling_active' || !metric.exclude) return null;
  return compileTraitFilter(metric.exclude, traitsRead(plan), params);
}

/**
 * Current traits of users, by name: no other trait is read. `names` is one list for a statement, and a trait's columns are numbered by its place there. The facts
 * need `CHANGE_VERSION` beside these.
 */
export function traitFacts(names: readonly string[], params: ParamList): FactColumn[] {
  return names.map((trait, i) => {
    const key = params.add('String', trait);
    const isGiven = `mapContains(text, ${key}) OR mapContains(number, ${key}) OR mapContains(flag, ${key})`;
    // A change begins with =, so that a trait taken away is told from one that is not mentioned.
    const change = `multiIf(${isGiven}, concat('=', ${typedText(key)}), has(removed, ${key}), '=', '')`;
    return { name: changeColumn(i), event: `''`, change, member: `''` };
  });
}

/** Aggregates over the facts of a user: the codes of the current values (see `traitGroup`), for `compileTraitFilter` and `traitGroup`. */
export function traitMeasures(names: readonly string[]): string[] {
  return names.map((_, i) => {
    const last = `argMaxIf(${changeColumn(i)}, change_version, ${changeColumn(i)} != '')`;
    return `substring(${last}, 2) AS ${valueColumn(i)}`;
  });
}

/**
 * A user's current value as a text: empty for none, else its type and value as `t`, `n` or `b` and the text, the number as JSON spells it, or `true` or `false`.
 * No two values have one code.
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
