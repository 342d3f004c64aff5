import { Failure } from '../../core/failure.js';

/** Pieces are small, so that whoever reads them keeps nobody else waiting for long. */
export const PIECE_BYTES = 65_536;

export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * Chunks of another encoding as UTF-8, without a byte order mark at the start.
 *
 * @throws Failure invalid_encoding for bytes that are none of its characters
 */
export async function* decoded(
  chunks: AsyncIterable<Buffer>,
  encoding: Exclude<Encoding, 'utf-8'>,
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const text = decode(decoder, chunk.subarray(at, at + PIECE_BYTES), true);
      if (text !== '') yield Buffer.from(text);
    }
  }
  const rest = decode(decoder, new Uint8Array(), false);
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
