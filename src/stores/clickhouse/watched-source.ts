/** Passes chunks on and remembers whether it was their source that failed, not whoever was reading. */
export class WatchedSource implements AsyncIterable<Buffer> {
  failed = false;
  reason: unknown;

  constructor(private readonly chunks: Iterable<Buffer> | AsyncIterable<Buffer>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      yield* this.chunks;
    } catch (reason) {
      this.failed = true;
      this.reason = reason;
      throw reason;
    }
  }
}
