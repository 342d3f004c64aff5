import type { DefinitionPlan } from '../../../../src/core/cohort/definition-plan.js';
import type { Filter } from '../../../../src/core/event/filter.js';
import type { TimeBound } from '../../../../src/core/event/time-bound.js';
import type { ValueName } from '../../../../src/core/ingest/batch-tally.js';
import { mixedReads, numericReads, skippedPlan, type NumericRead } from '../../../../src/core/request/numeric-reads.js';
import { notNumericSkipped } from '../../../../src/core/request/result-warnings.js';
import { addUp, entriesOf, NO_SCHEMA, type PropertySchema } from '../../../../src/core/schema/property-schema.js';
import type { OraclePlan } from '../../../support/oracle/oracle.js';

const PLAN: OraclePlan = {
  propertyNumber: 1,
  dataVersion: 9,
  asOfMs: 1000,
  cohort: { kind: 'all' },
  selector: { event: ['buy'], where: null },
  metric: { kind: 'event_count' },
  window: { kind: 'fixed', fromMs: 0, toMs: 500 },
  cells: null,
  breakdown: null,
  birth: { kind: 'none' },
  births: null,
  excludes: null,
};
const GTE: Filter<TimeBound> = { property: 'x', gte: 1 };
const OTHER: Filter<TimeBound> = { property: 'shop', eq: 'a' };
const filtered = (where: Filter<TimeBound> | null): OraclePlan => ({ ...PLAN, selector: { event: ['buy'], where } });
const summed: OraclePlan = { ...PLAN, metric: { kind: 'value_sum', value: 'x' } };

function firstRead(plan: OraclePlan): NumericRead {
  const [read] = numericReads(plan);
  if (read === undefined) throw new Error('Nothing is read as a number');
  return read;
}

describe('numericReads', () => {
  it.each<[Filter<TimeBound>, Filter<TimeBound> | null]>([
    [GTE, null],
    [{ not: GTE }, null],
    [{ and: [GTE, OTHER] }, { and: [OTHER] }],
    [{ or: [GTE, OTHER] }, null],
    [{ and: [{ not: GTE }, { not: OTHER }] }, { and: [{ not: OTHER }] }],
    [{ not: { or: [GTE, OTHER] } }, { not: { or: [OTHER] } }],
    [{ not: { and: [GTE, OTHER] } }, null],
  ])('leaves of %j the rest %j', (where, rest) => {
    expect(numericReads(filtered(where)).map(({ selector }) => selector.where)).toEqual([rest]);
  });

  it('names each property once for a part of the request', () => {
    const where: Filter<TimeBound> = { and: [GTE, { property: 'x', lt: 9 }, { property: 'y', gt: 0 }, OTHER] };
    const reads = numericReads({
      ...summed,
      selector: { event: null, where },
      birth: { kind: 'first_event', event: null, where: GTE },
    });
    expect(reads.map(({ place, property }) => `${place} ${property}`)).toEqual(['metric x', 'metric y', 'birth x']);
  });

  it('joins the conditions of a rule on one property', () => {
    const interval = (fromMs: number, toMs: number) => ({ kind: 'interval' as const, fromMs, toMs });
    const definition: DefinitionPlan = {
      lists: [],
      births: [],
      traits: [],
      counts: [
        { selector: { event: ['buy'], where: GTE }, within: interval(5, 9) },
        { selector: { event: ['visit'], where: { and: [GTE, OTHER] } }, within: interval(1, 6) },
        { selector: { event: ['other'], where: OTHER }, within: interval(0, 100) },
      ],
      membership: { kind: 'all' },
    };
    expect(numericReads({ ...PLAN, cohort: { kind: 'definition', definition, isGathered: null } })).toEqual([
      {
        place: 'cohort',
        property: 'x',
        selector: { event: ['buy', 'visit'], where: null },
        within: { fromMs: 1, toMs: 9 },
      },
    ]);
  });
});

describe('mixedReads', () => {
  const isMixed = (schema: PropertySchema, plan = summed): boolean => mixedReads(numericReads(plan), schema).length > 0;
  const schemaOf = (...types: [event: string, type: ValueName][]): PropertySchema =>
    addUp(
      NO_SCHEMA,
      entriesOf(
        types.map(([event, type]) => [event, 'x', type, 1, 0, 0, []]),
        0,
      ),
      1,
    );

  it.each<[string, PropertySchema, boolean]>([
    ['numbers alone', schemaOf(['buy', 'number']), false],
    ['texts alone', schemaOf(['buy', 'text']), false],
    ['numbers and texts', schemaOf(['buy', 'number'], ['buy', 'text']), true],
    ['numbers and booleans', schemaOf(['buy', 'number'], ['buy', 'boolean']), true],
    ['texts of another event', schemaOf(['buy', 'number'], ['visit', 'text']), false],
    ['what was left out', { ...schemaOf(['buy', 'number']), isWhole: false }, true],
  ])('of %s', (_, schema, expected) => expect(isMixed(schema)).toBe(expected));

  it('asks all events where no name is given', () => {
    const schema = schemaOf(['buy', 'number'], ['visit', 'text']);
    expect(isMixed(schema, { ...summed, selector: { event: null, where: null } })).toBe(true);
  });
});

describe('skippedPlan', () => {
  const looksBack: OraclePlan = {
    ...filtered(GTE),
    metric: { kind: 'rolling_active', activity: 'active', n: 1, uMs: 10 },
    window: { kind: 'fixed', fromMs: 1000, toMs: 1000 },
  };

  it('counts without the parts of a series and a breakdown', () => {
    const cells = { by: 'event_time' as const, windows: [{ fromMs: 0, toMs: 9 }] };
    const plan = { ...summed, cells, breakdown: { of: 'trait' as const, name: 'country', top: null, kept: null } };
    const counting = skippedPlan(plan, firstRead(plan));
    expect(counting).toEqual({ ...PLAN, selector: { event: ['buy'], where: expect.anything() } });
  });

  it('leaves out whom the metric excludes, but not of the cohort, which is what its rule tells', () => {
    const excludes = { trait: 'bot', eq: true };
    const read = firstRead(looksBack);
    expect(skippedPlan({ ...looksBack, excludes }, read).excludes).toEqual(excludes);
    const ofCohort = { ...read, place: 'cohort' as const, within: { fromMs: 0, toMs: 9 } };
    expect(skippedPlan({ ...looksBack, excludes }, ofCohort).excludes).toBeNull();
  });

  it('looks back as far as the metric does', () => {
    expect(skippedPlan(looksBack, firstRead(looksBack)).window).toEqual({ kind: 'fixed', fromMs: 980, toMs: 1000 });
  });
});

describe('notNumericSkipped', () => {
  it.each([
    [1, 1, 'metric', '1 event holds something else than a number in "x", of 1 user: the metric passes over it.'],
    [
      2,
      1,
      'birth',
      '2 events hold something else than a number in "x", of 1 user: the filter of the birth passes over them.',
    ],
  ] as const)('speaks of %d events of %d users', (events, users, place, detail) => {
    expect(notNumericSkipped({ place, property: 'x', events, users })).toEqual({
      code: 'not_numeric_skipped',
      detail: `${detail} Send the property as a number.`,
      property: 'x',
      events,
      users,
    });
  });
});
