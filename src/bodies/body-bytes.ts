import type { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { Failure } from '../core/failure.js';

const SHUTTING_DOWN =
  'The process shuts down before the body has ended. Send it again, or only what comes after the first `stored.items` items: what came before is stored, and counts once.';

/** How much of a body is read, and how long. */
export interface BodyBounds {
  /** Before and after inflating. */
  readonly limitBytes: number;
  /** Aborts when nothing more may be read. */
  readonly stop: AbortSignal;
}

/** How the bytes of a body are sent. */
export interface SentBody {
  readonly source: Readable;
  readonly isGzip: boolean;
}

/**
 * The bytes of a streamed body, inflated. The source is read only as fast as it is consumed, and is never destroyed, so
 * that the answer can still be sent.
 *
 * @throws Failure malformed_body (bad or truncated gzip, body cut short), body_too_large, shutting_down
 */
export function bodyBytes(body: SentBody, { limitBytes, stop }: BodyBounds): AsyncGenerator<Buffer> {
  const bytes = inflated(body, limitBytes, 'Send what is left as another one.');
  return untilStopped(bytes, stop, () => new Failure('shutting_down', SHUTTING_DOWN));
}

/**
 * The whole of a small body, inflated.
 *
 * @throws Failure malformed_body, body_too_large
 */
export async function wholeBody(body: SentBody, limitBytes: number): Promise<Buffer> {
  return await joined(inflated(body, limitBytes, SEND_SMALLER));
}

/**
 * The whole of a small body, inflated, of a sender who may be anybody: it has come within so many ms, however slowly, or
 * is not waited for. What is left of it is not read.
 *
 * @throws Failure malformed_body, body_too_large, request_timeout
 */
export async function wholeBodyWithin(body: SentBody, limitBytes: number, withinMs: number): Promise<Buffer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), withinMs);
  try {
    const bytes = inflated(body, limitBytes, SEND_SMALLER);
    return await joined(untilStopped(bytes, late.signal, () => new Failure('request_timeout', TOO_SLOW)));
  } finally {
    clearTimeout(timer);
  }
}

async function joined(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const TOO_SLOW = 'The body came too slowly. Send it again, or several smaller ones.';
const SEND_SMALLER =
  'Send several smaller ones; events, users and uploads of cohorts are also taken as a stream of NDJSON.';

/** @throws Failure body_too_large. Refuses by Content-Length alone, before a byte is read. */
export function refuseDeclaredLength(contentLength: string | undefined, limitBytes: number): void {
  if (contentLength !== undefined && Number(contentLength) > limitBytes) throw tooLarge(limitBytes, SEND_SMALLER);
}

async function* inflated({ source, isGzip }: SentBody, limitBytes: number, advice: string): AsyncGenerator<Buffer> {
  const sent = counted(readable(source), limitBytes, advice);
  if (!isGzip) return yield* sent;
  const gunzip = createGunzip();
  void feed(sent, gunzip);
  try {
    yield* counted(readable(gunzip), limitBytes, advice);
  } finally {
    gunzip.destroy();
  }
}

/** Writes the compressed bytes as they come; whoever reads the other end gets the error. */
async function feed(sent: AsyncIterable<Buffer>, gunzip: Gunzip): Promise<void> {
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

function drained(gunzip: Gunzip): Promise<void> {
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

async function* counted(chunks: AsyncIterable<Buffer>, limitBytes: number, advice: string): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw tooLarge(limitBytes, advice);
    yield chunk;
  }
}

/** What comes of `source` until the signal aborts, however slowly. @throws Failure `stopped` then */
async function* untilStopped<T>(
  source: AsyncGenerator<T>,
  signal: AbortSignal,
  stopped: () => Failure,
): AsyncGenerator<T> {
  let refuse: (reason: Failure) => void = () => undefined;
  const onAbort = (): void => refuse(stopped());
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        refuse = reject;
        if (signal.aborted) onAbort();
        else source.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not waited for: it ends when the next bytes come, or none can come any more.
    source.return(undefined).catch(() => undefined);
  }
}

function tooLarge(limitBytes: number, advice: string): Failure {
  const detail = `The body is larger than ${limitBytes} bytes. ${advice}`;
  return new Failure('body_too_large', detail, [], { limit_bytes: limitBytes });
}

function unreadable({ code }: NodeJS.ErrnoException): Failure {
  const isCompression = code?.startsWith('Z_') ?? false;
  const detail = isCompression ? 'The body is not complete, valid gzip.' : 'The body ended before it was complete.';
  return new Failure('malformed_body', detail);
}
