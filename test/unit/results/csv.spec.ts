import { parse } from 'csv-parse/sync';
import { csvLine, escapedText } from '../../../src/results/csv.js';

describe('CSV', () => {
  it('ends lines with CRLF', () => {
    expect(csvLine(['a', '', '-1.5'])).toBe('a,,-1.5\r\n');
  });

  it.each(['a,b', 'say "hi"', 'two\nlines', 'cr\r', ' padded ', 'ünï', '"', '', 'a;b', 'a\tb'])('keeps %j', (text) => {
    expect(parse(csvLine([text, 'x']), { record_delimiter: '\r\n' })).toEqual([[text, 'x']]);
  });

  it.each(['a;=1+1', 'a\t=1+1', 'a,=1+1', '=1\n=2'])('keeps %j in one cell, whatever the separator', (text) => {
    expect(csvLine([text])).toBe(`"${text}"\r\n`);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x', "'=1", "''-x"])(
    'puts an apostrophe before %j',
    (text) => {
      expect(escapedText(text)).toBe(`'${text}`);
    },
  );

  it.each(['a=1', '1+1', ' =1', "'a", "it's", '', 'ä', "'"])('leaves %j as it is', (text) => {
    expect(escapedText(text)).toBe(text);
  });

  it('loses nothing: no two texts come to the same cell', () => {
    const texts = ['=1', "'=1", "''=1", '1', "'1"];
    expect(new Set(texts.map(escapedText)).size).toBe(texts.length);
  });
});
