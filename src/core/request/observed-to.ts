import type { CanonicalRequest } from './canonical-request.js';
import { plannedWindow } from './planned-window.js';

/**
 * Up to where a fixed window that has begun and is not over was measured: as_of, in UTC milliseconds. Null where the window is over, has not begun, moves with
 * each birth, or has no end of its own (survival without sunset ends at as_of).
 */
export function observedTo(canonical: CanonicalRequest, asOfMs: number): number | null {
  const window = plannedWindow(canonical);
  if (window?.kind !== 'fixed' || window.toMs === Infinity) return null;
  return window.fromMs < asOfMs && asOfMs < window.toMs ? asOfMs : null;
}
