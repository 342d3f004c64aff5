import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../core/failure.js';
import type { Engine } from './engine.js';

const LOOK_EVERY_MS = 500;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** What passes without anybody's doing in Muster. */
const PASSING: ReadonlySet<string> = new Set(['engine_unavailable', 'storage_full', 'storage_unavailable']);

/** Whether what was thrown means that the engine cannot work now: killed, starting again, shutting down, not to be reached, or without room on its disk. */
export function isEngineAway(thrown: unknown): boolean {
  return thrown instanceof Failure && PASSING.has(thrown.code);
}

/**
 * How long work rests that the engine has failed `times` times by being away, in milliseconds: 1 s, 2 s, up to a minute. The engine may be back at once; but should it be this work of
 * which it dies, it does so ever more seldom.
 */
export function pauseAfter(times: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(times - 1, 10));
}

export interface OutageOptions {
  /** How long the engine may be away in all, from its first failure on. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Takes back what an attempt may have left; done while the engine is there. */
  readonly undo: () => Promise<unknown>;
}

/**
 * Does `work` again as long as the engine is away.
 * @throws the last error when the engine stays away or `signal` aborts, and every other error at once
 */
export async function retryWhileEngineAway<T>(
  engine: Engine,
  work: () => Promise<T>,
  { limitMs, signal, undo }: OutageOptions,
): Promise<T> {
  let sinceMs: number | undefined;
  for (let times = 1; ; times += 1) {
    try {
      if (times > 1) await undo();
      return await work();
    } catch (error) {
      sinceMs ??= performance.now();
      const endMs = sinceMs + limitMs;
      const goesOn = (): boolean => !signal.aborted && performance.now() < endMs;
      if (!isEngineAway(error) || !goesOn()) throw error;
      await sleep(pauseAfter(times), undefined, { signal }).catch(() => undefined);
      while (goesOn() && !(await isEngineReachable(engine))) await sleep(LOOK_EVERY_MS, undefined, { ref: false });
      if (!goesOn()) throw error;
    }
  }
}

/** Whether the engine answers. Never throws. */
export async function isEngineReachable(engine: Engine): Promise<boolean> {
  return await engine.ping().catch(() => false);
}
