import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import { truth, type Outcome } from './oracle-outcome.js';
import type { OracleUser } from './request-users.js';
import { elapsedMs } from './slices.js';
import type { SentEvent } from './world.js';

/** Whether a user is active, of one of the five kinds, in the period of length u that ends at `atMs`. */
export function rollingActive(
  { params }: CanonicalRequest,
  { birthMs }: OracleUser,
  selected: readonly SentEvent[],
  atMs: number,
): Outcome {
  const [n, uMs] = [Number(params['n']), elapsedMs(String(params['u']))];
  const within = (fromMs: number, toMs: number): number =>
    selected.filter(({ timeMs }) => fromMs <= timeMs && timeMs < toMs).length;
  const [earlier, now] = [within(atMs - 2 * uMs, atMs - uMs), within(atMs - uMs, atMs)];
  if (params['kind'] === 'active') return truth(now >= n);
  if (birthMs === null) throw new Error('A user without birth is of no other kind');
  return truth(now >= n && params['kind'] === kindOf(birthMs, earlier >= n, atMs, uMs));
}

function kindOf(birthMs: number, wasActive: boolean, atMs: number, uMs: number): string {
  if (birthMs >= atMs - uMs) return 'new';
  if (!wasActive) return 'reactivated';
  return birthMs >= atMs - 2 * uMs ? 'surviving_new' : 'recurring_old';
}
