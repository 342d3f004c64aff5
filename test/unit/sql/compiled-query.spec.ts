import { ParamList } from '../../../src/sql/compiled-query.js';

describe('ParamList', () => {
  it('gives typed placeholders in order and keeps the values by name', () => {
    const params = new ParamList();
    const placeholders = [
      params.add('UInt32', 7),
      params.add('String', `'; DROP`),
      params.add('Array(Float64)', [0.1]),
    ];
    expect(placeholders).toEqual(['{p0:UInt32}', '{p1:String}', '{p2:Array(Float64)}']);
    expect(params.values).toEqual({ p0: 7, p1: `'; DROP`, p2: [0.1] });
  });

  it('gives equal values placeholders of their own', () => {
    const params = new ParamList();
    expect([params.add('Int64', 1), params.add('Int64', 1)]).toEqual(['{p0:Int64}', '{p1:Int64}']);
  });

  it.each([
    ['UInt16', 65_536],
    ['UInt16', -1],
    ['UInt32', 0.5],
    ['UInt32', 2 ** 32],
    ['UInt64', 2 ** 53],
    ['Int64', Infinity],
    ['Int64', -(2 ** 53)],
    ['Float64', NaN],
    ['Float64', -Infinity],
  ] as const)('refuses to write as %s the number %d', (type, value) => {
    expect(() => new ParamList().add(type, value)).toThrow(`${value} is not a ${type}`);
  });

  it('refuses a list with such a number', () => {
    expect(() => new ParamList().add('Array(Float64)', [1, NaN])).toThrow(RangeError);
  });

  it.each([
    ['UInt16', 65_535],
    ['UInt64', Number.MAX_SAFE_INTEGER],
    ['Int64', Number.MIN_SAFE_INTEGER],
    ['Float64', 5e-324],
  ] as const)('takes as %s the outermost %d', (type, value) => {
    const params = new ParamList();
    params.add(type, value);
    expect(params.values).toEqual({ p0: value });
  });
});
