import fc from 'fast-check';
import { CsvScanner, DELIMITERS, type Delimiter } from '../../../src/core/ingest/csv-scanner.js';
import { naiveCsv } from '../../support/naive-csv.js';

interface Scanned {
  readonly rows: string[][];
  readonly tooLong: number[];
  readonly failure: string | null;
}

function scan(body: string, { delimiter = 'comma' as Delimiter, size = 65_536, max = 1_000_000 } = {}): Scanned {
  const rows: string[][] = [];
  const tooLong: number[] = [];
  const scanner = new CsvScanner(delimiter, max, {
    row: (row) => rows.push(row.texts()),
    tooLong: () => tooLong.push(rows.length),
  });
  const bytes = Buffer.from(body);
  try {
    for (let at = 0; at < bytes.length; at += size) scanner.push(Buffer.from(bytes.subarray(at, at + size)));
    scanner.finish();
  } catch (error) {
    return { rows, tooLong, failure: (error as { code: string }).code };
  }
  return { rows, tooLong, failure: null };
}

describe('CsvScanner', () => {
  it('reads as a naive reader does, however the body is cut', () => {
    const pieces = fc.constantFrom('a', 'é', '😀', ',', ';', '"', '""', '\n', '\r', '\r\n', ' ', '",', '\n"');
    const body = fc.array(pieces, { maxLength: 30 }).map((list) => list.join(''));
    fc.assert(
      fc.property(
        body,
        fc.constantFrom<Delimiter>('comma', 'semicolon'),
        fc.integer({ min: 1, max: 9 }),
        (text, delimiter, size) => {
          const { rows, isOpen } = naiveCsv(text, DELIMITERS[delimiter]);
          const expected = { rows, tooLong: [], failure: isOpen ? 'malformed_body' : null };
          return JSON.stringify(scan(text, { delimiter, size })) === JSON.stringify(expected);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['a\r\n\nb"c\rd,"e ""f"""\n', [['a'], [''], ['b"c'], ['d', 'e "f"']]],
    ['"a"b,c\n', [['ab', 'c']]],
    ['5" disk,x"y"\n', [['5" disk', 'x"y"']]],
    ['"a\nb",c', [['a\nb', 'c']]],
    [',', [['', '']]],
  ])('reads %j', (body, rows) => expect(scan(body).rows).toEqual(rows));

  it('passes over a row that is too long and goes on behind it, however the body is cut', () => {
    const long = 'x'.repeat(300);
    const rows = [
      ['a', 'b'],
      ['c', 'd'],
    ];
    for (const end of ['\n', '\r\n', '\r']) {
      for (const size of [1, 7, 100, 65_536]) {
        for (const row of [long, `"${'""'.repeat(60)}",${long}`]) {
          const body = `a,b${end}${row}${end}c,d${end}${row}`;
          expect(scan(body, { size, max: 200 })).toEqual({ rows, tooLong: [1, 2], failure: null });
        }
        // A quote that is open for longer than a row may be is taken for one that never closes.
        const quoted = scan(`a,b${end}a,"${long}",b${end}c,d`, { size, max: 200 });
        expect([quoted.rows, quoted.failure]).toEqual([[['a', 'b']], 'body_too_large']);
      }
    }
  });

  it.each(['"', 'a\n"', '"\n"",'])('ends a body whose quote is open for too long, early: %j', (piece) => {
    const opened = `${piece}${'x\n'.repeat(2_000_000)}`;
    expect(scan(opened, { max: 300_000 }).failure).toBe('body_too_large');
  });
});
