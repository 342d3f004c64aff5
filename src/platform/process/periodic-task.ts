import type { Logger } from '@nestjs/common';

/**
 * Work that a process does again and again, one round at a time. A round that fails is logged as a warning, and does
 * not keep the next one from its turn. The timer does not keep the process alive.
 */
export class PeriodicTask<T> {
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<T | null> | undefined;

  constructor(
    private readonly logger: Logger,
    /** What the log says of a round that failed, as `uploads not swept`. */
    private readonly failed: string,
    private readonly work: () => Promise<T>,
  ) {}

  /** Has a round begun every `everyMs` milliseconds. */
  start(everyMs: number): void {
    this.#timer = setInterval(() => void this.round(), everyMs).unref();
  }

  /** A round of its own, or the one that is under way. Null: it failed. Never throws. */
  round(): Promise<T | null> {
    this.#round ??= this.work()
      .catch((error: unknown) => {
        this.logger.warn({ msg: this.failed, err: error });
        return null;
      })
      .finally(() => (this.#round = undefined));
    return this.#round;
  }

  /** No further round begins; the one that is under way is waited for. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }
}
