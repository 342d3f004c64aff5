import type { Filter } from '../../../src/core/event/filter.js';
import type { PlannedSelector, TimeBound } from '../../../src/core/event/time-bound.js';
import { compileFilter, compileNumber, compileSelector } from '../../../src/sql/compile-filter.js';
import { ParamList } from '../../../src/sql/compiled-query.js';

function compiled(filter: Filter<TimeBound>): { sql: string; values: unknown[] } {
  const params = new ParamList();
  return { sql: compileFilter(filter, params), values: Object.values(params.values) };
}

function selector(of: PlannedSelector): { sql: string; values: unknown[] } {
  const params = new ParamList();
  return { sql: compileSelector(of, params), values: Object.values(params.values) };
}

describe('compileFilter', () => {
  it.each([
    ['web', 'text', `= {p1:String}`, ['store', 'web']],
    [2, 'number', '= {p1:Float64}', ['store', 2]],
    [true, 'flag', '= true', ['store']],
    [false, 'flag', '= false', ['store']],
  ] as const)('looks for %p in the map of its type, and asks for the key first', (eq, map, test, values) => {
    const sql = `(mapContains(${map}, {p0:String}) AND ${map}[{p0:String}] ${test})`;
    expect(compiled({ property: 'store', eq })).toEqual({ sql, values });
  });

  it.each([
    [{ property: 'x', gt: 1 }, '>'],
    [{ property: 'x', gte: 1 }, '>='],
    [{ property: 'x', lt: 1 }, '<'],
    [{ property: 'x', lte: 1 }, '<='],
  ] as const)('compares numbers only: %j', (filter, operator) => {
    const sql = `(mapContains(number, {p0:String}) AND number[{p0:String}] ${operator} {p1:Float64})`;
    expect(compiled(filter)).toEqual({ sql, values: ['x', 1] });
  });

  it('tests a list type by type', () => {
    expect(compiled({ property: 'x', in: ['a', 1, true, 'b', -2] })).toEqual({
      sql:
        '((mapContains(text, {p0:String}) AND text[{p0:String}] IN {p1:Array(String)}) OR ' +
        '(mapContains(number, {p2:String}) AND has({p3:Array(Float64)}, number[{p2:String}])) OR ' +
        '(mapContains(flag, {p4:String}) AND flag[{p4:String}] = true))',
      values: ['x', ['a', 'b'], 'x', [1, -2], 'x'],
    });
  });

  it.each([
    [
      { property: 'x', ne: 'a' },
      { property: 'x', eq: 'a' },
    ],
    [
      { property: 'x', not_in: ['a', 1, false] },
      { property: 'x', in: ['a', 1, false] },
    ],
    [
      { property: 'x', exists: false },
      { property: 'x', exists: true },
    ],
    [{ not: { property: 'x', gt: 1 } }, { property: 'x', gt: 1 }],
    [{ not: { or: [{ property: 'x', gt: 1 }] } }, { or: [{ property: 'x', gt: 1 }] }],
  ] as const)('negates exactly, presence included: %j', (negated, filter) => {
    const { sql, values } = compiled(filter);
    expect(compiled(negated)).toEqual({ sql: `(NOT ${sql})`, values });
  });

  it('looks for a property in the maps of all types, and for a part in texts only', () => {
    expect(compiled({ property: 'x', exists: true })).toEqual({
      sql: '(mapContains(text, {p0:String}) OR mapContains(number, {p0:String}) OR mapContains(flag, {p0:String}))',
      values: ['x'],
    });
    expect(compiled({ property: 'x', contains: '%' })).toEqual({
      sql: '(mapContains(text, {p0:String}) AND position(text[{p0:String}], {p1:String}) > 0)',
      values: ['x', '%'],
    });
  });

  it('keeps operands of or together beside other tests', () => {
    const { sql } = compiled({
      and: [
        {
          or: [
            { property: 'x', gt: 1 },
            { property: 'x', lt: 0 },
          ],
        },
        { property: 'y', eq: 1 },
      ],
    });
    expect(sql).toMatch(/^\(\(\(.* > .*\) OR \(.* < .*\)\) AND \(.*\)\)$/);
  });

  it('keeps a list of ors together beside other tests', () => {
    const { sql } = compiled({
      and: [
        { property: 'x', in: [true, 'a'] },
        { property: 'y', eq: 1 },
      ],
    });
    expect(sql).toMatch(/^\(\(\(.* OR .*\)\) AND \(mapContains\(number, .*\)\)$/);
  });

  it('writes no name or value into the text', () => {
    const nasty = `') OR true OR ('`;
    const params = new ParamList();
    const sql = [
      compileFilter(
        {
          and: [
            { property: nasty, eq: nasty },
            { property: nasty, in: [nasty] },
            { not: { property: nasty, contains: nasty } },
            { or: [{ property: nasty, exists: true }] },
          ],
        },
        params,
      ),
      compileSelector({ event: [nasty, `${nasty}2`], where: null }, params),
      compileNumber(nasty, params),
    ].join(' ');
    expect(sql).not.toContain('OR true');
    expect(JSON.stringify(params.values)).toContain('OR true');
  });
});

describe('compileSelector', () => {
  it('takes every event where nothing is asked', () => {
    expect(selector({ event: null, where: null })).toEqual({ sql: 'true', values: [] });
  });

  it('asks for one name, or for one of several', () => {
    expect(selector({ event: ['buy'], where: null })).toEqual({ sql: 'name = {p0:String}', values: ['buy'] });
    expect(selector({ event: ['buy', 'view'], where: null })).toEqual({
      sql: 'name IN {p0:Array(String)}',
      values: [['buy', 'view']],
    });
  });

  it('asks for name and filter', () => {
    const { sql } = selector({ event: ['buy'], where: { property: 'x', eq: true } });
    expect(sql).toBe('name = {p0:String} AND (mapContains(flag, {p1:String}) AND flag[{p1:String}] = true)');
  });
});
