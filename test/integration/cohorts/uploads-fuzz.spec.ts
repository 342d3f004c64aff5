import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { UploadDto } from '../../../src/cohorts/uploads/upload.dto.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { stagedRows, uploadsOf } from '../../support/uploads.js';

const MEBIBYTE = 1024 * 1024;
/** Of a line that does not end; a gigabyte was sent by hand. */
const LINE_BYTES = Number(process.env['MUSTER_TEST_LINE_MB'] ?? 64) * MEBIBYTE;
const JSON_TYPE = 'application/json';
const FORMS = ['text/csv', 'text/plain', 'application/x-ndjson'];

let stores: TestStores;
let app: TestApp;
let url: string;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  url = `${app.url}/v1/properties/default/cohort-uploads`;
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

interface Sent {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: UploadDto;
  /** Sent before the answer came, and how far memory rose by then. */
  readonly bytes: number;
  readonly risenMb: number;
}

async function sendChunks(type: string, chunks: Iterable<Buffer>, query = '', gzip = false): Promise<Sent> {
  const before = process.memoryUsage().rss;
  let [bytes, peak] = [0, before];
  function* watched(): Generator<Buffer> {
    for (const chunk of chunks) {
      bytes += chunk.length;
      peak = Math.max(peak, process.memoryUsage().rss);
      yield chunk;
    }
  }
  const plain = Readable.from(watched(), { objectMode: false });
  const sent = gzip ? plain.pipe(createGzip()) : plain;
  const stop = new AbortController();
  const response = await fetch(`${url}?name=fuzz&wait=60${query}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${app.adminKey}`,
      'content-type': type,
      ...(gzip && { 'content-encoding': 'gzip' }),
    },
    body: Readable.toWeb(sent) as ReadableStream,
    duplex: 'half',
    signal: stop.signal,
  });
  const reported = { status: response.status, bytes, risenMb: (peak - before) / MEBIBYTE };
  const body = (await response.json()) as UploadDto & { code?: string };
  // The rest of a body that was refused need not be sent.
  if (response.status >= 400) stop.abort();
  return { ...reported, code: body.code, body };
}

function* repeated(piece: string, bytes: number): Generator<Buffer> {
  const chunk = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)));
  for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk;
}

afterEach(async () => {
  for (const { id } of await uploadsOf(app)) await app.call('DELETE', `/cohort-uploads/${id}`);
  expect(await stagedRows(app)).toBe(0);
});

describe('a body without rows', () => {
  it.each(FORMS.flatMap((type) => ['x', ' ', '"', '[', '\0'].map((piece) => [type, piece] as const)))(
    'of one endless line, %s of %j, is refused as soon as the line is too long',
    async (type, piece) => {
      const sent = await sendChunks(type, repeated(piece, LINE_BYTES));
      expect([sent.status, sent.code]).toEqual([413, 'body_too_large']);
      expect(sent.bytes).toBeLessThan(LINE_BYTES / 4);
      expect(sent.risenMb).toBeLessThan(64);
    },
  );

  it.each([
    ['["ann", "', 'x', 413, 'body_too_large'],
    ['["ann", "', '\\n', 413, 'body_too_large'],
    ['["ann"', ' ', 413, 'body_too_large'],
    ['[{"user": "ann", "', 'é', 413, 'body_too_large'],
    ['{"other": [', '7,', 413, 'body_too_large'],
    ['["ann", ', '[', 400, 'body_too_complex'],
    ['["ann", ', '{"a":', 400, 'body_too_complex'],
    ['["ann", ', '\0', 400, 'malformed_body'],
    ['["ann", ', '"', 400, 'malformed_body'],
    ['', '"ann"', 400, 'malformed_body'],
    ['{"members": ', '7', 413, 'body_too_large'],
  ])('of JSON without an end, %s and %j, is refused early', async (start, piece, status, code) => {
    function* body(): Generator<Buffer> {
      yield Buffer.from(start);
      yield* repeated(piece, LINE_BYTES);
    }
    const sent = await sendChunks(JSON_TYPE, body());
    expect([sent.status, sent.code]).toEqual([status, code]);
    expect(sent.bytes).toBeLessThan(LINE_BYTES / 4);
    expect(sent.risenMb).toBeLessThan(64);
  });

  it('of a million columns is refused, and of many is read', async () => {
    const refused = await sendChunks('text/csv', repeated(',', LINE_BYTES));
    expect([refused.status, refused.code, refused.risenMb < 150]).toEqual([413, 'body_too_large', true]);
    const wide = `user${',x'.repeat(200_000)}\nann${','.repeat(200_000)}\n`;
    const read = await sendChunks('text/csv', [Buffer.from(wide)]);
    expect([read.status, read.body.rows, read.body.column]).toEqual([202, 1, 1]);
  });

  it('that swells when it is inflated is refused no later', async () => {
    const sent = await sendChunks('text/plain', repeated('x', LINE_BYTES), '', true);
    expect([sent.status, sent.code]).toEqual([413, 'body_too_large']);
    expect(sent.risenMb).toBeLessThan(100);
  });

  it.each([...FORMS, JSON_TYPE])('that is no text is refused: %s', async (type) => {
    const sent = await sendChunks(type, [randomBytes(3 * MEBIBYTE)]);
    expect([sent.status, sent.code]).toEqual([400, 'invalid_encoding']);
  });
});

describe('a body of rows', () => {
  it('of every kind of nonsense takes no more memory than two batches', async () => {
    // A short one first, for what is there once: batches, compiled code, the sender's own.
    await sendChunks('text/csv', repeated('a,b\n"c\nd"\r\n\r=1\t\n', MEBIBYTE), '&validate=lenient&column=1');
    const nonsense = repeated(`${'é'.repeat(300)},\n"q ""\n",x\r\r\n`, 20 * MEBIBYTE);
    const sent = await sendChunks('text/csv', nonsense, '&header=absent');
    expect([sent.status, sent.body.status]).toEqual([202, 'validated']);
    const { counts } = sent.body.validation ?? {};
    expect(counts?.rows).toBe(sent.body.rows);
    expect((counts?.blank ?? 0) + (counts?.invalid ?? 0) + (counts?.duplicate ?? 0)).toBe(sent.body.rows - 1);
    expect(sent.risenMb).toBeLessThan(120);
  }, 180_000);

  it('of JSON as long as any takes no more memory than two batches', async () => {
    const ids = 600_000;
    function* list(): Generator<Buffer> {
      yield Buffer.from('{"note": {"of": ["any kind"]}, "members": ["äh \\ud83d\\ude00"');
      for (let i = 0; i < ids; i += 1000) {
        yield Buffer.from(Array.from({ length: 1000 }, (_, k) => `, "ä ${i + k} \\u00e9"`).join(''));
      }
      yield Buffer.from(']}');
    }
    const sent = await sendChunks(JSON_TYPE, list(), '&validate=lenient');
    expect([sent.status, sent.body.rows, sent.body.status]).toEqual([202, ids + 1, 'validated']);
    expect(sent.body.validation?.counts).toMatchObject({ unknown: ids + 1, duplicate: 0 });
    expect(sent.bytes).toBeGreaterThan(10 * MEBIBYTE);
    expect(sent.risenMb).toBeLessThan(120);
  }, 180_000);

  it('that are nested beyond measure is told so', async () => {
    const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
    const lines = `"ann"\n${deep}\n{"user": ${deep}}\n{"user": "zoe", "more": ${deep}}\n`;
    const { status, body } = await sendChunks('application/x-ndjson', [Buffer.from(lines)], '&validate=lenient');
    const reasons = { not_a_text: 2, unknown_user: 2 };
    expect([status, body.validation?.reasons]).toEqual([202, reasons]);
  });

  it('that breaks off leaves nothing', async () => {
    const { port } = new URL(url);
    const headers = { authorization: `Bearer ${app.adminKey}`, 'content-type': 'text/plain' };
    const path = '/v1/properties/default/cohort-uploads?name=broken';
    const call = request({ port, path, method: 'POST', headers }).on('error', () => undefined);
    for (const chunk of repeated('someone\n', 20 * MEBIBYTE)) {
      if (!call.write(chunk)) await new Promise((resolve) => call.once('drain', resolve));
    }
    await until(async () => (await stagedRows(app)) > 0, 20_000);
    expect((await uploadsOf(app)).map(({ status }) => status)).toEqual(['receiving']);
    call.destroy();
    await until(async () => (await uploadsOf(app)).length === 0 && (await stagedRows(app)) === 0, 20_000);
  }, 120_000);
});
