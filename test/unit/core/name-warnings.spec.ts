import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import { nameWarnings } from '../../../src/core/schema/name-warnings.js';
import { addUp, entriesOf, NO_SCHEMA } from '../../../src/core/schema/property-schema.js';

const SCHEMA = addUp(
  NO_SCHEMA,
  entriesOf(
    [
      ['purchase', null, null, 3, 0, 9, []],
      ['purchase', 'dollars', 'number', 3, 0, 9, [1]],
      ['visit', null, null, 1, 5, 5, []],
      ['visit', 'page', 'text', 1, 5, 5, ['/']],
      [null, 'country', 'text', 1, null, null, ['US']],
    ],
    7,
  ),
  1,
);

function asked(fields: object): CanonicalRequest {
  const cohort = { all: true };
  const base = { metric: 'event_count', params: { event: null, where: null }, birth: null, breakdown: [], cohort };
  return { ...base, ...fields } as unknown as CanonicalRequest;
}

const reported = (fields: object) =>
  nameWarnings(asked(fields), SCHEMA).map(({ code, nearest = '' }) => `${code} ${nearest}`.trim());
const params = (fields: object) => ({
  metric: metricWith(fields),
  params: { event: ['purchase'], where: null, ...fields },
});
const metricWith = (fields: object): string => {
  if ('value' in fields) return 'value_sum';
  return 'property' in fields ? 'distinct_count' : 'event_count';
};
const did = (fields: object) => ({ did: { event: null, where: null, at_least: 1, within: null, ...fields } });

describe('nameWarnings', () => {
  it.each<[string, object, string[]]>([
    ['names that are there', params({ value: 'dollars', where: { property: 'dollars', gt: 1 } }), []],
    ['an event', params({ event: ['purchas'] }), ['unknown_event purchase']],
    ['an event like no other', params({ event: ['login'] }), ['unknown_event']],
    ['a property of the event', params({ value: 'dolars' }), ['unknown_property dollars']],
    ['a property of another event', params({ property: 'page' }), ['unknown_property']],
    ['nothing of the properties of an unknown event', params({ event: ['x'], value: 'y' }), ['unknown_event']],
    ['a property of another type', params({ event: ['visit'], value: 'page' }), ['never_of_this_type']],
    ['a text among numbers', params({ where: { property: 'dollars', eq: 'x' } }), ['never_of_this_type']],
    ['the own day of an event', params({ property: '$day' }), []],
    ['the birth', { birth: { kind: 'first_event', event: ['visits'], where: null } }, ['unknown_event visit']],
    ['a breakdown', { breakdown: ['trait:contry'] }, ['unknown_trait country']],
    ['a breakdown by property', { ...params({}), breakdown: ['property:x:y'] }, ['unknown_property']],
    [
      'a trait of a rule',
      { cohort: { rule: { trait: 'country', gt: 1 }, universe: { all: true } } },
      ['never_of_this_type'],
    ],
    [
      'what is in a set of rules, once',
      {
        cohort: {
          set: {
            and: [
              { rule: did({ event: ['buy'] }), universe: { all: true } },
              { rule: { not: did({ event: ['buy'] }) }, universe: { all: true } },
            ],
          },
        },
      },
      ['unknown_event'],
    ],
    [
      'the birth in a rule',
      {
        cohort: {
          rule: { born: { from: null, to: null, birth: { kind: 'first_event', event: ['visitt'], where: null } } },
          universe: { all: true },
        },
      },
      ['unknown_event visit'],
    ],
  ])('tells of %s', (_, fields, warnings) => {
    expect(reported(fields)).toEqual(warnings);
  });

  it('cannot tell where something was left out', () => {
    expect(nameWarnings(asked(params({ event: ['x'] })), { ...SCHEMA, isWhole: false })).toEqual([]);
  });
});
