import fc from 'fast-check';
import { csvRecords, type CsvForm } from '../../../src/properties/ingest/csv-records.js';

async function* chunksOf(body: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function recordsOf(body: string, form: Partial<CsvForm> = {}, size = 65_536): Promise<string[][]> {
  const records: string[][] = [];
  for await (const some of csvRecords(chunksOf(Buffer.from(body), size), { maxBytes: 1_000_000, ...form })) {
    records.push(...some);
  }
  return records;
}

const UPLOADED = { endsAtReturn: true, keepsBlank: true, takesLooseQuotes: true };

describe('records of CSV', () => {
  it('are the same however the body is cut', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r', ' '), maxLength: 5 });
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        async (given, size, end) => {
          const lines = given.map((cells) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(',') + end);
          expect(await recordsOf(lines.join(''), UPLOADED, size)).toEqual(given);
        },
      ),
    );
  });

  it('keep blank lines, loose quotes and every line end where that is asked', async () => {
    expect(await recordsOf('a\r\n\nb"c\rd,"e ""f"""\n', UPLOADED)).toEqual([['a'], [''], ['b"c'], ['d', 'e "f"']]);
    expect(await recordsOf('a\n\nb\n')).toEqual([['a'], ['b']]);
    await expect(recordsOf('a"b\n')).rejects.toMatchObject({ code: 'malformed_body' });
    await expect(recordsOf('"a')).rejects.toMatchObject({ code: 'malformed_body' });
  });

  it('of many lengths take no longer than of one', async () => {
    const time = async (body: string): Promise<number> => {
      const start = performance.now();
      await recordsOf(body);
      return performance.now() - start;
    };
    await time('c\n'.repeat(20_000));
    const even = await time('c\n'.repeat(60_000));
    expect(await time(`a,b\n${'c\n'.repeat(60_000)}`)).toBeLessThan(8 * even);
  });

  it.each(['x', ',', '"', '"\n",'])('that never end are refused: %j', async (piece) => {
    const endless = recordsOf(piece.repeat(2_000_000), { maxBytes: 300_000 });
    await expect(endless).rejects.toMatchObject({ code: 'body_too_large' });
  });
});
