import { Failure } from '../core/failure.js';

/** Longest time for which an answer is waited, in seconds. */
export const MAX_WAIT_S = 60;

/** How long to wait for the answer, and whether the `Prefer` header has said so (it is then told in `Preference-Applied`). */
export interface Wait {
  readonly ms: number;
  readonly preferred: boolean;
}

/**
 * `?wait=` is a part of our interface: what is not 0 to 60 is an error. `Prefer: wait=` (RFC 7240) is a wish: one that is too long is cut, one that
 * cannot be read is ignored. The query wins.
 * @throws Failure invalid_parameter
 */
export function waitOf(query: string | undefined, prefer: string | undefined): Wait {
  if (query !== undefined) return { ms: seconds(query) * 1000, preferred: false };
  const wish = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
  if (wish === undefined) return { ms: 0, preferred: false };
  return { ms: Math.min(MAX_WAIT_S, Number(wish)) * 1000, preferred: true };
}

function seconds(text: string): number {
  const value = /^\d{1,2}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (value <= MAX_WAIT_S) return value;
  const detail = `wait is the number of seconds to wait for the answer, from 0 to ${MAX_WAIT_S}.`;
  throw new Failure('invalid_parameter', detail, [{ parameter: 'wait', detail }]);
}
