import { OpenQuote } from '../core/ingest/csv-scanner.js';

/** Cuts the pieces of a body into items and hands them to whoever gathers them. */
export interface Splitter {
  push(piece: Buffer): void;
  /** The body is over; its last item may end with it. */
  finish(): void;
}

/** Where the items of a body are gathered. */
export interface BatchSource<B> {
  /** Whether what was gathered is to be stored before more is read. */
  readonly isFull: boolean;
  /** What was gathered since the last time. */
  cut(): B;
  /** A batch that is stored: its memory can be filled again. */
  release(batch: B): void;
}

/**
 * Reads a body and stores its items batch by batch, in its order: one batch is gathered while the one before is being
 * stored, and nothing more is read while both are full. Resolves when the last batch is stored. Where the body cannot
 * be read to its end, batches that are being stored come to their end first; before a quote that never closes, the
 * items that stand before it are stored too.
 *
 * Throws what reading, splitting and storing throw.
 */
export async function storeInBatches<B>(
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  splitter: Splitter,
  source: BatchSource<B>,
  store: (batch: B) => Promise<void>,
): Promise<void> {
  let storing = Promise.resolve();
  const storeNext = async (): Promise<void> => {
    await storing;
    const batch = source.cut();
    storing = store(batch).finally(() => source.release(batch));
    // Whoever waits for it gets the error; until then it is nobody's.
    storing.catch(() => undefined);
  };
  try {
    for await (const piece of pieces) {
      splitter.push(piece);
      if (source.isFull) await storeNext();
    }
    splitter.finish();
    await storeNext();
    await storing;
  } catch (error) {
    if (error instanceof OpenQuote) await storeNext();
    await storing.catch(() => undefined);
    throw error;
  }
}

/** One is filled while the other is being stored. */
const BATCHES = 2;

/** The memory of two batches, however long a body is. */
export class DoubleBuffer<B extends { clear(): void }> {
  readonly #free: B[] = [];
  #made = 0;

  constructor(private readonly make: () => B) {}

  /** An empty batch. */
  take(): B {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#made === BATCHES) throw new Error('A batch was requested while two are being stored');
    this.#made++;
    return this.make();
  }

  release(batch: B): void {
    batch.clear();
    this.#free.push(batch);
  }
}
