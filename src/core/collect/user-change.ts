import { isGiven } from '../json-shape.js';
import { formatInstant } from '../time/instant.js';
import type { SentEvent } from './sent-event.js';

/**
 * What `$signup`, `$login` and `$update` say of their user, as POST users takes it, as JSON. `registeredMs`: of a
 * `registered_at` that was sent, moved by the sender's error; NaN: there is none, or it is none.
 */
export function userChange({ item, name, user, atMs }: SentEvent, registeredMs: number, shiftMs: number): string {
  const { traits, registered_at: registeredAt } = item;
  return JSON.stringify({
    user,
    registered_at: isGiven(registeredAt)
      ? movedTime(registeredAt, registeredMs, shiftMs)
      : name === '$signup'
        ? timeOf(item['time'], atMs)
        : undefined,
    traits: isGiven(traits) ? traits : undefined,
  });
}

function movedTime(sent: unknown, ms: number, shiftMs: number): unknown {
  return shiftMs === 0 || Number.isNaN(ms) ? sent : formatInstant(ms);
}

function timeOf(sent: unknown, ms: number): unknown {
  return Number.isNaN(ms) ? sent : formatInstant(ms);
}
