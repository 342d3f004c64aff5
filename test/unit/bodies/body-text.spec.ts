import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { BodyBounds } from '../../../src/bodies/body-bytes.js';
import { bodyText } from '../../../src/bodies/body-text.js';

type BodyOptions = BodyBounds & { readonly isGzip: boolean };

const textOf = (source: Readable, options: BodyOptions): AsyncGenerator<Buffer> =>
  bodyText({ source, isGzip: options.isGzip }, 'utf-8', options);

/** More by `NUM_RUNS`. */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 600);
const PLAIN: BodyOptions = { isGzip: false, limitBytes: 1_000_000, stop: new AbortController().signal };
const GZIP: BodyOptions = { ...PLAIN, isGzip: true };

async function read(body: Iterable<Buffer> | Readable, options: BodyOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const source = body instanceof Readable ? body : Readable.from(body, { objectMode: false });
  for await (const chunk of textOf(source, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Cut at the given places, in any order. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter((part) => part.length > 0);
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: { code?: string }) => error.code,
  );

describe('bodyText', () => {
  it('gives the bytes as they are, however they are cut, plain and gzip', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        async (text, places) => {
          const bytes = Buffer.from(text.toWellFormed().replace(/^\ufeff+/, ''));
          expect((await read(cut(bytes, places), PLAIN)).equals(bytes)).toBe(true);
          expect((await read(cut(gzipSync(bytes), places), GZIP)).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: NUM_RUNS / 6 },
    );
  });

  it('refuses what is not UTF-8 wherever it is cut, and only that', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 12 }), fc.array(fc.nat(), { maxLength: 6 }), async (raw, places) => {
        const bytes = Buffer.from(raw);
        const isUtf8 = Buffer.from(bytes.toString('utf8')).equals(bytes);
        expect(await codeOf(read(cut(bytes, places), PLAIN))).toBe(isUtf8 ? 'none' : 'invalid_encoding');
      }),
      { numRuns: NUM_RUNS },
    );
  });

  it.each([0, 1, 2, 3])('takes one byte order mark off the start, cut after %i bytes', async (at) => {
    expect((await read(cut(Buffer.from('\ufeffa\ufeff'), [at]), PLAIN)).toString()).toBe('a\ufeff');
    expect((await read(cut(Buffer.from('\ufeff'), [at]), PLAIN)).toString()).toBe('');
  });

  it('refuses bad and truncated gzip', async () => {
    const whole = gzipSync(Buffer.from('abc'.repeat(1000)));
    expect(await codeOf(read([whole.subarray(0, -6)], GZIP))).toBe('malformed_body');
    expect(await codeOf(read([Buffer.from('not gzip at all')], GZIP))).toBe('malformed_body');
    const spoilt = Buffer.from(whole);
    spoilt.writeUInt32LE(7, spoilt.length - 8);
    expect(await codeOf(read([spoilt], GZIP))).toBe('malformed_body');
    expect(await codeOf(read([], GZIP))).toBe('malformed_body');
    expect(await codeOf(read([], PLAIN))).toBe('none');
  });

  it.each([PLAIN, GZIP])('ends when it is told to, though nothing more comes', async (options) => {
    const stop = new AbortController();
    const body = new Readable({ read: () => undefined });
    body.push(options.isGzip ? gzipSync('a').subarray(0, 12) : 'a');
    const rest = read(body, { ...options, stop: stop.signal });
    setTimeout(() => stop.abort(), 10);
    expect(await codeOf(rest)).toBe('shutting_down');
    expect(await codeOf(read([Buffer.from('a')], { ...options, stop: stop.signal }))).toBe('shutting_down');
    expect(body.destroyed).toBe(false);
  });

  it('counts bytes before and after inflating', async () => {
    const bytes = Buffer.alloc(1001, 'a');
    const options = { ...PLAIN, limitBytes: 1000 };
    expect(await codeOf(read([bytes.subarray(0, 1000)], options))).toBe('none');
    expect(await codeOf(read([bytes], options))).toBe('body_too_large');
    expect(await codeOf(read([gzipSync(bytes)], { ...options, isGzip: true }))).toBe('body_too_large');
    expect(await codeOf(read([gzipSync(Buffer.from('a')), Buffer.alloc(1000)], { ...options, isGzip: true }))).toBe(
      'body_too_large',
    );
  });

  it('says so when the body ends before it is complete', async () => {
    const body = new Readable({ read: () => undefined });
    body.push('abc');
    setImmediate(() => body.destroy());
    expect(
      await codeOf(
        (async () => {
          for await (const _ of textOf(body, PLAIN)) continue;
        })(),
      ),
    ).toBe('malformed_body');
  });

  it('reads no faster than it is asked to', async () => {
    let sent = 0;
    const endless = function* () {
      for (;;) {
        sent++;
        yield Buffer.alloc(65_536, 'a');
      }
    };
    for (const options of [
      { ...PLAIN, limitBytes: Infinity },
      { ...GZIP, limitBytes: Infinity },
    ]) {
      sent = 0;
      const chunks = textOf(
        Readable.from(options.isGzip ? [gzipSync(Buffer.alloc(50_000_000, 'a'))] : endless(), { objectMode: false }),
        options,
      );
      for (let i = 0; i < 3; i++) await chunks.next();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(sent).toBeLessThan(20);
      await chunks.return(undefined);
    }
  });
});
