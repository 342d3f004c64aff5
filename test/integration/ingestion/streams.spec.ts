import { request } from 'node:http';
import { gzipSync, createGzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { until } from '../../support/until.js';
import { event, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

const MEBIBYTE = 1024 * 1024;

let stores: Stores;
let app: IngestApp;
beforeAll(async () => {
  stores = await startStores();
  app = await startIngestApp(stores, { streamBodyLimitBytes: 300 * MEBIBYTE });
});
afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const ROWS =
  'SELECT user_id, toString(time) AS time, name, client_id, text, number, flag, position FROM events FINAL WHERE property = {number:UInt32} ORDER BY position';

/** About 560 bytes an event. */
function* generated(count: number, from = 0): Generator<Buffer> {
  const text = 'x'.repeat(450);
  for (let at = from; at < count; at += 5000) {
    const items = Array.from({ length: Math.min(5000, count - at) }, (_, i) =>
      event(`user-${(at + i) % 5000}`, {
        id: `${at + i}`,
        time: new Date(1.7e12 + (at + i) * 1000).toISOString(),
        properties: { text, n: i },
      }),
    );
    yield Buffer.from(ndjson(items));
  }
}

function streamOf(chunks: Iterable<Buffer>): Readable {
  return Readable.from(chunks, { objectMode: false });
}

describe('streams', () => {
  it('mean the same in every form', async () => {
    const items = [
      event('a', { id: '1', properties: { n: 1.5, t: 'é,"x"', b: true } }),
      event('b', { properties: { n: -3, b: false } }),
      event('c', { id: '2' }),
    ];
    const lines = ndjson(items);
    const csv = `user,event,time,id,n:number,t,b:boolean\n${items
      .map((item) => {
        const {
          user,
          id = '',
          properties = {},
        } = item as { user: string; id?: string; properties?: Record<string, unknown> };
        const cell = (name: string) => `"${String(properties[name] ?? '').replaceAll('"', '""')}"`;
        return `${user},e,2024-01-01T00:00:00Z,${id},${cell('n')},${cell('t')},${cell('b')}\n`;
      })
      .join('')}`;
    const json = { 'content-type': 'application/json' };
    const text = { 'content-type': 'text/csv' };
    const gzip = { 'content-encoding': 'gzip' };
    const forms: [string | Buffer, Record<string, string>][] = [
      [lines, {}],
      [gzipSync(lines), gzip],
      [`\ufeff${lines.replaceAll('\n', '\r\n')}`, {}],
      [lines.trimEnd(), {}],
      [JSON.stringify(items, null, 2), json],
      [gzipSync(JSON.stringify(items)), { ...json, ...gzip }],
      [csv, text],
      [gzipSync(`\ufeff${csv.replaceAll('\n', '\r\n')}`), { ...text, ...gzip }],
    ];
    const stored: unknown[] = [];
    for (const [body, headers] of forms) {
      const { slug, number } = await app.property();
      expect(await app.post(`${slug}/events`, body, headers)).toMatchObject({
        status: 200,
        body: { accepted: 3, rejected: 0 },
      });
      stored.push(await app.rows(ROWS, { number }));
    }
    expect(new Set(stored.map((rows) => JSON.stringify(rows))).size).toBe(1);
    expect(stored[0]).toHaveLength(3);
  });

  it('take 200 MB in constant memory, in batches of their own numbers', async () => {
    const { id, slug, number } = await app.property();
    // What the first stream leaves in memory (its two batches, compiled code) the second finds there.
    await app.post(`${slug}/events`, streamOf(generated(120_000)));
    const before = process.memoryUsage().rss;
    let bytes = 0;
    let peak = 0;
    const watched = function* () {
      for (const chunk of generated(500_000, 120_000)) {
        bytes += chunk.length;
        peak = Math.max(peak, process.memoryUsage().rss);
        yield chunk;
      }
    };
    const { body } = await app.post(`${slug}/events`, streamOf(watched()));
    expect(body).toMatchObject({ accepted: 380_000, duplicates: 0, rejected: 0 });
    expect(bytes).toBeGreaterThan(200e6);
    expect(peak - before).toBeLessThan(100 * MEBIBYTE);
    expect(body.ingest_seq).toBeGreaterThan(6);
    expect(await app.get(IngestLedger).dataVersion(id)).toBe(body.ingest_seq);
    expect(
      await app.rows('SELECT count() AS n, uniqExact(seq) AS batches FROM events WHERE property = {number:UInt32}', {
        number,
      }),
    ).toEqual([{ n: 500_000, batches: body.ingest_seq }]);
  });

  it('keep the batches that were whole when gzip is cut off, and say how far they got', async () => {
    const { slug, number } = await app.property();
    const count = 100_000;
    const whole = await buffer(Readable.from(generated(count), { objectMode: false }).pipe(createGzip({ level: 1 })));
    const { status, body } = await app.post<{
      code: string;
      stored: { ingest_seq: number; items: number; accepted: number };
    }>(`${slug}/events`, whole.subarray(0, whole.length - 1000), { 'content-encoding': 'gzip' });
    expect([status, body.code]).toEqual([400, 'malformed_body']);
    expect(body.stored.items).toBeGreaterThan(50_000);
    expect(body.stored).toMatchObject({ ingest_seq: expect.any(Number), accepted: body.stored.items });
    expect(await app.rows('SELECT count() AS n FROM events WHERE property = {number:UInt32}', { number })).toEqual([
      { n: body.stored.items },
    ]);
    expect((await app.post(`${slug}/events`, whole, { 'content-encoding': 'gzip' })).body).toMatchObject({
      accepted: count - body.stored.items,
      duplicates: body.stored.items,
    });
  });

  it('keep them when the client goes away, and leave nothing open', async () => {
    const { id, slug } = await app.property();
    const ledger = app.get(IngestLedger);
    const call = request(`${app.url}/v1/properties/${slug}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.key}`, 'content-type': 'application/x-ndjson' },
    });
    call.on('error', () => undefined);
    for (const chunk of generated(80_000))
      if (!call.write(chunk)) await new Promise((resolve) => call.once('drain', resolve));
    call.destroy();
    await until(async () => (await ledger.dataVersion(id)) === 1, 20_000);
    expect((await app.post(`${slug}/events`, [event('a')])).body.ingest_seq).toBe(2);
  });

  it('stop at the limit of bytes, before and after inflating', async () => {
    const small = await startIngestApp(stores, { streamBodyLimitBytes: 100_000 }, app.dataDir);
    try {
      const { slug } = await app.property();
      const body = ndjson(Array.from({ length: 2000 }, (_, i) => event(`u${i}`)));
      const refused = { status: 413, body: { code: 'body_too_large', limit_bytes: 100_000 } };
      expect(await small.post(`${slug}/events`, body)).toMatchObject({ status: 413 });
      expect(await small.post(`${slug}/events`, streamOf([Buffer.from(body)]))).toMatchObject(refused);
      expect(await small.post(`${slug}/events`, gzipSync(body), { 'content-encoding': 'gzip' })).toMatchObject(refused);
    } finally {
      await small.stop();
    }
  });
});
