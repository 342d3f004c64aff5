import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { refusal } from '../failing.js';
import { BASE, plan } from './planning.js';

const nested = (depth: number): unknown => JSON.parse('[{"and":'.repeat(depth) + '1' + '}]'.repeat(depth));
const many = (n: number, value: unknown): unknown[] => Array.from({ length: n }, () => value);
const keys = (n: number): object => Object.fromEntries(Array.from({ length: n }, (_, i) => [`key${i}`, i]));
const ands = (depth: number): unknown => JSON.parse('{"and":['.repeat(depth) + '1' + ']}'.repeat(depth));

describe('hostile bodies', () => {
  it.each<[string, RawRequest]>([
    ['2,000 levels of a filter', { params: { where: ands(2_000) } }],
    [
      '2,000 levels anywhere',
      {
        cohort: nested(2_000),
        window: nested(2_000),
        birth: nested(2_000),
        aggregators: nested(2_000) as unknown[],
        as_of: nested(2_000),
      },
    ],
    ['50,000 keys', { ...keys(50_000), params: keys(50_000), window: { kind: 'fixed', ...keys(50_000) } }],
    ['a filter of 50,000', { params: { where: { and: many(50_000, { property: 'a', eq: 1 }) } } }],
    ['a filter of 50,000 that are none', { params: { where: { and: many(50_000, []) } } }],
    ['many lists of bad values', { params: { where: { and: many(300, { property: 'a', in: many(900, null) }) } } }],
    ['50,000 event names', { params: { event: many(50_000, '') } }],
    ['50,000 aggregators', { aggregators: many(50_000, 'x') }],
    ['50,000 bad users', { cohort: { users: many(50_000, '') } }],
    [
      'a megabyte in each text',
      {
        metric: 'x'.repeat(1e6),
        time_zone: 'x/'.repeat(5e5),
        as_of: '1'.repeat(1e6),
        birth: { kind: 'x'.repeat(1e6) },
      },
    ],
    ['a megabyte of digits', { window: { kind: 'since_birth', length: `P${'1'.repeat(1e6)}D` } }],
    ['a megabyte of fractions', { as_of: `1997-01-01T00:00:00.${'0'.repeat(1e6)}Z` }],
    [
      'values of other types everywhere',
      {
        cohort: 1,
        metric: [],
        params: 'x',
        window: 1,
        birth: true,
        aggregators: {},
        time_zone: {},
        week_start: [],
        as_of: {},
        cache: {},
      },
    ],
  ])('%s: refused in a small answer, and at once', (_, requested) => {
    // Processor time, which other processes do not change.
    const before = process.cpuUsage();
    const refused = refusal(() => plan({ ...BASE, ...requested }));
    const { user, system } = process.cpuUsage(before);
    // Far above what it takes (75 ms at most), far below what a step without a limit took: 4.9 s.
    expect((user + system) / 1000).toBeLessThan(2_000);
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused).length).toBeLessThan(10_000);
  });
});
