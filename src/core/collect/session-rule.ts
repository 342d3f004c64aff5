import { createHash } from 'node:crypto';
import type { FirstTouch } from './first-touch.js';

/** A session that the server gives, as far as its events are known. */
export interface ServerSession {
  readonly id: string;
  readonly startMs: number;
  readonly lastMs: number;
  readonly touch: FirstTouch;
}

/** A session ends after so long without an event, or so long after its start. */
export const SESSION_IDLE_MS = 30 * 60_000;
export const SESSION_MAX_MS = 24 * 3_600_000;

/**
 * Whether an event belongs to a session, also one that comes late and was before what is known of it. Half an hour to the
 * millisecond ends it, as in the metric `sessions` and in trackers.
 */
export function isOfSession({ startMs, lastMs }: ServerSession, atMs: number): boolean {
  return atMs > startMs - SESSION_IDLE_MS && atMs < lastMs + SESSION_IDLE_MS && atMs - startMs < SESSION_MAX_MS;
}

/** The session with an event more. */
export function withEvent(session: ServerSession, atMs: number): ServerSession {
  return atMs > session.lastMs ? { ...session, lastMs: atMs } : session;
}

/** The session that a visitor's event begins. Its id follows from both, and is no other visitor's. */
export function newSession(visitor: string, atMs: number, touch: FirstTouch): ServerSession {
  const id = createHash('sha256').update(`session\0${visitor}\0${atMs}`).digest('base64url').slice(0, 22);
  return { id, startMs: atMs, lastMs: atMs, touch };
}
