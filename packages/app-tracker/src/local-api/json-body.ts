import type { IncomingMessage } from 'node:http';
import { LocalFailure } from './local-failure.js';

/** A list of checkpoints has 1,000 characters at the most. */
const MAX_BYTES = 16_384;
const JSON_TYPE = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

/**
 * The JSON of a body; no body is an empty object.
 * @throws LocalFailure malformed_request, unsupported_media_type, body_too_large, malformed_body
 */
export async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const body = await bytesOf(request);
  if (body.length === 0) return {};
  if (!JSON_TYPE.test(request.headers['content-type'] ?? ''))
    throw new LocalFailure('unsupported_media_type', 'Send "Content-Type: application/json".');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new LocalFailure('malformed_body', 'The body is no JSON in UTF-8.');
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    // Whoever is refused in the middle of his body can still read why.
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MAX_BYTES) throw new LocalFailure('body_too_large', `A body has ${MAX_BYTES} bytes at the most.`);
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof LocalFailure ? error : new LocalFailure('malformed_request', 'The body is not whole.');
  }
  return Buffer.concat(pieces);
}
