import { Readable } from 'node:stream';

/** What is being made for a reader; nothing, and no error, where the reader is gone by then. */
export async function unlessAborted(signal: AbortSignal, stream: Promise<Readable>): Promise<Readable> {
  try {
    return await stream;
  } catch (error) {
    if (signal.aborted) return Readable.from([]);
    throw error;
  }
}
