import * as fc from 'fast-check';
import type { Filter } from '../../../../src/core/event/filter.js';
import { FILTER_LIMITS, parseFilter } from '../../../../src/core/event/parse-filter.js';
import { parseSelector } from '../../../../src/core/event/parse-selector.js';
import { refusal } from '../failing.js';

const filter = (value: unknown): Filter => parseFilter(value, '/where');
const test = { property: 'a', gte: 1 };

describe('event names', () => {
  it('are a set: one name, a list in any order and with repetitions are alike', () => {
    expect(parseSelector('view', null, '').event).toEqual(['view']);
    expect(parseSelector(['view', 'edit', 'view'], undefined, '').event).toEqual(['edit', 'view']);
    expect(parseSelector(undefined, undefined, '')).toEqual({ event: null, where: null });
  });

  it('have 1 to 200 code points, not UTF-16 units', () => {
    expect(parseSelector('😀'.repeat(200), null, '').event).toEqual(['😀'.repeat(200)]);
    expect(refusal(() => parseSelector('😀'.repeat(201), null, '/params'))).toMatchObject({
      code: 'invalid_field',
      pointers: ['/params/event'],
    });
    expect(parseSelector(' edit', null, '').event).toEqual([' edit']);
  });

  it.each([
    ['', '/event'],
    [[], '/event'],
    [5, '/event'],
    [{}, '/event'],
    [['ok', ''], '/event/1'],
    [['ok', null], '/event/1'],
    ['\ud800', '/event'],
    ['a\0b', '/event'],
  ])('refuses %p', (event, pointer) => {
    expect(refusal(() => parseSelector(event, null, ''))).toMatchObject({ code: 'invalid_field', pointers: [pointer] });
  });

  it('are at most 1,000', () => {
    expect(refusal(() => parseSelector(Array.from({ length: 1001 }, String), null, '')).code).toBe('limit_exceeded');
  });

  it('are refused together with the filter', () => {
    expect(refusal(() => parseSelector('', { property: 'a' }, '/params')).pointers).toEqual([
      '/params/event',
      '/params/where',
    ]);
  });
});

describe('parseFilter', () => {
  it.each([
    [
      { property: 'a', eq: 'x' },
      { property: 'a', eq: 'x' },
    ],
    [
      { eq: false, property: 'a' },
      { property: 'a', eq: false },
    ],
    [
      { property: 'a', in: [2] },
      { property: 'a', eq: 2 },
    ],
    [
      { property: 'a', in: [1, '1', 1, true] },
      { property: 'a', in: ['1', 1, true] },
    ],
    [
      { property: 'a', lt: 1.5 },
      { property: 'a', lt: 1.5 },
    ],
    [
      { property: 'a', eq: -0 },
      { property: 'a', eq: 0 },
    ],
    [{ and: [test] }, test],
    [{ and: [test, { and: [test] }] }, test],
    [
      { and: [{ property: 'b', lt: 2 }, { and: [test, { property: 'b', lt: 2 }] }] },
      { and: [test, { property: 'b', lt: 2 }] },
    ],
  ])('makes %j canonical', (written, canonical) => {
    expect(filter(written)).toEqual(canonical);
    expect(Object.is((filter(written) as { eq?: unknown }).eq, -0)).toBe(false);
  });

  it('keeps a number and a text of the same form apart', () => {
    expect(filter({ property: 'a', eq: '1' })).not.toEqual(filter({ property: 'a', eq: 1 }));
  });

  it.each([
    [{ property: 'a', ne: 1 }, '/where/ne'],
    [{ property: 'a', contains: 'x' }, '/where/contains'],
    [{ property: 'a', exists: true }, '/where/exists'],
    [{ property: 'a', not_in: [1] }, '/where/not_in'],
    [{ or: [test] }, '/where/or'],
    [{ not: test }, '/where/not'],
    [{ trait: 'a', eq: 1 }, '/where/trait'],
    [{ and: [test], property: 'a' }, '/where/property'],
    [{ and: [{ and: [{ property: 'a', eq: 1, 'x/y~': 1 }] }] }, '/where/and/0/and/0/x~1y~0'],
  ])('refuses %j: unknown_field', (value, pointer) => {
    expect(refusal(() => filter(value))).toMatchObject({ code: 'unknown_field', status: 422, pointers: [pointer] });
  });

  it.each([
    [null, '/where'],
    ['a = 1', '/where'],
    [[test], '/where'],
    [{}, '/where'],
    [{ property: 'a' }, '/where'],
    [{ property: 'a', gte: 1, lt: 5 }, '/where'],
    [{ eq: 1 }, '/where/property'],
    [{ property: '', eq: 1 }, '/where/property'],
    [{ property: 'p'.repeat(201), eq: 1 }, '/where/property'],
    [{ property: 7, eq: 1 }, '/where/property'],
    [{ property: 'a', eq: null }, '/where/eq'],
    [{ property: 'a', eq: [1] }, '/where/eq'],
    [{ property: 'a', eq: '\udc00' }, '/where/eq'],
    [{ property: 'a', eq: 'a\0' }, '/where/eq'],
    [{ property: 'a', eq: 2 ** 53 }, '/where/eq'],
    [{ property: 'a', eq: 1e300 }, '/where/eq'],
    [{ property: 'a', eq: Infinity }, '/where/eq'],
    [{ property: 'a', gt: '5' }, '/where/gt'],
    [{ property: 'a', lte: true }, '/where/lte'],
    [{ property: 'a', in: [] }, '/where/in'],
    [{ property: 'a', in: 'x' }, '/where/in'],
    [{ property: 'a', in: [1, null] }, '/where/in/1'],
    [{ and: [] }, '/where/and'],
    [{ and: test }, '/where/and'],
    [{ and: [test, 5] }, '/where/and/1'],
  ])('refuses %j: invalid_filter', (value, pointer) => {
    expect(refusal(() => filter(value))).toMatchObject({ code: 'invalid_filter', status: 422, pointers: [pointer] });
  });

  it('tells every problem of its operands', () => {
    const refused = refusal(() =>
      filter({ and: [{ property: 'a', gt: 'x' }, test, { property: '', eq: null }, { foo: 1 }] }),
    );
    expect(refused.pointers).toEqual([
      '/where/and/0/gt',
      '/where/and/2/property',
      '/where/and/2/eq',
      '/where/and/3/foo',
    ]);
  });

  it('limits depth, size, values and text, by name', () => {
    const nested = (depth: number): unknown => (depth === 1 ? test : { and: [nested(depth - 1), test] });
    const wide = (n: number): unknown => ({ and: Array.from({ length: n }, (_, i) => ({ property: `p${i}`, eq: i })) });
    expect(filter(nested(FILTER_LIMITS.depth))).toEqual(test);
    expect(refusal(() => filter(nested(FILTER_LIMITS.depth + 1)))).toMatchObject({
      code: 'limit_exceeded',
      detail: expect.stringContaining('16 levels'),
    });
    expect(filter(wide(FILTER_LIMITS.filters - 1))).toHaveProperty('and.length', FILTER_LIMITS.filters - 1);
    expect(refusal(() => filter(wide(FILTER_LIMITS.filters)))).toMatchObject({ code: 'limit_exceeded' });
    expect(refusal(() => filter({ property: 'a', in: Array.from({ length: 1001 }, (_, i) => i) })).code).toBe(
      'limit_exceeded',
    );
    expect(refusal(() => filter({ property: 'a', eq: 'x'.repeat(4097) })).code).toBe('limit_exceeded');
  });

  it('is a fixpoint, and blind to order, repetition and nesting', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 5 }).filter((s) => !s.includes('\0')),
      fc.integer(),
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
      fc.boolean(),
    );
    const leaf = fc.oneof(
      fc.record({ property: fc.constantFrom('a', 'b'), eq: scalar }),
      fc.record({ property: fc.constantFrom('a', 'b'), in: fc.array(scalar, { minLength: 1, maxLength: 4 }) }),
      fc.record({ property: fc.constantFrom('a', 'b'), lt: fc.integer() }),
    );
    fc.assert(
      fc.property(fc.array(leaf, { minLength: 1, maxLength: 5 }), fc.nat(4), (tests, cut) => {
        const canonical = filter({ and: tests });
        expect(filter(canonical)).toEqual(canonical);
        const again = [...tests, ...tests.slice(0, cut)].reverse();
        expect(filter({ and: [{ and: again }] })).toEqual(canonical);
      }),
    );
  });
});
