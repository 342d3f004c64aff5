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
import { CollectNotes } from './collect-notes.js';

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
/** Of all that is remembered: texts of strangers, some of which are long. */
const REMEMBERED_BYTES = 64_000_000;
/** Of a session without the texts that tell where it came from. */
const SESSION_BYTES = 500;
/** Other processes know the last event of a session to so much. */
const NOTED_EVERY_MS = 5 * 60_000;
/** Sessions that are noted in one statement. */
const NOTED_AT_ONCE = 500;

/**
 * Sessions that the server gives, and the first touch of those whose sender does not repeat it. A process remembers
 * them; others find them in the notes, where the last event of a session is up to five minutes old.
 */
@Injectable()
export class Sessions {
  readonly #known = new LRUCache<string, Remembered>({
    max: REMEMBERED,
    maxSize: REMEMBERED_BYTES,
    sizeCalculation: ({ session: { id, touch } }) => SESSION_BYTES + 2 * (id.length + JSON.stringify(touch).length),
    ttl: SESSION_MAX_MS,
  });
  /** By property, the names of sessions that are to be noted. */
  readonly #moved = new Map<string, Set<string>>();
  #isNoting = false;

  constructor(private readonly notes: CollectNotes) {}

  /** The session of each of the events, which come in the order of their times as far as they are of one visitor. */
  async of(propertyId: string, seekers: readonly SessionSeeker[]): Promise<readonly FoundSession[]> {
    await this.read(propertyId, seekers);
    // Of events that come late, before the session under way: this goes on to be the visitor's.
    const earlier = new Map<string, ServerSession>();
    const found = seekers.map((seeker) => {
      const name = nameOf(propertyId, seeker);
      const before = this.#known.get(name);
      const late = earlier.get(name);
      const isLate = late !== undefined && isOfSession(late, seeker.atMs);
      const session = sessionOf(seeker, isLate ? late : before?.session);
      if (before !== undefined && session.startMs < before.session.startMs) earlier.set(name, session);
      else {
        const notedMs = before?.session.id === session.id ? before.notedMs : -Infinity;
        this.#known.set(name, { session, notedMs });
        if (session.lastMs - notedMs >= NOTED_EVERY_MS) this.note(propertyId, name);
      }
      return { id: session.id, touch: session.touch };
    });
    // Beside the answer: the process itself knows them, and the next event tells what is lost.
    void this.write();
    return found;
  }

  /** Also of those that have ended as far as is known here: another process may have gone on with them. */
  private async read(propertyId: string, seekers: readonly SessionSeeker[]): Promise<void> {
    const unknown = new Set(
      seekers.filter((seeker) => !this.goesOn(propertyId, seeker)).map((seeker) => nameOf(propertyId, seeker)),
    );
    const noted = await this.notes.find<ServerSession>(propertyId, 'session', [...unknown]);
    for (const [name, session] of noted) {
      // Another event may have moved it while this one was read.
      const known = this.#known.get(name);
      if (known === undefined || known.session.lastMs < session.lastMs)
        this.#known.set(name, { session, notedMs: session.lastMs });
    }
  }

  private goesOn(propertyId: string, seeker: SessionSeeker): boolean {
    const known = this.#known.get(nameOf(propertyId, seeker));
    return known !== undefined && (seeker.session !== null || isOfSession(known.session, seeker.atMs));
  }

  private note(propertyId: string, name: string): void {
    const names = this.#moved.get(propertyId);
    if (names === undefined) this.#moved.set(propertyId, new Set([name]));
    else names.add(name);
  }

  /** Notes what has moved, one statement after another: what moves meanwhile goes with the next one. */
  private async write(): Promise<void> {
    if (this.#isNoting) return;
    this.#isNoting = true;
    try {
      for (const [propertyId, names] of this.#moved) {
        this.#moved.delete(propertyId);
        const all = [...names];
        for (let from = 0; from < all.length; from += NOTED_AT_ONCE)
          await this.put(propertyId, all.slice(from, from + NOTED_AT_ONCE)).catch(() => undefined);
      }
    } finally {
      this.#isNoting = false;
    }
  }

  private async put(propertyId: string, names: readonly string[]): Promise<void> {
    const moved = names.flatMap((name) => {
      const known = this.#known.get(name);
      return known === undefined ? [] : [{ name, value: known.session }];
    });
    await this.notes.putLater(propertyId, moved, new Date(Date.now() + SESSION_MAX_MS));
    for (const { name, value: session } of moved) {
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
