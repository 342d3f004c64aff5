import fc from 'fast-check';
import { ArraySplitter } from '../../../src/bodies/item-splitters.js';
import { BodyNotes } from '../../../src/core/ingest/body-notes.js';
import { StrictArray } from '../../../src/properties/ingest/ingest-body.js';
import { ItemCollector } from '../../../src/properties/ingest/item-collector.js';
import { EventBatch } from '../../../src/stores/clickhouse/event-batch.js';
import { plainForm } from '../../support/item-form.js';

function itemsOf(body: string): string[] {
  const items: string[] = [];
  const bytes = Buffer.from(body);
  new ArraySplitter({
    take: (_, start, end) => void items.push(bytes.toString('utf8', start, end)),
    refuse: (code) => void items.push(code),
  }).push(bytes);
  return items;
}

describe('ArraySplitter', () => {
  it('gives each item as it stands in the text', () => {
    expect(itemsOf(' [ {"a":"],{\\"[", "a":2} ,\n5, "x,y" , [1,[2]],null ] ').map((item) => item.trim())).toEqual([
      '{"a":"],{\\"[", "a":2}',
      '5',
      '"x,y"',
      '[1,[2]]',
      'null',
    ]);
    expect(itemsOf('[]')).toEqual([]);
    expect(itemsOf('[\n]')).toEqual([]);
  });

  it('finds the same items as the parser', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 8 }),
        fc.constantFrom(undefined, 1, '\t'),
        (values, indent) => {
          const body = JSON.stringify(values, null, indent);
          expect(itemsOf(body).map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(body));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses what is no JSON, and JSON that is no array', () => {
    expect(() => itemsOf('[1,]')).toThrow(expect.objectContaining({ code: 'malformed_body' }));
    expect(() => itemsOf('{"user":"u"}')).toThrow(
      expect.objectContaining({ code: 'invalid_field', errors: [expect.objectContaining({ pointer: '' })] }),
    );
  });

  it('refuses an item that is too long', () => {
    expect(itemsOf(`["${'x'.repeat(1_000_000)}",1]`)).toEqual(['item_too_long', '1']);
  });
});

describe('an array of events', () => {
  const body = Buffer.from('[{"user":"u","event":"e","time":"2024-01-01T00:00:00Z"},{"user":"u"},{"user":7}]');

  it('takes the good items and tells of the others', () => {
    const collector = new ItemCollector(() => new EventBatch(plainForm(Date.parse('2026-01-01'))), new BodyNotes());
    new ArraySplitter(collector).push(body);
    const batch = collector.cut();
    expect([batch.rows.count, batch.endIndex, collector.rejected.items]).toEqual([1, 3, 2]);
  });

  it('refuses all where all is asked for', () => {
    const collector = new ItemCollector(() => new EventBatch(plainForm(Date.parse('2026-01-01'))), new BodyNotes());
    const pointers = ['/1/event', '/1/time', '/2/event', '/2/time', '/2/user'].map((pointer) =>
      expect.objectContaining({ pointer, code: pointer === '/2/user' ? 'invalid_type' : 'missing_field' }),
    );
    const array = new StrictArray(collector);
    array.push(body);
    expect(() => array.finish()).toThrow(
      expect.objectContaining({ code: 'strict_batch_rejected', errors: pointers, extra: { rejected: 2 } }),
    );
  });
});
