import fc from 'fast-check';
import { storeInBatches } from '../../../src/bodies/batches.js';
import { LineSplitter } from '../../../src/bodies/item-splitters.js';
import { BodyNotes } from '../../../src/core/ingest/body-notes.js';
import { ObjectReader } from '../../../src/core/ingest/object-reader.js';
import { ItemCollector, type RowBatch } from '../../../src/properties/ingest/item-collector.js';

/** Keeps the items as texts; rejects those that start with `!`. */
class Texts implements RowBatch {
  readonly items: { text: string; position: number }[] = [];
  readonly days = [];
  readonly range = { fromMs: Infinity, toMs: -Infinity };
  readonly item = new ObjectReader([], 'map', false, 'reject');
  readonly faults = this.item.faults;
  byteLength = 0;

  get count(): number {
    return this.items.length;
  }

  add(bytes: Buffer, start: number, end: number, position: number): boolean {
    const text = bytes.toString('utf8', start, end);
    this.faults.clear();
    if (text.startsWith('!')) {
      this.faults.replaceBy('malformed_json');
      return false;
    }
    this.items.push({ text, position });
    this.byteLength += end - start;
    return true;
  }

  addItem(): boolean {
    throw new Error('Lines are items as they stand');
  }

  clear(): void {
    this.items.length = 0;
    this.byteLength = 0;
  }
}

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The items with their index in the body, by way of batches of the given size. */
async function split(body: string, chunkSize: number, fullItems = 1e9) {
  const collector = new ItemCollector(() => new Texts(), new BodyNotes(), 1e9, fullItems);
  const items: { text: string; index: number }[] = [];
  let first = 0;
  const chunks = chunksOf(Buffer.from(body), chunkSize);
  await storeInBatches(chunks, new LineSplitter(collector), collector, ({ rows, endIndex }) => {
    items.push(...rows.items.map(({ text, position }) => ({ text, index: first + position })));
    first = endIndex;
    return Promise.resolve();
  });
  const { errors, ...more } = collector.rejected.report();
  return { items, rejected: collector.rejected.items, errors, more, lines: first };
}

describe('LineSplitter', () => {
  it('finds the lines wherever the chunks are cut and whatever ends them', async () => {
    const line = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('', ' ', '\t', '!bad', '{}'));
    const body = fc.array(
      fc.tuple(
        line.map((text) => text.replaceAll(/[\r\n]/g, '').toWellFormed()),
        fc.constantFrom('\n', '\r\n'),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(
        body,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (lines, chunkSize, fullItems, isEnded) => {
          const text = lines.map(([content, end]) => content + end).join('');
          const numbered = lines.map(([content], index) => ({ text: content, index }));
          const expected = numbered.filter((item) => item.text.trim() !== '' || /[^ \t]/.test(item.text));
          const result = await split(isEnded ? text : text.replace(/\r?\n$/, ''), chunkSize, fullItems);
          expect(result.items.map(({ text: found, index }) => ({ text: found.replace(/\r$/, ''), index }))).toEqual(
            expected.filter((item) => !item.text.startsWith('!')),
          );
          expect(result.errors.flatMap(({ indexes }) => indexes)).toEqual(
            expected.filter((item) => item.text.startsWith('!')).map((item) => item.index),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('counts blank lines, so that an index is the number of a line', async () => {
    const { items, lines } = await split('a\n\n \r\nb', 3);
    expect(items).toEqual([
      { text: 'a', index: 0 },
      { text: 'b', index: 3 },
    ]);
    expect(lines).toBe(4);
  });

  it('leaves out a line that is too long and goes on behind it', async () => {
    const body = `a\n${'x'.repeat(1_000_001)}\n${'y'.repeat(1_000_000)}\nb\n`;
    for (const chunkSize of [65_536, 2_000_000]) {
      const { items, errors } = await split(body, chunkSize);
      expect(items.map(({ text, index }) => [text.length, index])).toEqual([
        [1, 0],
        [1_000_000, 2],
        [1, 3],
      ]);
      expect(errors).toMatchObject([{ code: 'item_too_long', pointer: '', count: 1, indexes: [1] }]);
    }
  });

  it('tells of a hundred indexes, counts all and says how many it has left out', async () => {
    const { rejected, errors, more } = await split('!\n'.repeat(250), 64, 40);
    expect([rejected, errors.length, errors[0]?.count, errors[0]?.indexes.at(-1), more]).toEqual([
      250,
      1,
      250,
      99,
      { errors_omitted: 150 },
    ]);
  });
});
