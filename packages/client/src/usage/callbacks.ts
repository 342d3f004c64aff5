import { setTimeout as wait } from 'node:timers/promises';

/** What is not counted, and why. */
export interface NotSent {
  readonly items: readonly object[];
  readonly error: Error;
}

/** A callback that does not come to its end must not keep what is counted from being sent. */
const PATIENCE_MS = 30_000;

/** The one place that calls what a caller has given: what it throws is a warning of the process, and nothing more. */
export class Callbacks {
  constructor(
    private readonly given: {
      readonly onError?: ((error: unknown) => void) | undefined;
      readonly onDropped?: ((dropped: NotSent) => void) | undefined;
    },
  ) {}

  readonly error = (error: unknown): void => {
    void guarded('onError', () => this.given.onError?.(error));
  };

  readonly dropped = (dropped: NotSent): void => {
    void guarded('onDropped', () => this.given.onDropped?.(dropped));
  };

  /** Waits for it, but not for ever; what it throws is told as an error. */
  async ask(callback: () => unknown): Promise<void> {
    const patience = new AbortController();
    const tooLong = wait(PATIENCE_MS, undefined, { signal: patience.signal, ref: false }).then(() => {
      throw new Error(`beforeFlush has taken more than ${PATIENCE_MS / 1000} s`);
    });
    try {
      await Promise.race([(async () => callback())(), tooLong]);
    } catch (error) {
      this.error(error);
    } finally {
      patience.abort();
      tooLong.catch(() => undefined);
    }
  }
}

async function guarded(name: string, callback: () => unknown): Promise<void> {
  try {
    await callback();
  } catch (error) {
    process.emitWarning(`${name} of a UsageCounter failed: ${String(error)}`, 'MusterWarning');
  }
}
