import * as fc from 'fast-check';
import { filter as anyFilter, number as anyNumber, value as anyValue } from './arbitrary-filter.js';

/** A cohort as a body may write it; names stand for the lists of a world. */
export type AskedJson = string | { readonly [field: string]: unknown };

/** Stored numbers may be any, those of a body are whole up to 2^53. */
const isWritable = (json: unknown): boolean => {
  const numbers: number[] = [];
  JSON.stringify(json, (_key, item: unknown) => (typeof item === 'number' ? numbers.push(item) : item));
  return numbers.every((item) => !Number.isInteger(item) || Number.isSafeInteger(item));
};
const filter = anyFilter.filter(isWritable);
const number = anyNumber.filter(isWritable);
const value = anyValue.filter(isWritable);

const ORIGIN_MS = Date.UTC(2023, 11, 31, 23);
const STEP_MS = 20 * 60_000;

const instant = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom(0, 0, 0, 1, -1))
  .map(([step, beside]) => new Date(ORIGIN_MS + step * STEP_MS + beside).toISOString());
const duration = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map((steps) => `PT${steps * 20}M`),
  fc.constantFrom('PT0.001S', 'P400D'),
);

const interval = fc
  .record({ from: fc.option(instant), to: fc.option(instant) })
  .filter(({ from, to }) => from === null || to === null || from < to);
const event = fc.oneof(
  fc.constant(null),
  fc.constantFrom('view', 'buy', 'VIEW'),
  fc.uniqueArray(fc.constantFrom('view', 'buy', 'VIEW'), { minLength: 1, maxLength: 3 }),
);
const where = fc.option(filter, { freq: 2 });
const birth = fc.oneof(
  fc.constant(undefined),
  fc.constant({ kind: 'registration' }),
  fc.record({ kind: fc.constant('first_event'), event, where }),
);

const within = fc.oneof(
  fc.constant(undefined),
  interval,
  duration.map((last) => ({ last })),
  fc.record({ length: duration, offset: fc.oneof(fc.constant(undefined), duration), birth }).map((since_birth) => ({
    since_birth,
  })),
);
const often = fc.oneof(
  fc.constant({}),
  fc.integer({ min: 1, max: 3 }).map((at_least) => ({ at_least })),
  fc.integer({ min: 0, max: 3 }).map((at_most) => ({ at_most })),
  fc.integer({ min: 0, max: 3 }).map((exactly) => ({ exactly })),
);
const behaviour = fc
  .record({ event, where, within, often })
  .map(({ often: count, ...rest }) => ({ ...rest, ...count }));

const traitName = fc.constantFrom('x', 'y', 'nowhere');
const traitTest = fc.oneof(
  fc.record({ trait: traitName, eq: value }),
  fc.record({ trait: traitName, ne: value }),
  fc.record({ trait: traitName, in: fc.array(value, { minLength: 1, maxLength: 3 }) }),
  fc.record({ trait: traitName, not_in: fc.array(value, { minLength: 1, maxLength: 3 }) }),
  fc.record({ trait: traitName, gte: number }),
  fc.record({ trait: traitName, lt: number }),
  fc.record({ trait: traitName, exists: fc.boolean() }),
  fc.record({ trait: traitName, contains: fc.constantFrom('1', 'x', 'true') }),
);

/** Rules of every kind, up to three levels deep. Not canonical. */
export const rule: fc.Arbitrary<object> = fc.letrec<{ rule: object; joined: object }>((tie) => {
  const operands = fc.array(tie('rule'), { minLength: 1, maxLength: 3 });
  const one = fc.oneof(
    { weight: 3, arbitrary: behaviour.map((did) => ({ did })) },
    { weight: 2, arbitrary: behaviour.map((did_not) => ({ did_not })) },
    { weight: 2, arbitrary: traitTest },
    {
      weight: 1,
      arbitrary: fc
        .record({ interval, birth })
        .map(({ interval: span, birth: of }) => ({ born: { ...span, birth: of } })),
    },
  );
  return {
    rule: fc.oneof({ maxDepth: 3, depthIdentifier: 'rule' }, { weight: 2, arbitrary: one }, tie('joined')),
    joined: fc.oneof(
      operands.map((and) => ({ and })),
      operands.map((or) => ({ or })),
      tie('rule').map((not) => ({ not })),
    ),
  };
}).rule;

const name = fc.constantFrom('list0', 'list1', 'list2');

/** Cohorts of every kind, up to three levels deep. */
export const cohort: fc.Arbitrary<AskedJson> = fc.letrec<{ cohort: AskedJson; joined: AskedJson }>((tie) => {
  const operands = fc.array(tie('cohort'), { minLength: 1, maxLength: 3 });
  const one: fc.Arbitrary<AskedJson> = fc.oneof(
    { weight: 2, arbitrary: name },
    { weight: 1, arbitrary: fc.constant({ all: true }) },
    { weight: 3, arbitrary: rule.map((of) => ({ rule: of })) },
    { weight: 1, arbitrary: fc.record({ rule, universe: name }) },
  );
  return {
    cohort: fc.oneof({ maxDepth: 3, depthIdentifier: 'cohort' }, { weight: 2, arbitrary: one }, tie('joined')),
    joined: fc.oneof(
      operands.map((and) => ({ set: { and } })),
      operands.map((or) => ({ set: { or } })),
      operands.map((except) => ({ set: { except } })),
      fc.record({ rule, universe: tie('cohort') }),
    ),
  };
}).cohort;

/** Sets of nothing but lists, most of them with each list once. */
export const setOfLists: fc.Arbitrary<AskedJson> = fc.letrec<{ set: AskedJson; one: AskedJson }>((tie) => {
  const operands = fc.uniqueArray(tie('one'), { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) });
  return {
    one: fc.oneof({ maxDepth: 2, depthIdentifier: 'list' }, name, tie('set')),
    set: fc.oneof(
      operands.map((and) => ({ set: { and } })),
      operands.map((or) => ({ set: { or } })),
      operands.map((except) => ({ set: { except } })),
    ),
  };
}).set;
