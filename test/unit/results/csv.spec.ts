import { parse } from 'csv-parse/sync';
import type { Column } from '../../../src/core/metric/metric.js';
import { csvHeader, csvRows } from '../../../src/results/csv.js';

const COLUMNS: readonly Column[] = [
  { name: 'count', type: 'number', description: '' },
  { name: 'reached', type: 'boolean', description: '' },
];

describe('CSV of per-user values', () => {
  it('has the columns and then their reasons, with CRLF', () => {
    expect(csvHeader(COLUMNS, false)).toBe('user,count,reached,count.reason,reached.reason\r\n');
  });

  it('leaves an undefined value empty and tells its reason', () => {
    const row = { user: 'a', values: { count: 0.1 }, undefined: { reached: 'censored' } } as const;
    expect(csvRows(COLUMNS, row)).toBe('a,0.1,,,censored\r\n');
  });

  it('writes a map as a JSON text', () => {
    const columns: readonly Column[] = [{ name: 'counts', type: 'map', description: '' }];
    const row = { user: 'a', values: { counts: { 'x,"y"': 1, z: 0 } }, undefined: {} };
    expect(parse(csvHeader(columns, false) + csvRows(columns, row), { columns: true })).toEqual([
      { user: 'a', counts: JSON.stringify({ 'x,"y"': 1, z: 0 }), 'counts.reason': '' },
    ]);
  });

  it.each(['a,b', 'say "hi"', 'two\nlines', 'cr\r', ' padded ', 'ünï', '=1+1', ''])('keeps the user %j', (user) => {
    const text =
      csvHeader(COLUMNS, false) + csvRows(COLUMNS, { user, values: { count: 1, reached: false }, undefined: {} });
    expect(parse(text, { columns: true, record_delimiter: '\r\n' })).toEqual([
      { user, count: '1', reached: 'false', 'count.reason': '', 'reached.reason': '' },
    ]);
  });
});
