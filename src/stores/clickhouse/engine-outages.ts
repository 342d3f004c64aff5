import { Failure } from '../../core/failure.js';
import type { Engine } from './engine.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** What passes without anybody's doing in Muster. */
const PASSING: ReadonlySet<string> = new Set(['engine_unavailable', 'storage_full', 'storage_unavailable']);

/**
 * Whether what was thrown means that the engine cannot work now: killed, starting again, shutting down, not to be
 * reached, or without room on its disk.
 */
export function isEngineAway(thrown: unknown): boolean {
  return thrown instanceof Failure && PASSING.has(thrown.code);
}

/**
 * How long work rests that the engine has failed `times` times by being away, in milliseconds: 1 s, 2 s, up to a
 * minute. The engine may be back at once; but should it be this work of which it dies, it does so ever more seldom.
 */
export function pauseAfter(times: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(times - 1, 10));
}

/** Whether the engine answers. Never throws. */
export async function isEngineReachable(engine: Engine): Promise<boolean> {
  return await engine.ping().catch(() => false);
}
