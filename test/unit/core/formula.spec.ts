import { unescapedFormula, unescapeFormula } from '../../../src/core/formula.js';
import { TextSpan } from '../../../src/core/ingest/text-span.js';
import { escapedText } from '../../../src/sql/export/csv-sql.js';

const STYLE = { delimiter: ',', decimal: '.', escapesFormulas: true } as const;
const TEXTS = [
  'ann',
  '',
  "'",
  "it's",
  '=1+1',
  "'=1",
  "''-x",
  '＠x',
  '00042',
  '12345678901234567890',
  '2026-01',
  '="',
  '="a"b"',
];

describe('a text in a file of ours', () => {
  it.each([true, false])('comes back as it was (for spreadsheets: %s)', (isForSpreadsheet) => {
    for (const text of TEXTS) {
      const written = escapedText(text, { ...STYLE, isForSpreadsheet });
      expect(unescapedFormula(written)).toBe(text);
      const [cell, into] = [new TextSpan(), new TextSpan()];
      const bytes = Buffer.from(`x${written}y`);
      cell.set(bytes, 1, bytes.length - 1);
      expect(unescapeFormula(cell, into).toString()).toBe(text);
    }
  });

  it('stays what it is where nothing was put around it', () => {
    for (const text of ['="a"b"', '=1+1', '="', '"00042"', '=A1']) expect(unescapedFormula(text)).toBe(text);
  });
});
