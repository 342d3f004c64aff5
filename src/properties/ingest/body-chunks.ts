import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../../core/failure.js';
import { decoded, PIECE_BYTES, type Encoding } from './decoded.js';
import { untilStopped } from './until-stopped.js';
import { Utf8Check } from './utf8-check.js';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export interface BodyOptions {
  readonly isGzip: boolean;
  /** Of the body, inflated; UTF-8 unless given. */
  readonly encoding?: Encoding;
  /** Before and after inflating. */
  readonly limitBytes: number;
  /** Aborts when nothing more may be read. */
  readonly stop: AbortSignal;
}

/**
 * The bytes of a streamed body, inflated, as valid UTF-8, without a byte order mark at the start. The source is read only as fast
 * as it is asked for, and never destroyed, so that the answer can still be sent.
 *
 * @throws Failure malformed_body (bad or truncated gzip, body cut short), invalid_encoding, body_too_large, shutting_down
 */
export function bodyChunks(
  source: Readable,
  { isGzip, encoding = 'utf-8', limitBytes, stop }: BodyOptions,
): AsyncGenerator<Buffer> {
  const chunks = untilStopped(inflated(source, isGzip, limitBytes), stop);
  return encoding === 'utf-8' ? checked(chunks) : decoded(chunks, encoding);
}

async function* checked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const check = new Utf8Check();
  const mark = new MarkRemover();
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const piece = chunk.subarray(at, at + PIECE_BYTES);
      if (!check.push(piece)) throw notUtf8();
      const rest = mark.push(piece);
      if (rest.length > 0) yield rest;
    }
  }
  if (!check.isComplete) throw notUtf8();
  const rest = mark.finish();
  if (rest.length > 0) yield rest;
}

async function* inflated(source: Readable, isGzip: boolean, limitBytes: number): AsyncGenerator<Buffer> {
  const sent = counted(readable(source), limitBytes);
  if (!isGzip) return yield* sent;
  const gunzip = createGunzip();
  void feed(sent, gunzip);
  try {
    yield* counted(readable(gunzip), limitBytes);
  } finally {
    gunzip.destroy();
  }
}

/** Writes the compressed bytes as they come; what goes wrong with them is found by whoever reads the other end. */
async function feed(sent: AsyncIterable<Buffer>, gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const chunk of sent) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(chunk)) await drained(gunzip);
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error as Error);
  }
}

function drained(gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      gunzip.off('drain', done).off('close', done);
      resolve();
    };
    gunzip.once('drain', done).once('close', done);
  });
}

async function* readable(source: Readable): AsyncGenerator<Buffer> {
  try {
    yield* source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(error as NodeJS.ErrnoException);
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limitBytes) {
      const detail = `The body is larger than ${limitBytes} bytes. Send what is left as another one.`;
      throw new Failure('body_too_large', detail, [], { limit_bytes: limitBytes });
    }
    yield chunk;
  }
}

function unreadable(error: NodeJS.ErrnoException): Failure {
  const isCompression = error.code?.startsWith('Z_') ?? false;
  const detail = isCompression ? 'The body is not complete, valid gzip.' : 'The body ended before it was complete.';
  return new Failure('malformed_body', detail);
}

function notUtf8(): Failure {
  return new Failure(
    'invalid_encoding',
    'The body is not valid UTF-8. Send it as UTF-8; of CSV say what else it is by encoding=windows-1252 or encoding=utf-16le.',
  );
}

/** Takes a byte order mark off the start, however the chunks are cut. */
class MarkRemover {
  #start: Buffer | null = Buffer.alloc(0);

  push(chunk: Buffer): Buffer {
    if (this.#start === null) return chunk;
    this.#start = Buffer.concat([this.#start, chunk]);
    return this.#start.length < BYTE_ORDER_MARK.length ? Buffer.alloc(0) : this.finish();
  }

  finish(): Buffer {
    const start = this.#start ?? Buffer.alloc(0);
    this.#start = null;
    return start.subarray(0, 3).equals(BYTE_ORDER_MARK) ? start.subarray(3) : start;
  }
}
