import { onlyOperand, sortedDistinct } from '../canonical-text.js';
import { isRule, isSet, type Definition, type SetOperation } from './definition.js';

/**
 * Users in all of them, in canonical form: nested ones flattened, sorted and distinct, a single one unwrapped. At least
 * one.
 */
export function intersection<Leaf extends object>(of: readonly Definition<Leaf>[]): Definition<Leaf> {
  const parts = sortedDistinct(of.flatMap((one) => (isSet(one) && 'and' in one.set ? one.set.and : [one])));
  return onlyOperand(parts) ?? { set: { and: parts } };
}

/** Users in any of them, in canonical form. At least one. */
export function union<Leaf extends object>(of: readonly Definition<Leaf>[]): Definition<Leaf> {
  const parts = sortedDistinct(of.flatMap((one) => (isSet(one) && 'or' in one.set ? one.set.or : [one])));
  return onlyOperand(parts) ?? { set: { or: parts } };
}

/** Users in the first and in no other; the order is kept. At least one. */
export function difference<Leaf extends object>(of: readonly Definition<Leaf>[]): Definition<Leaf> {
  return onlyOperand(of) ?? { set: { except: of } };
}

/** The definition with each leaf in another form, in canonical form again. */
export function withLeaves<From extends object, To extends object>(
  definition: Definition<From>,
  leaf: (leaf: From) => Definition<To>,
): Definition<To> {
  if (isRule(definition)) return { rule: definition.rule, universe: withLeaves(definition.universe, leaf) };
  if (!isSet(definition)) return leaf(definition as From);
  const { set } = definition;
  const all = (of: readonly Definition<From>[]): Definition<To>[] => of.map((one) => withLeaves(one, leaf));
  if ('and' in set) return intersection(all(set.and));
  return 'or' in set ? union(all(set.or)) : difference(all(set.except));
}

/** Every leaf, each as often as it stands there. */
export function leavesOf<Leaf extends object>(definition: Definition<Leaf>): readonly Leaf[] {
  if (isRule(definition)) return leavesOf(definition.universe);
  if (!isSet(definition)) return [definition as Leaf];
  return operandsOf(definition.set).flatMap((one) => leavesOf(one));
}

/** The operands of a set in their order. */
export function operandsOf<Leaf extends object>(set: SetOperation<Leaf>): readonly Definition<Leaf>[] {
  if ('and' in set) return set.and;
  return 'or' in set ? set.or : set.except;
}
