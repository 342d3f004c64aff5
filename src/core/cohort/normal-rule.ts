import { onlyOperand, sortedDistinct } from '../canonical-text.js';
import type { Behaviour, Rule, TraitTest } from './definition.js';

/** All of the rules, in canonical form. Takes canonical rules, at least one. */
export function allOf(rules: readonly Rule[]): Rule {
  const parts = sortedDistinct(rules.flatMap((rule) => ('and' in rule ? rule.and : [rule])));
  return onlyOperand(parts) ?? { and: parts };
}

/** Any of the rules, in canonical form. Takes canonical rules, at least one. */
export function anyOf(rules: readonly Rule[]): Rule {
  const parts = sortedDistinct(rules.flatMap((rule) => ('or' in rule ? rule.or : [rule])));
  return onlyOperand(parts) ?? { or: parts };
}

/**
 * Exactly the users of the universe for whom the rule does not hold: `not` goes down to the conditions (De Morgan), and
 * into those that have an opposite.
 */
export function opposite(rule: Rule): Rule {
  if ('not' in rule) return rule.not;
  if ('and' in rule) return anyOf(rule.and.map(opposite));
  if ('or' in rule) return allOf(rule.or.map(opposite));
  if ('did' in rule) return oppositeOfDid(rule.did);
  if ('born' in rule) return { not: rule };
  return oppositeOfTrait(rule);
}

function oppositeOfDid(did: Behaviour): Rule {
  const { event, where, within } = did;
  if ('at_least' in did) return { did: { event, where, at_most: did.at_least - 1, within } };
  if ('at_most' in did) return { did: { event, where, at_least: did.at_most + 1, within } };
  return { not: { did } };
}

function oppositeOfTrait(test: TraitTest): Rule {
  const { trait } = test;
  if ('eq' in test) return { trait, ne: test.eq };
  if ('ne' in test) return { trait, eq: test.ne };
  if ('in' in test) return { trait, not_in: test.in };
  if ('not_in' in test) return { trait, in: test.not_in };
  if ('exists' in test) return { trait, exists: !test.exists };
  return { not: test };
}
