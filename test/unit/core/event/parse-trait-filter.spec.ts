import * as fc from 'fast-check';
import { traitNames, type TraitFilter } from '../../../../src/core/event/filter.js';
import { parseTraitFilter } from '../../../../src/core/event/parse-filter.js';
import { traitFilter as anyFilter, value as anyValue } from '../../../support/oracle/arbitrary-filter.js';
import { passesTraits } from '../../../support/oracle/oracle-traits.js';
import { writtenTimes } from '../../../support/oracle/passes.js';
import { refusal } from '../failing.js';

const TIMES = writtenTimes({ asOfMs: Date.UTC(2024, 0, 1), timeZone: 'Europe/Berlin' });

const parse = (value: unknown): unknown => parseTraitFilter(value, '/exclude');

describe('parseTraitFilter', () => {
  it('makes the canonical form that filters on properties have', () => {
    const canonical = { and: [{ trait: 'bot', eq: true }, { not: { trait: 'age', gt: 1 } }] };
    expect(parse({ and: [{ not: { trait: 'age', gt: 1 } }, { trait: 'bot', in: [true] }] })).toEqual(canonical);
    expect(parse(canonical)).toEqual(canonical);
    expect(parse({ not: { trait: 'bot', eq: true } })).toEqual({ trait: 'bot', ne: true });
  });

  it('keeps the meaning of every filter', () => {
    fc.assert(
      fc.property(
        anyFilter.filter(isWritable),
        fc.dictionary(fc.constantFrom('x', 'y'), anyValue),
        (filter, traits) => {
          const parsed = parseTraitFilter(filter, '');
          expect(passesTraits(parsed, traits, TIMES)).toBe(passesTraits(filter, traits, TIMES));
          expect(parse(parsed)).toEqual(parsed);
          expect(traitNames(filter)).toEqual(expect.arrayContaining([...traitNames(parsed)]));
        },
      ),
    );
  });

  it.each([
    [{ property: 'bot', eq: true }, 'unknown_field', '/exclude/property'],
    [
      {
        and: [
          { trait: 'a', eq: 1 },
          { property: 'bot', eq: true },
        ],
      },
      'unknown_field',
      '/exclude/and/1/property',
    ],
    [{ trait: 'bot', property: 'bot', eq: true }, 'unknown_field', '/exclude/property'],
    [{ trait: '', eq: true }, 'invalid_filter', '/exclude/trait'],
    [{ trait: 5, eq: true }, 'invalid_filter', '/exclude/trait'],
    [{ trait: 'bot' }, 'invalid_filter', '/exclude'],
    [{ trait: 'bot', eq: null }, 'invalid_filter', '/exclude/eq'],
    [{ trait: 'bot', is: true }, 'unknown_field', '/exclude/is'],
    [{ or: [] }, 'invalid_filter', '/exclude/or'],
    ['bot', 'invalid_filter', '/exclude'],
    [[], 'invalid_filter', '/exclude'],
  ])('refuses %j', (value, code, pointer) => {
    expect(refusal(() => parse(value))).toMatchObject({ code, status: 422, pointers: [pointer] });
  });

  it('says what is right', () => {
    expect(refusal(() => parse('bot')).detail).toMatch(/^A filter is \{"trait": name, operator: value\} with one of/);
    expect(refusal(() => parse({ property: 'bot', eq: true })).detail).toMatch(
      /^A filter on traits has no field "property"; it has `trait`, `eq`/,
    );
  });
});

/** Integers beyond 2^53 no request may hold. */
function isWritable(written: TraitFilter): boolean {
  return !/[1-9]e[+]300|9007199254740992/.test(JSON.stringify(written));
}

describe('traitNames', () => {
  it('are each once, sorted, however deep', () => {
    expect(
      traitNames({
        or: [
          { trait: 'b', eq: 1 },
          {
            not: {
              and: [
                { trait: 'a', gt: 1 },
                { trait: 'b', exists: true },
              ],
            },
          },
        ],
      }),
    ).toEqual(['a', 'b']);
  });
});
