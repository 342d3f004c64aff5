import * as fc from 'fast-check';
import { FILTER_LIMITS, type Filter, type PropertyValue } from '../../../../src/core/event/filter.js';
import { parseFilter } from '../../../../src/core/event/parse-filter.js';
import { filter as anyFilter, value as anyValue } from '../../../support/oracle/arbitrary-filter.js';
import { passes, writtenTimes } from '../../../support/oracle/passes.js';
import { refusal } from '../failing.js';

/** More by `NUM_RUNS`. */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 200);
const filter = (value: unknown): Filter => parseFilter(value, '/where');
const test = { property: 'a', gte: 1 };
const other = { property: 'b', lt: 2 };

const TIMES = writtenTimes({ asOfMs: Date.UTC(2024, 0, 1), timeZone: 'Europe/Berlin' });

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
    [
      { property: 'a', contains: 'x', ignore_case: false },
      { property: 'a', contains: 'x' },
    ],
    [
      { property: 'a', starts_with: 'X', ignore_case: true },
      { property: 'a', starts_with: 'X', ignore_case: true },
    ],
    [
      { property: 'a', before: '2026-02-01T01:00:00+01:00' },
      { property: 'a', before: '2026-02-01T00:00:00.000Z' },
    ],
    [
      { property: 'a', after: '2026-02-01' },
      { property: 'a', after: '2026-02-01' },
    ],
    [
      { property: 'a', after: { last: 'P4W' } },
      { property: 'a', after: { last: 'P28D' } },
    ],
    [{ not: { property: 'a', after: '2026-02-01' } }, { not: { property: 'a', after: '2026-02-01' } }],
    [{ and: [test] }, test],
    [{ and: [test, { and: [test] }] }, test],
    [
      { and: [{ property: 'b', lt: 2 }, { and: [test, { property: 'b', lt: 2 }] }] },
      { and: [test, { property: 'b', lt: 2 }] },
    ],
    [{ or: [test] }, test],
    [{ or: [{ or: [other, test] }, { or: [test] }] }, { or: [test, other] }],
    [{ and: [{ or: [test, other] }, { or: [other, test, other] }] }, { or: [test, other] }],
    [{ and: [{ or: [test, { and: [other, test] }] }, test] }, { and: [test, { or: [{ and: [test, other] }, test] }] }],
    [
      { property: 'a', not_in: ['b', 1, 1] },
      { property: 'a', not_in: ['b', 1] },
    ],
    [
      { property: 'a', not_in: [true] },
      { property: 'a', ne: true },
    ],
    [{ not: { property: 'a', eq: 1 } }, { property: 'a', ne: 1 }],
    [{ not: { property: 'a', ne: '1' } }, { property: 'a', eq: '1' }],
    [{ not: { property: 'a', in: [2] } }, { property: 'a', ne: 2 }],
    [{ not: { property: 'a', in: [2, 1] } }, { property: 'a', not_in: [1, 2] }],
    [{ not: { property: 'a', not_in: [2, 1] } }, { property: 'a', in: [1, 2] }],
    [{ not: { property: 'a', exists: true } }, { property: 'a', exists: false }],
    [{ not: { not: test } }, test],
    [{ not: { and: [{ not: { not: { not: test } } }] } }, test],
    [{ not: test }, { not: test }],
    [{ not: { or: [other, test] } }, { not: { or: [test, other] } }],
    [{ and: [{ not: { not: { and: [other] } } }, test] }, { and: [test, other] }],
  ])('makes %j canonical', (written, canonical) => {
    expect(filter(written)).toEqual(canonical);
    expect(Object.is((filter(written) as { eq?: unknown }).eq, -0)).toBe(false);
  });

  it.each([
    [{ property: 'a', after: '2026-02-30' }, '/where/after'],
    [{ property: 'a', after: '2026-02-01T00:00:00' }, '/where/after'],
    [{ property: 'a', before: 5 }, '/where/before'],
    [{ property: 'a', before: { last: 'P1M' } }, '/where/before/last'],
  ])('refuses %j: invalid_time', (value, pointer) => {
    expect(refusal(() => filter(value))).toMatchObject({ code: 'invalid_time', status: 422, pointers: [pointer] });
  });

  it('keeps a number and a text of the same form apart', () => {
    expect(filter({ property: 'a', eq: '1' })).not.toEqual(filter({ property: 'a', eq: 1 }));
  });

  it.each([
    [{ property: 'a', equals: 1 }, '/where/equals'],
    [{ property: 'a', EQ: 1 }, '/where/EQ'],
    [{ xor: [test] }, '/where/xor'],
    [{ trait: 'a', eq: 1 }, '/where/trait'],
    [{ not: { or: [{ trait: 'a', exists: true }] } }, '/where/not/or/0/trait'],
    [{ and: [test], property: 'a' }, '/where/property'],
    [{ and: [test], or: [test] }, '/where/or'],
    [{ or: [test], not: test }, '/where/not'],
    [{ not: test, property: 'a' }, '/where/property'],
    [{ and: [{ and: [{ property: 'a', eq: 1, 'x/y~': 1 }] }] }, '/where/and/0/and/0/x~1y~0'],
    [{ property: 'a', after: { first: 'P1D' } }, '/where/after/first'],
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
    [{ property: 'a', starts_with: '' }, '/where/starts_with'],
    [{ property: 'a', ends_with: 1 }, '/where/ends_with'],
    [{ property: 'a', ends_with: 'x', ignore_case: 1 }, '/where/ignore_case'],
    [{ property: 'a', eq: 'x', ignore_case: true }, '/where/ignore_case'],
    [{ property: 'a', in: [] }, '/where/in'],
    [{ property: 'a', in: 'x' }, '/where/in'],
    [{ property: 'a', in: [1, null] }, '/where/in/1'],
    [{ property: 'a', ne: null }, '/where/ne'],
    [{ property: 'a', not_in: [] }, '/where/not_in'],
    [{ property: 'a', not_in: 7 }, '/where/not_in'],
    [{ property: 'a', not_in: ['x', {}] }, '/where/not_in/1'],
    [{ property: 'a', exists: 'yes' }, '/where/exists'],
    [{ property: 'a', exists: null }, '/where/exists'],
    [{ property: 'a', contains: '' }, '/where/contains'],
    [{ property: 'a', contains: 1 }, '/where/contains'],
    [{ property: 'a', contains: '\ud800' }, '/where/contains'],
    [{ property: 'a', exists: true, ne: 1 }, '/where'],
    [{ or: [] }, '/where/or'],
    [{ or: test }, '/where/or'],
    [{ or: [test, { or: [test, null] }] }, '/where/or/1/or/1'],
    [{ not: [test] }, '/where/not'],
    [{ not: null }, '/where/not'],
    [{ not: { not: { property: 'a', gt: 'x' } } }, '/where/not/not/gt'],
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
    expect(refusal(() => filter({ property: 'a', not_in: Array.from({ length: 1001 }, (_, i) => i) })).code).toBe(
      'limit_exceeded',
    );
    for (const operator of ['eq', 'ne', 'contains']) {
      const refused = refusal(() => filter({ property: 'a', [operator]: 'x'.repeat(4097) }));
      expect(refused).toMatchObject({ code: 'limit_exceeded', pointers: [`/where/${operator}`] });
    }
    const negated = (depth: number): unknown => (depth === 1 ? test : { not: { or: [negated(depth - 2)] } });
    expect(filter(negated(15))).toEqual({ not: test });
    expect(refusal(() => filter(negated(17))).code).toBe('limit_exceeded');
  });

  it('is a fixpoint, and blind to order, repetition and nesting', () => {
    const operands = fc.array(anyFilter.filter(isWritable), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(operands, fc.nat(4), fc.constantFrom('and', 'or'), (written, cut, join) => {
        const canonical = filter({ [join]: written });
        expect(filter(canonical)).toEqual(canonical);
        const again = [...written, ...written.slice(0, cut)].reverse();
        expect(filter({ [join]: [{ [join]: again }] })).toEqual(canonical);
        expect(filter({ not: { not: { [join]: again } } })).toEqual(canonical);
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it('passes what the written one passes, and its `not` exactly the rest', () => {
    const properties = fc.dictionary(fc.constantFrom('x', 'y', `it's`), anyValue, { maxKeys: 3 });
    fc.assert(
      fc.property(anyFilter.filter(isWritable), properties, (written, given) => {
        const sent: Record<string, PropertyValue> = { ...given };
        expect(passes(filter(written), sent, TIMES)).toBe(passes(written, sent, TIMES));
        expect(passes(filter({ not: written }), sent, TIMES)).toBe(!passes(written, sent, TIMES));
      }),
      { numRuns: 4 * NUM_RUNS },
    );
  });
});

/** Numbers that no request may hold: integers beyond 2^53. */
function isWritable(written: Filter): boolean {
  return !/[1-9]e[+]300|9007199254740992/.test(JSON.stringify(written));
}
