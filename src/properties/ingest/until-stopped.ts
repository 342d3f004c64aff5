import { Failure } from '../../core/failure.js';

const DETAIL =
  'The process shuts down before the body has ended. Send it again, or only what comes after the first `stored.items` items: what came before is stored, and counts once.';

/** What comes of `source` until the signal aborts, however slowly. @throws Failure shutting_down then */
export async function* untilStopped<T>(source: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  let refuse: (reason: Failure) => void = () => undefined;
  const onAbort = (): void => refuse(new Failure('shutting_down', DETAIL));
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        refuse = reject;
        if (signal.aborted) onAbort();
        else source.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not waited for: it ends when the next bytes come, or none can come any more.
    source.return(undefined).catch(() => undefined);
  }
}
