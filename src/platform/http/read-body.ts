import type { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { Failure } from '../../core/failure.js';

/**
 * Reads a whole body of at most `limitBytes`, counted after inflating. The source is never destroyed, so that the answer can still be sent.
 *
 * @throws Failure body_too_large, malformed_body
 */
export async function readBody(source: Readable, gzip: boolean, limitBytes: number): Promise<Buffer> {
  if (!gzip) {
    return collect(source, limitBytes);
  }
  const inflated = inflate(source);
  try {
    return await collect(inflated, limitBytes);
  } finally {
    source.unpipe(inflated);
    inflated.destroy();
  }
}

/** @throws Failure body_too_large. Refuses by Content-Length alone, before a byte is read. */
export function refuseDeclaredLength(contentLength: string | undefined, limitBytes: number): void {
  if (contentLength !== undefined && Number(contentLength) > limitBytes) {
    throw tooLarge(limitBytes);
  }
}

async function collect(source: Readable, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limitBytes) {
        throw tooLarge(limitBytes);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(error as Error);
  }
  return Buffer.concat(chunks, length);
}

function inflate(source: Readable): Gunzip {
  const gunzip = createGunzip();
  source.once('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  return gunzip;
}

function tooLarge(limitBytes: number): Failure {
  const detail = `The body is larger than ${limitBytes} bytes. Send several smaller ones; events, users and uploads of cohorts are also taken as a stream of NDJSON.`;
  return new Failure('body_too_large', detail, [], { limit_bytes: limitBytes });
}

function unreadable(error: NodeJS.ErrnoException): Failure {
  const compressed = error.code?.startsWith('Z_') ?? false;
  return new Failure(
    'malformed_body',
    compressed ? 'The body is not complete, valid gzip.' : 'The body ended before it was complete.',
  );
}
