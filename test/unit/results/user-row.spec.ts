import type { Column } from '../../../src/core/metric/metric.js';
import { userRow } from '../../../src/results/user-row.dto.js';
import type { StoredValues } from '../../../src/stores/clickhouse/run-values-store.js';

const COLUMNS: readonly Column[] = [
  { name: 'reached', type: 'boolean', description: '' },
  { name: 'time_to', type: 'duration', unit: 'second', description: '' },
  { name: 'first', type: 'instant', description: '' },
  { name: 'count', type: 'number', description: '' },
];

describe('userRow', () => {
  it('tells each type of column in its own form', () => {
    const stored = { user: 'a', numbers: [1, 90.5, 852_076_800_123, 2], reasons: ['', '', '', ''], maps: [] };
    expect(userRow(COLUMNS, stored)).toEqual({
      user: 'a',
      values: { reached: true, time_to: 90.5, first: '1997-01-01T00:00:00.123Z', count: 2 },
      undefined: {},
    });
  });

  it('puts a column either under values or under undefined', () => {
    const stored = { user: 'b', numbers: [0, 0, 0, 0], reasons: ['', 'never', 'never', 'not_numeric'], maps: [] };
    expect(userRow(COLUMNS, stored)).toEqual({
      user: 'b',
      values: { reached: false },
      undefined: { time_to: 'never', first: 'never', count: 'not_numeric' },
    });
  });

  it('takes the maps of map columns in their order', () => {
    const columns = ['number', 'map', 'map'].map((type, i) => ({ name: `c${i}`, type, description: '' })) as Column[];
    const maps: StoredValues['maps'] = [{}, { x: 1, y: 0 }];
    const stored = { user: 'a', numbers: [4, 0, 0], reasons: ['', 'censored', ''], maps };
    expect(userRow(columns, stored)).toEqual({
      user: 'a',
      values: { c0: 4, c2: { x: 1, y: 0 } },
      undefined: { c1: 'censored' },
    });
  });

  it('refuses a row of another metric', () => {
    expect(() => userRow(COLUMNS, { user: 'c', numbers: [1], reasons: [''], maps: [] })).toThrow(/4 columns/);
  });
});
