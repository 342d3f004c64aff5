import { Readable } from 'node:stream';

/** Lines with their header. A reader who leaves before the first byte lets go of the lines too. */
export function withHeader(header: string, lines: Readable): Readable {
  const whole = Readable.from(chunks(header, lines), { objectMode: false });
  return whole.once('close', () => lines.destroy());
}

async function* chunks(header: string, lines: AsyncIterable<Buffer>): AsyncGenerator<string | Buffer> {
  yield header;
  yield* lines;
}
