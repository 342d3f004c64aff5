import { isUtf8 } from 'node:buffer';
import { Failure } from '../core/failure.js';
import { bodyBytes, type BodyBounds, type SentBody } from './body-bytes.js';

/** Pieces are small, so that whoever reads them keeps nobody else waiting for long. */
export const PIECE_BYTES = 65_536;

export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const NONE = Buffer.alloc(0);

/**
 * A streamed body as valid UTF-8, in pieces of whole characters and without a byte order mark at the start, whatever
 * its encoding.
 *
 * @throws Failure invalid_encoding, and those of `bodyBytes`
 */
export function bodyText(body: SentBody, encoding: Encoding, bounds: BodyBounds): AsyncGenerator<Buffer> {
  const pieces = piecesOf(bodyBytes(body, bounds));
  return encoding === 'utf-8' ? checked(pieces) : decoded(pieces, encoding);
}

/** Bytes without the byte order mark that some programs put before them. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
}

async function* piecesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (chunk.length <= PIECE_BYTES) yield chunk;
    else for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
  }
}

async function* checked(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isStart = true;
  /** The start of a character whose rest is to come. */
  let begun: Buffer = NONE;
  for await (const piece of pieces) {
    const bytes = begun.length > 0 ? Buffer.concat([begun, piece]) : piece;
    const end = bytes.length - begunAtEnd(bytes);
    begun = bytes.subarray(end);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) throw notUtf8();
    if (whole.length === 0) continue;
    // A mark is one character, so that it comes in one piece.
    const text = isStart ? withoutMark(whole) : whole;
    isStart = false;
    if (text.length > 0) yield text;
  }
  if (begun.length > 0) throw notUtf8();
}

async function* decoded(pieces: AsyncIterable<Buffer>, encoding: Exclude<Encoding, 'utf-8'>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for await (const piece of pieces) {
    const text = decode(decoder, piece, true);
    if (text !== '') yield Buffer.from(text);
  }
  const rest = decode(decoder, NONE, false);
  if (rest !== '') yield Buffer.from(rest);
}

function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, stream: boolean): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    throw new Failure(
      'invalid_encoding',
      `The body is not valid ${decoder.encoding}. Say by encoding= what it is, or send it as UTF-8.`,
    );
  }
}

/** How many bytes at the end are the start of a character that is not whole. */
function begunAtEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) !== 0x80) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

/** Bytes of the character that starts with this one. */
function lengthOf(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

function notUtf8(): Failure {
  return new Failure(
    'invalid_encoding',
    'The body is not valid UTF-8. Send it as UTF-8; of CSV say what else it is by encoding=windows-1252 or encoding=utf-16le.',
  );
}
