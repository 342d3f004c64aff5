import fc from 'fast-check';
import { storeInBatches } from '../../../src/bodies/batches.js';
import { BodyNotes } from '../../../src/core/ingest/body-notes.js';
import { csvColumns } from '../../../src/core/ingest/csv-columns.js';
import { csvOfEvents, csvOfUsers } from '../../../src/properties/ingest/csv-parameters.js';
import { tableSplitter } from '../../../src/properties/ingest/ingest-body.js';
import type { EventsQuery } from '../../../src/properties/ingest/ingest-query.dto.js';
import { ItemCollector } from '../../../src/properties/ingest/item-collector.js';
import { EventBatch } from '../../../src/stores/clickhouse/event-batch.js';
import { plainForm } from '../../support/item-form.js';

const HEADER = ['user', 'event', 'time'];
const LATEST_MS = Date.parse('2026-01-01');
const TIME = '2024-01-01T00:00:00Z';

async function* chunksOf(text: string, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The rows in the engine's format, what was rejected and noticed, and how it ended. */
async function read(text: string, query: EventsQuery = {}, size?: number) {
  const form = { ...plainForm(LATEST_MS), notes: new BodyNotes() };
  const collector = new ItemCollector(() => new EventBatch(form), form.notes);
  let rows = Buffer.alloc(0);
  let failure: { code: string; detail: string } | null = null;
  try {
    const splitter = tableSplitter(collector, csvOfEvents(query));
    await storeInBatches(chunksOf(text, size), splitter, collector, (batch) => {
      rows = Buffer.concat([rows, batch.rows.bytes()]);
      return Promise.resolve();
    });
  } catch (error) {
    failure = error as { code: string; detail: string };
  }
  const errors = collector.rejected.report().errors.map((e) => `${e.code} ${e.pointer} ${e.indexes.join()}`);
  return {
    rows,
    errors,
    failure,
    details: collector.rejected.report().errors.map(({ detail }) => detail),
    warnings: form.notes.warnings(),
  };
}

function rowsOfJson(items: readonly object[]): Buffer {
  const batch = new EventBatch(plainForm(LATEST_MS));
  items.forEach((item, position) => {
    const bytes = Buffer.from(JSON.stringify(item));
    expect(batch.add(bytes, 0, bytes.length, position)).toBe(true);
  });
  return batch.bytes();
}

const columnsOf = (header: readonly string[], query: EventsQuery = {}) => {
  const { columns, shape } = csvOfEvents(query);
  const { fields, values } = csvColumns(header, columns, shape);
  return { fields, values: values.map(({ at, name, type }) => `${at} ${name} ${type}`) };
};

describe('csvColumns', () => {
  it('knows fields, and properties by their type', () => {
    expect(columnsOf(['id', ...HEADER, 'a', 'a.b:number', 'x:y:boolean', 'z:text'])).toEqual({
      fields: [1, 2, 3, 0],
      values: ['4 a text', '5 a.b number', '6 x:y boolean', '7 z text'],
    });
  });

  it('knows them without regard to case and blanks, and where the query says', () => {
    const header = [' User ', 'EVENT', 'Time', 'Price', 'price', 'Paid', 'ip', 'a,b'];
    expect(columnsOf(header, { number: 'Price,5', ignore: 'IP,"a,b"', boolean: 'paid' })).toEqual({
      fields: [0, 1, 2, null],
      values: ['3 Price number', '4 price number', '5 Paid boolean'],
    });
    expect(columnsOf(['when', 'who', 'user'], { user: 'WHO', time: '1', event_name: 'visit' })).toEqual({
      fields: [1, null, 0, null],
      values: ['2 user text'],
    });
  });

  it.each<[string[], EventsQuery, string, string]>([
    [
      ['user', 'event'],
      {},
      'invalid_field',
      'no column "time"; it has "user", "event". Say which column it is by time=',
    ],
    [['a', 'b'], {}, 'invalid_field', 'event= (or event_name=, where it is the same in all rows)'],
    [['user;event;time'], {}, 'invalid_field', 'Say delimiter=semicolon.'],
    [['user\tevent\ttime'], {}, 'invalid_field', 'Say delimiter=tab.'],
    [[...HEADER, 'TIME '], {}, 'none', ''],
    [['user', 'event', 'Time', 'TIME'], {}, 'invalid_field', '2 columns for "time". Say which by time='],
    [[...HEADER, 'a', 'a:number'], {}, 'invalid_field', '"a" stands twice'],
    [[...HEADER, 'a:integer'], {}, 'invalid_field', '"a:integer" has no known type'],
    [[...HEADER, ''], {}, 'invalid_field', 'Column 4 has no name. Give it one, or leave it out by ignore=4.'],
    [[...HEADER, ':number'], {}, 'invalid_field', 'Column 4 has no name'],
    [[...HEADER, 'x'.repeat(201)], {}, 'invalid_field', 'a name of 1 to 200 characters'],
    [HEADER, { user: 'who' }, 'invalid_parameter', 'no column "who"; it has "user", "event", "time"'],
    [HEADER, { ignore: '4' }, 'invalid_parameter', 'no column "4"'],
    [[...HEADER, 'x'], { ignore: '4,' }, 'none', ''],
    [[...HEADER, 'x', 'X'], { number: 'x' }, 'none', ''],
  ])('says of %j with %j: %s', (header, query, code, named) => {
    let reported = { code: 'none', detail: '' };
    try {
      columnsOf(header, query);
    } catch (error) {
      reported = error as typeof reported;
    }
    expect(reported).toMatchObject({ code, detail: expect.stringContaining(named) });
  });

  it('refuses parameters that contradict one another', () => {
    expect(() => csvOfEvents({ event: 'a', event_name: 'b' })).toThrow(
      expect.objectContaining({ code: 'invalid_parameter' }),
    );
    expect(() => csvOfUsers({ number: '"a' })).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
  });
});

describe('CSV in batches', () => {
  it('reads the same events as JSON', async () => {
    const text = `id,user,event,time,n:number,ok:boolean,t\r\n1,u,"a ""b"",\nc",${TIME},1.50,TRUE,é\r\n,v,e,${TIME},,,\n\n2,w,e,${TIME}, -.5e3,false, x `;
    const json = [
      { id: '1', user: 'u', event: 'a "b",\nc', time: TIME, properties: { n: 1.5, ok: true, t: 'é' } },
      { user: 'v', event: 'e', time: TIME },
      { id: '2', user: 'w', event: 'e', time: TIME, properties: { n: -500, ok: false, t: ' x ' } },
    ];
    const { rows, errors } = await read(text);
    expect(errors).toEqual([]);
    expect(rows.equals(rowsOfJson(json))).toBe(true);
  });

  it('reads any text and number so that it is the same as in JSON', async () => {
    const cell = fc.oneof(
      fc.string({
        unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r', ' ', "'", '=', '-', '@'),
        minLength: 1,
        maxLength: 6,
      }),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .filter((n) => !Number.isInteger(n) || Math.abs(n) <= 2 ** 53 || Math.abs(n) >= 1e21),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 20 }),
        async (cells, size) => {
          const name = (value: string | number, i: number) => `c${i}${typeof value === 'number' ? ':number' : ''}`;
          const written = (value: string | number) =>
            `"${(typeof value === 'string' && /^'*[=+\-@\t\r\n]/.test(value) ? `'${value}` : String(value)).replaceAll('"', '""')}"`;
          const body = `user,event,time,${cells.map(name).join(',')}\nu,e,${TIME},${cells.map(written).join(',')}\n`;
          const properties = Object.fromEntries(cells.map((value, i) => [`c${i}`, value]));
          const { rows, errors } = await read(body, {}, size);
          expect(errors).toEqual([]);
          expect(rows.equals(rowsOfJson([{ user: 'u', event: 'e', time: TIME, properties }]))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('rejects the row, not the body, for a bad cell, and tells all that is wrong with it', async () => {
    const good = `u,e,${TIME}`;
    const text = `user,event,time,n:number,b:boolean\n${good},1,true\n${good},one,yes\n${good},1\n${good},1e999,\n,e,x,,\n${good},0x1,\n${good},9007199254740993,\n${good},9007199254740993.0,\n${good},"1,5",\n"\0",e,${TIME},,\n${'x'.repeat(1_000_001)}\n${good},2,\n`;
    const { errors, details, failure } = await read(text, {}, 65_536);
    expect(failure).toBeNull();
    expect(errors).toEqual([
      'invalid_cell /properties/n 1,5,8',
      'invalid_cell /properties/b 1',
      'wrong_cell_count  2',
      'number_out_of_range /properties/n 3',
      'missing_field /user 4',
      'invalid_time /time 4',
      'number_out_of_range /properties/n 6,7',
      'nul_character /user 9',
      'item_too_long  10',
    ]);
    expect(details.find((detail) => detail.includes('9007199254740993'))).toContain('send it as text');
  });

  it('reads what programs of other countries and other writers make', async () => {
    const query: EventsQuery = {
      delimiter: 'semicolon',
      decimal: 'comma',
      event_name: 'sale',
      user: 'Kunde',
      time: 'Zeit',
      number: 'Betrag',
    };
    const { rows, errors } = await read(
      `Kunde ;Zeit;Betrag;Ort\nu;2024-01-01 00:00Z;-12,5;K"öln\nv;${TIME};1.234,5;x\nw;${TIME};12.5;x\n`,
      query,
    );
    expect(errors).toEqual(['invalid_cell /properties/Betrag 1,2']);
    expect(
      rows.equals(rowsOfJson([{ user: 'u', event: 'sale', time: TIME, properties: { Betrag: -12.5, Ort: 'K"öln' } }])),
    ).toBe(true);
  });

  it('keeps what stood before a quote that never closes', async () => {
    const { rows, failure } = await read(`user,event,time\nu,e,${TIME}\n"v,e,${TIME}\n`);
    expect(failure).toMatchObject({ code: 'malformed_body', detail: expect.stringMatching(/^Row 3 .*never closed/) });
    expect(rows.equals(rowsOfJson([{ user: 'u', event: 'e', time: TIME }]))).toBe(true);
    expect((await read('')).failure).toBeNull();
    expect((await read('"user')).failure?.code).toBe('malformed_body');
  });

  it('warns of a column of text that holds numbers, and of users who are nobody', async () => {
    const text = `user,event,time,n,m,t\nNULL,e,${TIME},1,1,\nnull,e,${TIME},-2.5,x,\n[object Object],e,${TIME},,1,\nnully,e,${TIME},,1,\n`;
    const { warnings } = await read(text);
    expect(warnings).toMatchObject([
      { code: 'suspicious_user', value: 'NULL', count: 2 },
      { code: 'suspicious_user', value: '[object Object]', count: 1 },
      { code: 'numbers_as_text', value: 'n', count: 2 },
    ]);
  });
});
