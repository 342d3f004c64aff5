import { withValues } from '../../../src/stores/postgres/one-trip.js';

describe('a statement with its values in its text', () => {
  it.each([
    ['a text', "it's", "'it''s'"],
    ['a text with a backslash', String.raw`a\b'`, String.raw` E'a\\b'''`],
    ['a text that looks like a parameter', '$1 and $2', "'$1 and $2'"],
    ['a number', 12.5, "'12.5'"],
    ['a boolean', false, "'false'"],
    ['an instant', new Date(0), "'1970-01-01T00:00:00.000Z'"],
    ['nothing', null, 'NULL'],
    ['no texts', [], "'{}'"],
    ['texts', ['a', 'b"c', String.raw`d\e`, "f'"], String.raw` E'{"a","b\\"c","d\\\\e","f''"}'`],
  ])('quotes %s', (_, value, quoted) => {
    expect(withValues({ sql: 'SELECT $1, $2', values: [1, value] })).toBe(`SELECT '1', ${quoted}`);
  });

  it('tells parameters of two digits from those of one', () => {
    const values = Array.from({ length: 11 }, (_, i) => `v${i + 1}`);
    expect(withValues({ sql: '$11 $1', values })).toBe("'v11' 'v1'");
  });

  it('refuses what it cannot write', () => {
    expect(() => withValues({ sql: '$1', values: [{}] })).toThrow('no value of a statement');
  });
});
