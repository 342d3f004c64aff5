import fc from 'fast-check';
import { csvColumns } from '../../../src/events/csv-columns.js';
import { csvBatches } from '../../../src/events/csv-rows.js';
import { ItemCollector } from '../../../src/properties/ingest/item-collector.js';
import { EventBatch } from '../../../src/stores/clickhouse/event-batch.js';
import { plainForm } from '../../support/item-form.js';

const HEADER = ['user', 'event', 'time'];
const LATEST_MS = Date.parse('2026-01-01');

async function* chunksOf(text: string, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The rows in the engine's format, and what was rejected. */
async function read(text: string, size?: number) {
  const collector = new ItemCollector(() => new EventBatch(plainForm(LATEST_MS)));
  let rows = Buffer.alloc(0);
  for await (const batch of csvBatches(chunksOf(text, size), collector))
    rows = Buffer.concat([rows, batch.rows.bytes()]);
  return { rows, rejections: collector.rejected.told().errors };
}

function rowsOfJson(items: readonly object[]): Buffer {
  const batch = new EventBatch(plainForm(LATEST_MS));
  items.forEach((item, position) => {
    const bytes = Buffer.from(JSON.stringify(item));
    expect(batch.add(bytes, 0, bytes.length, position)).toBe(true);
  });
  return batch.bytes();
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: { code?: string; detail?: string }) => `${error.code}: ${error.detail}`,
  );

describe('csvColumns', () => {
  it('knows fields, and properties by their type', () => {
    expect(csvColumns(['id', ...HEADER, 'a', 'a.b:number', 'x:y:boolean'])).toEqual([
      { name: 'id', isProperty: false, type: 'text' },
      { name: 'user', isProperty: false, type: 'text' },
      { name: 'event', isProperty: false, type: 'text' },
      { name: 'time', isProperty: false, type: 'text' },
      { name: 'a', isProperty: true, type: 'text' },
      { name: 'a.b', isProperty: true, type: 'number' },
      { name: 'x:y', isProperty: true, type: 'boolean' },
    ]);
  });

  it.each([
    [['user', 'event'], '"time"'],
    [[...HEADER, 'time'], '"time"'],
    [[...HEADER, 'a', 'a:number'], '"a"'],
    [[...HEADER, 'a:integer'], '"a:integer"'],
    [[...HEADER, ''], '""'],
    [[...HEADER, ':number'], '":number"'],
    [[...HEADER, 'x'.repeat(201)], '"xxx'],
  ])('refuses %j and names the column', (header, named) => {
    expect(() => csvColumns(header)).toThrow(
      expect.objectContaining({ code: 'invalid_field', detail: expect.stringContaining(named) }),
    );
  });
});

describe('csvBatches', () => {
  it('reads the same events as JSON', async () => {
    const text =
      'id,user,event,time,n:number,ok:boolean,t\r\n1,u,"a ""b"",\nc",2024-01-01T00:00:00Z,1.50,TRUE,é\r\n,v,e,2024-01-01T00:00:00Z,,,\n\n2,w,e,2024-01-01T00:00:00Z,-.5e3,false, x ';
    const json = [
      {
        id: '1',
        user: 'u',
        event: 'a "b",\nc',
        time: '2024-01-01T00:00:00Z',
        properties: { n: 1.5, ok: true, t: 'é' },
      },
      { user: 'v', event: 'e', time: '2024-01-01T00:00:00Z' },
      { id: '2', user: 'w', event: 'e', time: '2024-01-01T00:00:00Z', properties: { n: -500, ok: false, t: ' x ' } },
    ];
    const { rows, rejections } = await read(text);
    expect(rejections).toEqual([]);
    expect(rows.equals(rowsOfJson(json))).toBe(true);
  });

  it('writes any number so that it is read back', async () => {
    // Those that JavaScript spells as other integers are refused.
    const doubles = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => !Number.isInteger(value) || Math.abs(value) <= 2 ** 53 || Math.abs(value) >= 1e21);
    await fc.assert(
      fc.asyncProperty(doubles, async (value) => {
        const { rows } = await read(`user,event,time,n:number\nu,e,2024-01-01T00:00:00Z,${value}\n`, 100);
        expect(
          rows.equals(rowsOfJson([{ user: 'u', event: 'e', time: '2024-01-01T00:00:00Z', properties: { n: value } }])),
        ).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('rejects the row, not the body, for a bad cell', async () => {
    const good = 'u,e,2024-01-01T00:00:00Z';
    const text = `user,event,time,n:number,b:boolean\n${good},1,true\n${good},one,true\n${good},1,yes\n${good},1\n${good},1e999,\n,e,2024-01-01T00:00:00Z,,\n${good},0x1,\n`;
    const { rejections } = await read(text);
    expect(rejections.map(({ code, pointer, indexes }) => `${code} ${pointer} ${indexes.join()}`)).toEqual([
      'invalid_cell /properties/n 1,4,6',
      'invalid_cell /properties/b 2',
      'wrong_cell_count  3',
      'missing_field /user 5',
    ]);
  });

  it('refuses a body whose quotes do not close, and a row without end', async () => {
    expect(await codeOf(read('user,event,time\n"u,e,t\n'))).toMatch(/^malformed_body: /);
    expect(await codeOf(read(`user,event,time\n"${'x'.repeat(1_100_000)}`, 65_536))).toMatch(/^body_too_large: /);
    expect(await codeOf(read('user,event\nu,e\n'))).toMatch(/^invalid_field: .*"time"/);
    expect(await codeOf(read(''))).toBe('none');
  });
});
