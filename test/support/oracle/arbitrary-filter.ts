import * as fc from 'fast-check';
import type { Filter, PropertyValue, TimeOperand, TraitFilter } from '../../../src/core/event/filter.js';
import { resolveFilter, resolveTraitFilter, type TimeBound } from '../../../src/core/event/time-bound.js';

/** Names of properties that events have, and one that none has. */
export const propertyName = fc.constantFrom('x', 'y', `it's`);

export const number = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 3, arbitrary: fc.constantFrom(0.1, -0.1, 0.3, 1e-300, -5e-324, 1e300, -1e300, 2 ** 53, -0, 11.77) },
  { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
);
const time = fc.constantFrom(
  '2023-12-31',
  '2024-01-01',
  '2024-02-29',
  '2023-02-29',
  '9999-12-31',
  '0001-01-01',
  '2024-01-01T00:00:00Z',
  '2024-01-01t01:00:00.0004z',
  '2024-01-01T00:20:00.001+00:30',
  '2023-12-31T23:59:60Z',
  '2024-01-01T00:00:00',
  '2024-01-01 00:00:00Z',
  '2024-01-01\n',
  '20240101',
);
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('1', 'x', '', 'true', 'rue', 'Xx', 'e\u0301x', '\u{1F600}', '%_\\', `'`) },
  { weight: 1, arbitrary: fc.constantFrom('stra\u00dfe', '\u03bf\u03b4\u03bf\u03c2', 'I\u0131i\u0130') },
  { weight: 1, arbitrary: time },
);
export const value: fc.Arbitrary<PropertyValue> = fc.oneof(number, text, fc.boolean());

const tested = fc.oneof({ weight: 9, arbitrary: propertyName }, fc.constant('nowhere'));
const values = fc.array(value, { minLength: 1, maxLength: 4 });
const part = fc.constantFrom('1', 'x', 'X', '\u0301', '\u{1F600}', '%', '_', '\\', 'true', `'`, 'SS', '\u03c3', 'i');
const folds = { ignore_case: fc.constant(true as const) };
const bound: fc.Arbitrary<TimeOperand> = fc.oneof(
  fc.constantFrom('2024-01-01', '2024-02-29', '2024-01-01T00:00:00.000Z', '2023-12-31T23:50:00.001Z'),
  fc.constantFrom('PT20M', 'P400D', 'PT0.001S').map((last) => ({ last })),
);

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
  fc.record({ property: tested, contains: part, ...folds }, { requiredKeys: ['property', 'contains'] }),
  fc.record({ property: tested, starts_with: part, ...folds }, { requiredKeys: ['property', 'starts_with'] }),
  fc.record({ property: tested, ends_with: part, ...folds }, { requiredKeys: ['property', 'ends_with'] }),
  fc.record({ property: tested, before: bound }),
  fc.record({ property: tested, after: bound }),
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

/** As plans hold them. */
const CLOCK = { asOfMs: Date.UTC(2024, 0, 1, 0, 30), timeZone: 'UTC' };
export const plannedFilter: fc.Arbitrary<Filter<TimeBound>> = filter.map((of) => resolveFilter(of, CLOCK));

/** The same on traits of the same names. */
export const traitFilter: fc.Arbitrary<TraitFilter> = filter.map(onTraits);

export const plannedTraitFilter: fc.Arbitrary<TraitFilter<TimeBound>> = traitFilter.map((of) =>
  resolveTraitFilter(of, CLOCK),
);

function onTraits(of: Filter): TraitFilter {
  if ('and' in of) return { and: of.and.map(onTraits) };
  if ('or' in of) return { or: of.or.map(onTraits) };
  if ('not' in of) return { not: onTraits(of.not) };
  const { property, ...test } = of;
  return Object.assign({ trait: property }, test);
}
