import { canonicalize } from 'json-canonicalize';

/**
 * RFC 8785. Of a copy: json-canonicalize takes an object that stands in two places for a circle when one path begins
 * with the other.
 */
export function canonicalText(value: object): string {
  return canonicalize(JSON.parse(JSON.stringify(value)));
}

/** Operands in the order of their canonical texts, equal ones once: and, or do not depend on order and repetition. */
export function sortedDistinct<T extends object>(operands: readonly T[]): readonly T[] {
  const distinct = new Map(operands.map((one) => [canonicalText(one), one]));
  return [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []);
}

/** The operand of an operation that has one; undefined: it has another number of them. */
export function onlyOperand<T>(operands: readonly T[]): T | undefined {
  return operands.length === 1 ? operands[0] : undefined;
}
