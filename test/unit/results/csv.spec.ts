import { parse } from 'csv-parse/sync';
import { csvHeader, csvLine, numberText } from '../../../src/results/csv.js';
import { escapedText, type CsvStyle } from '../../../src/sql/export/csv-sql.js';

const PLAIN: CsvStyle = { delimiter: ',', decimal: '.', escapesFormulas: true, isForSpreadsheet: false };
const FOR_EXCEL: CsvStyle = { delimiter: ';', decimal: ',', escapesFormulas: true, isForSpreadsheet: true };

describe('CSV', () => {
  it('ends lines with CRLF', () => {
    expect(csvLine(['a', '', '-1.5'], PLAIN)).toBe('a,,-1.5\r\n');
  });

  it.each(['a,b', 'say "hi"', 'two\nlines', 'cr\r', ' padded ', 'ünï', '"', '', 'a;b', 'a\tb'])('keeps %j', (text) => {
    expect(parse(csvLine([text, 'x'], PLAIN), { record_delimiter: '\r\n' })).toEqual([[text, 'x']]);
  });

  it.each(['a;=1+1', 'a\t=1+1', 'a,=1+1', '=1\n=2'])('keeps %j in one cell, whatever the separator', (text) => {
    expect(csvLine([text], PLAIN)).toBe(`"${text}"\r\n`);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x', "'=1", "''-x"])(
    'puts an apostrophe before %j',
    (text) => {
      expect(escapedText(text, PLAIN)).toBe(`'${text}`);
    },
  );

  it.each(['a=1', '1+1', ' =1', "'a", "it's", '', 'ä', "'"])('leaves %j as it is', (text) => {
    expect(escapedText(text, PLAIN)).toBe(text);
  });

  it('loses nothing: no two texts come to the same cell', () => {
    const texts = ['=1', "'=1", "''=1", '1', "'1"];
    expect(new Set(texts.map((text) => escapedText(text, PLAIN))).size).toBe(texts.length);
  });
});

describe('CSV for spreadsheets', () => {
  it.each([
    '00042',
    '12345678901234567890',
    '1e5',
    '1E+05',
    '2026-01',
    '1/2',
    '12:30',
    '12:30 pm',
    '5%',
    '$5',
    '(5)',
    '.5',
    '1-Mar',
    'MAR1',
    'sept-2',
    '3 march 2020',
    'TRUE',
  ])('keeps %j as a text', (text) => {
    expect(escapedText(text, FOR_EXCEL)).toBe(`="${text}"`);
    expect(escapedText(text, PLAIN)).toBe(text);
    expect(csvLine([escapedText(text, FOR_EXCEL)], FOR_EXCEL)).toBe(`"=""${text}"""\r\n`);
  });

  it.each(['user-1', 'ann', 'march', '1abc', '7f3c', 'x1', '', '12345678901234567 "', '9'.repeat(256)])(
    'leaves %j as it is',
    (text) => {
      expect(escapedText(text, FOR_EXCEL)).toBe(text);
    },
  );

  it('runs no formula of others', () => {
    expect(escapedText('=1+1', FOR_EXCEL)).toBe("'=1+1");
    expect(escapedText('-1', FOR_EXCEL)).toBe("'-1");
  });

  it('has a byte order mark, the delimiter and the decimal sign that are asked', () => {
    expect(csvHeader(['user', 'a;b'], FOR_EXCEL)).toBe('\ufeffuser;"a;b"\r\n');
    expect(csvLine([numberText(-1.5, FOR_EXCEL), numberText(1e-7, FOR_EXCEL)], FOR_EXCEL)).toBe('"-1,5";1e-7\r\n');
    expect(csvLine([numberText(-1.5, PLAIN)], PLAIN)).toBe('-1.5\r\n');
  });
});
