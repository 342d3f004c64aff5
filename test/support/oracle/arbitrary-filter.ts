import * as fc from 'fast-check';
import type { Filter, PropertyValue, TraitFilter } from '../../../src/core/event/filter.js';

/** Names of properties that events have, and one that none has. */
export const propertyName = fc.constantFrom('x', 'y', `it's`);

export const number = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 3, arbitrary: fc.constantFrom(0.1, -0.1, 0.3, 1e-300, -5e-324, 1e300, -1e300, 2 ** 53, -0, 11.77) },
  { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
);
const text = fc.constantFrom('1', 'x', '', 'true', 'rue', 'Xx', 'e\u0301x', '\u{1F600}', '%_\\', `'`);
export const value: fc.Arbitrary<PropertyValue> = fc.oneof(number, text, fc.boolean());

const tested = fc.oneof({ weight: 9, arbitrary: propertyName }, fc.constant('nowhere'));
const values = fc.array(value, { minLength: 1, maxLength: 4 });
const part = fc.constantFrom('1', 'x', 'X', '\u0301', '\u{1F600}', '%', '_', '\\', 'true', `'`);

const test: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ property: tested, eq: value }),
  fc.record({ property: tested, ne: value }),
  fc.record({ property: tested, in: values }),
  fc.record({ property: tested, not_in: values }),
  fc.record({ property: tested, gt: number }),
  fc.record({ property: tested, gte: number }),
  fc.record({ property: tested, lt: number }),
  fc.record({ property: tested, lte: number }),
  fc.record({ property: tested, exists: fc.boolean() }),
  fc.record({ property: tested, contains: part }),
);

/** Every operator, joined and negated up to three levels deep. Not canonical: whatever is written means the same. */
export const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter; joined: Filter }>((tie) => {
  const operands = fc.array(tie('filter'), { minLength: 1, maxLength: 3 });
  return {
    filter: fc.oneof({ maxDepth: 3, depthIdentifier: 'filter' }, { weight: 3, arbitrary: test }, tie('joined')),
    joined: fc.oneof(
      operands.map((and) => ({ and })),
      operands.map((or) => ({ or })),
      tie('filter').map((not) => ({ not })),
    ),
  };
}).filter;

/** The same on traits of the same names. */
export const traitFilter: fc.Arbitrary<TraitFilter> = filter.map(onTraits);

function onTraits(of: Filter): TraitFilter {
  if ('and' in of) return { and: of.and.map(onTraits) };
  if ('or' in of) return { or: of.or.map(onTraits) };
  if ('not' in of) return { not: onTraits(of.not) };
  const { property, ...test } = of;
  return Object.assign({ trait: property }, test);
}
