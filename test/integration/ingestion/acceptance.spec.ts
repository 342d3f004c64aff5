import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { eventTexts, soundEventTexts } from '../../support/event-texts.js';
import { naiveEvent, type NaiveEvent } from '../../support/naive-event.js';
import { event, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

interface StoredRow {
  readonly user_id: string;
  readonly ms: number;
  readonly name: string;
  readonly client_id: string;
  readonly text: Record<string, string>;
  readonly number: Record<string, number>;
  readonly flag: Record<string, boolean>;
  readonly position: number;
}

const STORED = `SELECT user_id, toUnixTimestamp64Milli(time) AS ms, name, client_id, text, number, flag, position
  FROM events FINAL WHERE property = {property:UInt32} ORDER BY seq, position`;

let stores: Stores;
let app: IngestApp;
beforeAll(async () => {
  stores = await startStores();
  app = await startIngestApp(stores);
});
afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

/** Key of what makes events the same; events without an id by their properties. */
function identityOf({ user, event: name, timeMs, finer, id, properties }: NaiveEvent): string {
  const content = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([user, name, timeMs, id ?? [finer, content], id === null]);
}

function rowOf({ user, event: name, timeMs, id, properties }: NaiveEvent, position: number): StoredRow {
  const entries = Object.entries(properties);
  const ofType = (type: string) => Object.fromEntries(entries.filter(([, value]) => typeof value === type));
  return {
    user_id: user,
    ms: timeMs,
    name,
    client_id: id ?? '',
    text: ofType('string') as Record<string, string>,
    number: ofType('number') as Record<string, number>,
    flag: ofType('boolean') as Record<string, boolean>,
    position,
  };
}

/** What has to become of the lines of a body, in plain words. */
function expectedOf(lines: readonly string[]): { rows: StoredRow[]; duplicates: number; rejected: number[] } {
  const rows: StoredRow[] = [];
  const seen = new Set<string>();
  const rejected: number[] = [];
  let duplicates = 0;
  lines.forEach((line, index) => {
    if (line.trim() === '' && !/[^ \t\r]/.test(line)) return;
    const found = naiveEvent(line, Date.now() + 86_400_000);
    if (!found) return void rejected.push(index);
    if (seen.has(identityOf(found))) return void duplicates++;
    seen.add(identityOf(found));
    rows.push(rowOf(found, index));
  });
  return { rows, duplicates, rejected };
}

describe('POST events', () => {
  it('stores what a naive reader takes, in every spelling, and nothing else', async () => {
    const bodies = fc.array(
      fc.oneof({ weight: 3, arbitrary: soundEventTexts }, eventTexts, fc.constantFrom('', ' ', '\r')),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(bodies, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (lines, end, isGzip) => {
        const property = await app.property();
        const text = Buffer.from(lines.join(end));
        const answer = await app.post(
          `${property.slug}/events`,
          isGzip ? gzipSync(text) : text,
          isGzip ? { 'content-encoding': 'gzip' } : {},
        );
        const { rows, duplicates, rejected } = expectedOf(lines.map((line) => (end === '\r\n' ? `${line}\r` : line)));
        expect(answer).toMatchObject({
          status: 200,
          body: { accepted: rows.length, duplicates, rejected: rejected.length },
        });
        expect([...new Set(answer.body.errors.flatMap(({ indexes }) => indexes))].toSorted((a, b) => a - b)).toEqual(
          rejected,
        );
        expect(await app.rows(STORED, { property: property.number })).toEqual(rows);
      }),
      { numRuns: 40 },
    );
  });

  it('gives every item of an array its verdict', async () => {
    const { slug } = await app.property();
    const items = [
      event('a'),
      event('a'),
      { ...event('b'), time: 'yesterday' },
      event('c', { properties: { x: [1] } }),
      5,
    ];
    const { status, body } = await app.post(`${slug}/events`, items);
    expect(status).toBe(200);
    expect(body).toMatchObject({ ingest_seq: 1, accepted: 1, duplicates: 1, rejected: 3 });
    expect(body.errors).toEqual([
      { code: 'invalid_time', pointer: '/time', detail: expect.stringContaining('RFC 3339'), count: 1, indexes: [2] },
      {
        code: 'invalid_type',
        pointer: '/properties/x',
        detail: expect.stringContaining('is a list'),
        count: 1,
        indexes: [3],
      },
      { code: 'not_an_object', pointer: '', detail: expect.any(String), count: 1, indexes: [4] },
    ]);
  });

  it('counts events within a millisecond apart, and one instant in two spellings once', async () => {
    const { slug } = await app.property();
    const times = [
      '00:00:00.123456Z',
      '00:00:00.123457Z',
      '01:00:00.12345600+01:00',
      '00:00:00.123Z',
      '00:00:00.1230Z',
    ];
    const { body } = await app.post(
      `${slug}/events`,
      times.map((time) => event('a', { time: `2024-01-01T${time}` })),
    );
    expect(body).toMatchObject({ accepted: 3, duplicates: 2 });
    const again = await app.post(`${slug}/events?time_format=epoch_us`, [event('a', { time: 1_704_067_200_123_457 })]);
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 1 });
  });

  it('stores all or nothing where asked to', async () => {
    const property = await app.property();
    const path = `${property.slug}/events?strict=true`;
    const refused = await app.post<{ code: string; errors: { pointer: string }[] }>(path, [
      event('a'),
      { ...event('b'), extra: 1 },
    ]);
    expect([refused.status, refused.body.code, refused.body.errors[0]?.pointer]).toEqual([
      422,
      'strict_batch_rejected',
      '/1/extra',
    ]);
    expect(await app.rows(STORED, { property: property.number })).toEqual([]);
    expect((await app.post(path, [event('a'), event('b')])).body).toMatchObject({ ingest_seq: 1, accepted: 2 });
    expect(await app.post(path, ndjson([event('c')]))).toMatchObject({
      status: 400,
      body: { code: 'invalid_parameter' },
    });
  });

  it('answers a body without items', async () => {
    const { slug } = await app.property();
    const none = {
      warnings: [],
      accepted: 0,
      duplicates: 0,
      conflicting: 0,
      conflicting_indexes: [],
      rejected: 0,
      errors: [],
    };
    const nothing = { status: 200, body: { ingest_seq: 0, stream: null, ...none } };
    expect(await app.post(`${slug}/events`, [])).toEqual(nothing);
    expect(await app.post(`${slug}/events`, '\n\n')).toEqual(nothing);
    expect(await app.post(`${slug}/events`, 'user,event,time\n', { 'content-type': 'text/csv' })).toEqual(nothing);
    await app.post(`${slug}/events`, [event('a')]);
    expect((await app.post(`${slug}/events`, '')).body.ingest_seq).toBe(1);
    expect((await app.post(`${slug}/events`, 'nope\n')).body).toMatchObject({ ingest_seq: 1, rejected: 1 });
  });

  it.each([
    ['{"user":"u"}', 'application/json', 422, 'invalid_field'],
    ['[1,', 'application/json', 400, 'malformed_body'],
    [Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), 'application/json', 400, 'invalid_encoding'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'application/x-ndjson', 400, 'invalid_encoding'],
    ['user,event\nu,e', 'text/csv', 422, 'invalid_field'],
    ['x', 'application/xml', 415, 'unsupported_media_type'],
  ])('refuses the body %j of %s with %i %s', async (body, type, status, code) => {
    const { slug } = await app.property();
    expect(await app.post(`${slug}/events`, body, { 'content-type': type })).toMatchObject({ status, body: { code } });
  });

  it('reads CSV of other encodings, and keeps what stood before a quote that never closes', async () => {
    const { slug, number } = await app.property();
    const csv = { 'content-type': 'text/csv' };
    const path = `${slug}/events?event_name=visit`;
    const body = (user: string) => `user,time,city\n${user},2024-01-01T00:00:00Z,"M\u00fcnchen \u20ac"\n`;
    const windows1252 = Buffer.from(body('a').replace('\u20ac', '\u0080'), 'latin1');
    expect(await app.post(path, windows1252, csv)).toMatchObject({ status: 400, body: { code: 'invalid_encoding' } });
    for (const [encoding, bytes] of [
      ['windows-1252', windows1252],
      ['utf-16le', Buffer.from(`\ufeff${body('b')}`, 'utf16le')],
      ['utf-8', Buffer.from(body('c'))],
    ] as const) {
      expect((await app.post(`${path}&encoding=${encoding}`, bytes, csv)).body).toMatchObject({ accepted: 1 });
    }
    const cut = `user,time,city\nd,2024-01-01T00:00:00Z,x\ne,2024-01-01T00:00:00Z,"y\n`;
    expect(await app.post(path, cut, csv)).toMatchObject({
      status: 400,
      body: { code: 'malformed_body', stored: { items: 1, accepted: 1 } },
    });
    const stored = await app.rows<StoredRow>(STORED, { property: number });
    const city = 'M\u00fcnchen \u20ac';
    expect(stored.map((row) => [row.user_id, row.text['city']])).toEqual([
      ['a', city],
      ['b', city],
      ['c', city],
      ['d', 'x'],
    ]);
  });

  it('takes JSON with a byte order mark, and objects by one level where that is asked', async () => {
    const { slug, number } = await app.property();
    const items = [event('a', { properties: { address: { city: 'Ulm', zip: 7 }, list: [1] } })];
    const json = { 'content-type': 'application/json' };
    const post = (query: string) => app.post(`${slug}/events?${query}`, `\ufeff${JSON.stringify(items)}`, json);
    expect((await post('nested=reject')).body.errors).toMatchObject([
      { code: 'invalid_type', pointer: '/properties/address', detail: expect.stringContaining('nested=flatten') },
      { code: 'invalid_type', pointer: '/properties/list' },
    ]);
    expect((await post('nested=flatten')).body.errors).toMatchObject([{ pointer: '/properties/list' }]);
    expect((await post('nested=drop')).body).toMatchObject({
      accepted: 1,
      warnings: [{ code: 'nested_dropped', count: 2 }],
    });
    delete (items[0] as { properties: { list?: unknown } }).properties.list;
    expect((await post('nested=flatten')).body).toMatchObject({ accepted: 1, warnings: [] });
    const [, flat] = await app.rows<StoredRow>(STORED, { property: number });
    expect([flat?.text, flat?.number]).toEqual([{ 'address.city': 'Ulm' }, { 'address.zip': 7 }]);
  });

  it('takes application/jsonl for NDJSON', async () => {
    const { slug } = await app.property();
    expect(
      (await app.post(`${slug}/events`, ndjson([event('a')]), { 'content-type': 'application/jsonl; charset=utf-8' }))
        .body.accepted,
    ).toBe(1);
  });
});
