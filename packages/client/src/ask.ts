import type { Api } from './api.js';
import { RunFailed, unwrap } from './muster-error.js';
import type { Answer, Ask } from './types.js';

export interface SubmitOptions {
  /** Gives the request up, down to the engine. */
  readonly signal?: AbortSignal;
  /**
   * Seconds the service may keep the first call open until the answer is ready, 0 to 60. Default 10; 1 where a signal
   * is given, which is obeyed after it.
   */
  readonly waitSeconds?: number;
  /** Called with every state that was read. */
  readonly onProgress?: (answer: Answer) => void;
}

const DEFAULT_WAIT_SECONDS = 10;
/**
 * The first call is not aborted, since only its answer names the request that would have to be given up: it has to be
 * short.
 */
const ABORTABLE_WAIT_SECONDS = 1;
const DEFAULT_RETRY_SECONDS = 1;

/** POSTs, then polls at the pace of `Retry-After` until the run has ended. */
export async function submitAndFollow(
  api: Api,
  property: string,
  request: Ask,
  options: SubmitOptions,
): Promise<Answer> {
  const { signal, onProgress } = options;
  const waitSeconds = options.waitSeconds ?? (signal ? ABORTABLE_WAIT_SECONDS : DEFAULT_WAIT_SECONDS);
  signal?.throwIfAborted();
  const params = { path: { property }, query: { wait: waitSeconds } };
  const body = request as never;
  let reply = await api.POST('/v1/properties/{property}/requests', { params, body });
  for (;;) {
    const answer: Answer = unwrap(reply);
    onProgress?.(answer);
    if (answer.status === 'succeeded') return answer;
    if (answer.status === 'failed' || answer.status === 'cancelled') throw runFailed(answer);
    const path = { property, id: answer.id };
    try {
      await wait(retryAfterMs(reply.response), signal);
    } catch (reason) {
      await api.DELETE('/v1/properties/{property}/requests/{id}', { params: { path } });
      throw reason;
    }
    reply = await api.GET('/v1/properties/{property}/requests/{id}', { params: { path } });
  }
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? DEFAULT_RETRY_SECONDS);
  return 1000 * (Number.isFinite(seconds) && seconds >= 0 ? seconds : DEFAULT_RETRY_SECONDS);
}

function runFailed({ id, status, error }: Answer): RunFailed {
  if (error === null) return new RunFailed(id, status, `The request was ${status}.`, false);
  return new RunFailed(id, error.code, error.detail, error.retryable);
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
