import { ITEM_LIMITS } from '../../core/ingest/rejection.js';
import type { ItemCollector } from './item-collector.js';
import type { FilledBatch, RowBatch } from './row-batch.js';

const NEW_LINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/** Batches of a body that has one item a line. Blank lines hold none but count, so that an index is the number of a line, from 0. */
export async function* ndjsonBatches<B extends RowBatch>(
  chunks: AsyncIterable<Buffer>,
  collector: ItemCollector<B>,
): AsyncGenerator<FilledBatch<B>> {
  const lines = new LineSplitter(collector);
  for await (const chunk of chunks) {
    lines.push(chunk);
    if (collector.isFull) yield collector.cut();
  }
  lines.finish();
  yield collector.cut();
}

/** Where lines go. */
export type LineSink = Pick<ItemCollector<RowBatch>, 'take' | 'refuse' | 'pass'>;

/** Cuts chunks into lines without copying them; of a line that is cut by the end of a chunk the start is kept, up to the limit of an item. */
export class LineSplitter {
  #begun: Buffer[] = [];
  #begunBytes = 0;

  constructor(private readonly sink: LineSink) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEW_LINE, start);
      if (end < 0) break;
      if (this.#begunBytes === 0) this.#line(chunk, start, end);
      else this.#finishBegun(chunk.subarray(start, end + 1));
      start = end + 1;
    }
    if (start < chunk.length) this.#begin(chunk.subarray(start));
  }

  /** The last line may end without a line feed. */
  finish(): void {
    if (this.#begunBytes > 0) this.#finishBegun(Buffer.of(NEW_LINE));
  }

  #begin(part: Buffer): void {
    this.#begunBytes += part.length;
    // The line feed comes on top.
    if (this.#begunBytes <= ITEM_LIMITS.itemBytes + 1) this.#begun.push(part);
    else this.#begun.length = 0;
  }

  /** `part` ends with the line feed. */
  #finishBegun(part: Buffer): void {
    this.#begin(part);
    const isWhole = this.#begun.length > 0;
    const line = Buffer.concat(this.#begun);
    this.#begun.length = 0;
    this.#begunBytes = 0;
    if (isWhole) this.#line(line, 0, line.length - 1);
    else this.sink.refuse('item_too_long');
  }

  /** The byte at `end` is the line feed. */
  #line(bytes: Buffer, start: number, end: number): void {
    if (end - start > ITEM_LIMITS.itemBytes) this.sink.refuse('item_too_long');
    else if (isBlank(bytes, start, end)) this.sink.pass();
    else this.sink.take(bytes, start, end);
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte !== SPACE && byte !== TAB && byte !== RETURN) return false;
  }
  return true;
}
