import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { FirstTouch } from '../core/collect/first-touch.js';
import {
  isOfSession,
  newSession,
  SESSION_MAX_MS,
  withEvent,
  type ServerSession,
} from '../core/collect/session-rule.js';
import { CollectNotes, type Note } from './collect-notes.js';

/** An event that needs a session, or what is known of the one that its sender names. */
export interface SessionSeeker {
  readonly visitor: string;
  /** Null: the server gives one. */
  readonly session: string | null;
  readonly atMs: number;
  /** By which way a session that begins with the event comes. */
  readonly touch: FirstTouch;
}

export interface FoundSession {
  readonly id: string;
  readonly touch: FirstTouch;
}

interface Remembered {
  readonly session: ServerSession;
  /** `lastMs` as all processes know it. */
  readonly notedMs: number;
}

const REMEMBERED = 100_000;
/** Other processes know the last event of a session to so much. */
const NOTED_EVERY_MS = 5 * 60_000;

/**
 * Sessions that the server gives, and the first touch of those whose sender does not repeat it. A process remembers
 * them; others find them in the notes, where the last event of a session is up to five minutes old.
 */
@Injectable()
export class Sessions {
  readonly #known = new LRUCache<string, Remembered>({ max: REMEMBERED, ttl: SESSION_MAX_MS });

  constructor(private readonly notes: CollectNotes) {}

  /** The session of each of the events, which come in the order of their times as far as they are of one visitor. */
  async of(propertyId: string, seekers: readonly SessionSeeker[]): Promise<readonly FoundSession[]> {
    await this.read(propertyId, seekers);
    const moved = new Map<string, Remembered>();
    const found = seekers.map((seeker) => {
      const name = nameOf(propertyId, seeker);
      const before = this.#known.get(name);
      const session = sessionOf(seeker, before?.session);
      const remembered = { session, notedMs: before?.session.id === session.id ? before.notedMs : -Infinity };
      this.#known.set(name, remembered);
      if (session.lastMs - remembered.notedMs >= NOTED_EVERY_MS) moved.set(name, remembered);
      return { id: session.id, touch: session.touch };
    });
    // Beside the answer: the process itself knows them, and the next event tells what is lost.
    void this.write(propertyId, moved).catch(() => undefined);
    return found;
  }

  private async read(propertyId: string, seekers: readonly SessionSeeker[]): Promise<void> {
    const unknown = new Set(
      seekers.map((seeker) => nameOf(propertyId, seeker)).filter((name) => !this.#known.has(name)),
    );
    const keys = new Map([...unknown].map((name) => [keyOf(name).toString('hex'), name]));
    const noted = await this.notes.find<ServerSession>(propertyId, 'session', [...unknown].map(keyOf));
    for (const [key, session] of noted) {
      const name = keys.get(key);
      // Another event may have begun one while this one was read.
      if (name !== undefined && !this.#known.has(name)) this.#known.set(name, { session, notedMs: session.lastMs });
    }
  }

  private async write(propertyId: string, moved: ReadonlyMap<string, Remembered>): Promise<void> {
    const notes = [...moved].map(([name, { session }]): Note<ServerSession> => ({ key: keyOf(name), value: session }));
    await this.notes.put(propertyId, 'session', notes, new Date(Date.now() + SESSION_MAX_MS));
    for (const [name, { session }] of moved) {
      const known = this.#known.get(name);
      if (known?.session.id === session.id) this.#known.set(name, { ...known, notedMs: session.lastMs });
    }
  }
}

/** A session that its sender names goes on for as long as he names it. */
function sessionOf({ visitor, session, atMs, touch }: SessionSeeker, before: ServerSession | undefined): ServerSession {
  if (before !== undefined && (session !== null || isOfSession(before, atMs))) return withEvent(before, atMs);
  return session === null ? newSession(visitor, atMs, touch) : { id: session, startMs: atMs, lastMs: atMs, touch };
}

function nameOf(propertyId: string, { visitor, session }: SessionSeeker): string {
  return session === null ? `${propertyId} v ${visitor}` : `${propertyId} s ${session}`;
}

function keyOf(name: string): Buffer {
  return createHash('sha256').update(name).digest().subarray(0, 16);
}
