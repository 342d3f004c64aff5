import * as fc from 'fast-check';
import { canonicalText } from '../../../../src/core/canonical-text.js';
import { DefinitionBudget } from '../../../../src/core/cohort/definition-limits.js';
import { parseRule } from '../../../../src/core/cohort/parse-rule.js';
import { rule as anyRule } from '../../../support/oracle/arbitrary-cohort.js';
import { refusal } from '../failing.js';

const read = (value: unknown, timeZone = 'UTC') =>
  parseRule(value, { timeZone, budget: new DefinitionBudget() }, '/rule', 1);
const same = (a: unknown, b: unknown) => expect(canonicalText(read(a))).toBe(canonicalText(read(b)));

const BUY = { event: 'buy', where: { property: 'cds', gte: 2 } };

describe('parseRule', () => {
  it('fills in what is not given', () => {
    expect(read({ did: { event: 'buy', within: { from: '1997-01-01' } } }, 'Europe/Berlin')).toEqual({
      did: { event: ['buy'], where: null, at_least: 1, within: { from: '1996-12-31T23:00:00.000Z', to: null } },
    });
    expect(read({ born: { from: '1997-01-01' } })).toEqual({
      born: { from: '1997-01-01T00:00:00.000Z', to: null, birth: { kind: 'registration' } },
    });
    expect(read({ did: { within: { since_birth: { length: 'PT24H' } } } })).toMatchObject({
      did: { within: { since_birth: { offset: 'PT0S', length: 'P1D', birth: { kind: 'registration' } } } },
    });
  });

  it('reads its own canonical form as that form', () => {
    fc.assert(
      fc.property(anyRule, (rule) => {
        const canonical = read(JSON.parse(JSON.stringify(rule)));
        expect(read(canonical)).toEqual(canonical);
      }),
    );
  });

  it.each<[string, unknown, unknown]>([
    ['did not = did at most 0', { did_not: BUY }, { did: { ...BUY, at_most: 0 } }],
    ['did not = not did', { did_not: BUY }, { not: { did: BUY } }],
    ['once by default', { did: BUY }, { did: { ...BUY, at_least: 1 } }],
    ['exactly 0 = at most 0', { did: { ...BUY, exactly: 0 } }, { did: { ...BUY, at_most: 0 } }],
    ['not at most 2 = at least 3', { not: { did: { ...BUY, at_most: 2 } } }, { did: { ...BUY, at_least: 3 } }],
    ['not not', { not: { not: { born: { from: '1997-01-01' } } } }, { born: { from: '1997-01-01' } }],
    [
      'De Morgan',
      { not: { and: [{ did: BUY }, { trait: 'x', eq: 1 }] } },
      { or: [{ trait: 'x', ne: 1 }, { did_not: BUY }] },
    ],
    ['one of a list', { and: [{ did: BUY }] }, { or: [{ did: BUY }, { did: BUY }] }],
    ['flat', { and: [{ did: BUY }, { and: [{ trait: 'x', gt: 1 }] }] }, { and: [{ trait: 'x', gt: 1 }, { did: BUY }] }],
    ['durations', { did: { within: { last: 'P1D' } } }, { did: { within: { last: 'PT24H' } } }],
    ['no window', { did: { within: { from: null, to: null } } }, { did: { event: null } }],
    ['one value', { trait: 'x', in: ['a'] }, { trait: 'x', eq: 'a' }],
    [
      'instants',
      { did: { within: { from: '1997-01-01' } } },
      { did: { within: { from: '1997-01-01T01:00:00+01:00' } } },
    ],
  ])('writes alike what means the same: %s', (_, a, b) => same(a, b));

  it('keeps apart what does not mean the same', () => {
    const rules = [{ did: BUY }, { did: { ...BUY, at_least: 2 } }, { did_not: BUY }, { did: { ...BUY, exactly: 1 } }];
    expect(new Set(rules.map((rule) => canonicalText(read(rule)))).size).toBe(4);
  });

  it.each<[unknown, string, string]>([
    [null, 'invalid_field', '/rule'],
    [{}, 'invalid_field', '/rule'],
    [{ done: {} }, 'unknown_field', '/rule/done'],
    [{ did: {}, born: {} }, 'invalid_field', '/rule'],
    [{ did: {}, more: 1 }, 'unknown_field', '/rule/more'],
    [{ did: 'buy' }, 'invalid_field', '/rule/did'],
    [{ did: { name: 'buy' } }, 'unknown_field', '/rule/did/name'],
    [{ did: { event: [] } }, 'invalid_field', '/rule/did/event'],
    [{ did: { at_least: 0 } }, 'invalid_field', '/rule/did/at_least'],
    [{ did: { at_least: 1.5 } }, 'invalid_field', '/rule/did/at_least'],
    [{ did: { at_most: -1 } }, 'invalid_field', '/rule/did/at_most'],
    [{ did: { exactly: 1e12 } }, 'invalid_field', '/rule/did/exactly'],
    [{ did: { at_least: 1, at_most: 2 } }, 'invalid_field', '/rule/did'],
    [{ did: { where: { property: 'x', is: 1 } } }, 'unknown_field', '/rule/did/where/is'],
    [{ did: { within: 'P30D' } }, 'invalid_window', '/rule/did/within'],
    [{ did: { within: { last: 'P1M' } } }, 'invalid_time', '/rule/did/within/last'],
    [{ did: { within: { last: 'PT0S' } } }, 'invalid_window', '/rule/did/within/last'],
    [{ did: { within: { last: 'P1D', from: '1997-01-01' } } }, 'unknown_field', '/rule/did/within/from'],
    [{ did: { within: { since_birth: {} } } }, 'invalid_time', '/rule/did/within/since_birth/length'],
    [
      { did: { within: { since_birth: { length: 'P1D', offset: '-P1D' } } } },
      'invalid_time',
      '/rule/did/within/since_birth/offset',
    ],
    [{ did: { within: { from: '1997-02-30' } } }, 'invalid_time', '/rule/did/within/from'],
    [{ did: { within: { from: '1997-01-02', to: '1997-01-02' } } }, 'invalid_window', '/rule/did/within/from'],
    [{ trait: 'x' }, 'invalid_filter', '/rule'],
    [{ trait: 'x', eq: 1, ne: 2 }, 'invalid_filter', '/rule'],
    [{ trait: '', eq: 1 }, 'invalid_filter', '/rule/trait'],
    [{ trait: 'x', gt: 'a' }, 'invalid_filter', '/rule/gt'],
    [{ trait: 'x', property: 'y', eq: 1 }, 'unknown_field', '/rule/property'],
    [{ born: [] }, 'invalid_field', '/rule/born'],
    [{ born: { birth: { kind: 'death' } } }, 'invalid_field', '/rule/born/birth/kind'],
    [{ and: [] }, 'invalid_field', '/rule/and'],
    [{ or: [{ did: {} }, 7] }, 'invalid_field', '/rule/or/1'],
    [{ not: [{ did: {} }] }, 'invalid_field', '/rule/not'],
  ])('refuses %j', (value, code, pointer) => {
    const { pointers, ...rest } = refusal(() => read(value));
    expect(rest).toMatchObject({ code, status: 422 });
    expect(pointers[0]).toBe(pointer);
  });
});
