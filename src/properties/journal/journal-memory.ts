import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { identityKey, joined, type EventIdentity, type UserSpan } from '../../stores/clickhouse/known-users.js';
import { UserSurvey } from './user-survey.js';

/** Users whose spans a process remembers, of all properties, many more than a group has: some 200 bytes each. */
const MAX_SPANS = 200_000;

/** A survey of which nobody has asked for so long gives its room to others. */
const IDLE_MS = 600_000;

/** Numbers that are told to the ledger with every look. */
const MAX_PASSED = 1_000;

/** Of all properties of this process. */
interface OfAll {
  /** Rows that are not in the engine yet. */
  pendingBytes: number;
  /** Users of surveys. */
  surveyed: number;
}

/** A batch of the journal. */
interface Pending {
  readonly seq: number;
  readonly identities: readonly EventIdentity[];
  readonly bytes: number;
}

/**
 * What this process knows of a property's events without asking a store: those of the journal, of users whom it has
 * looked at lately the span of all their events, and of all others what a survey tells. Right as long as no number has
 * been given out but for batches that are told here.
 */
export class JournalMemory {
  /** The number up to which what is remembered holds. */
  lastSeq = 0;
  /** Whether no number has been given out since, as far as is known. */
  isCurrent = false;
  /** Later batches, whose users are forgotten; beyond `MAX_PASSED` it is as if somebody else had stored them. */
  readonly passedSeqs = new Set<number>();
  /** Users who were looked for since the last survey, and when the next may begin, by the process's clock. */
  readonly looks = { users: 0, fromMs: 0 };
  readonly #pending = new Map<number, Pending>();
  readonly #keys = new Map<string, Set<string>>();
  /** Spans of earlier ones are not found any more, and go as those of others come. */
  #epoch = 0;
  #pendingSeq = 0;
  #survey: UserSurvey | undefined;
  #usedMs = performance.now();

  constructor(
    private readonly propertyId: string,
    private readonly spans: LRUCache<string, UserSpan>,
    private readonly ofAll: OfAll,
  ) {}

  /** Of the rows of this process, of all properties, that are not in the engine yet. */
  get pendingBytes(): number {
    return this.ofAll.pendingBytes;
  }

  /** The last number of these; 0: none. */
  get pendingSeq(): number {
    return this.#pendingSeq;
  }

  /** Whether an event of the journal may be the same. */
  hasPending(event: EventIdentity): boolean {
    return this.#keys.get(event.user)?.has(identityKey(event)) ?? false;
  }

  /** What holds all events of a user; undefined: not known, look into the engine. */
  span(user: string): UserSpan | undefined {
    this.#usedMs = performance.now();
    return this.spans.get(this.#key(user)) ?? this.#survey?.span(user);
  }

  /** Another survey begins: what is committed from now on is in it. It tells nothing before it is complete. */
  beginSurvey(): UserSurvey {
    this.#survey?.end();
    this.#survey = new UserSurvey(this.ofAll);
    return this.#survey;
  }

  /** Makes room for those of other properties, where nobody has asked for so long. */
  endSurveyUnusedSince(ms: number): void {
    if (this.#usedMs < ms) this.#survey?.end();
  }

  /** A span is remembered no more: up to its end there may be events of its user. */
  spanForgotten({ lastMs }: UserSpan): void {
    this.#survey?.raise(lastMs);
  }

  /** Of the events of a user that are in the journal. */
  pendingSpan(user: string): UserSpan | undefined {
    let span: UserSpan | undefined;
    for (const key of this.#keys.get(user) ?? []) {
      const ms = Number(key.slice(0, key.indexOf(' ')));
      span = joined(span, { firstMs: ms, lastMs: ms });
    }
    return span;
  }

  remember(user: string, span: UserSpan): void {
    this.#survey?.add(user);
    this.spans.set(this.#key(user), span);
  }

  /** A batch was stored past the journal: of the events of its users no span is known any more. */
  passed(seq: number, identities: readonly EventIdentity[]): void {
    for (const { user, timeMs } of identities) {
      const span = this.spans.peek(this.#key(user));
      this.spans.delete(this.#key(user));
      this.#survey?.add(user);
      this.#survey?.raise(Math.max(timeMs, span?.lastMs ?? -Infinity));
    }
    if (this.passedSeqs.size >= MAX_PASSED) this.passedSeqs.clear();
    this.passedSeqs.add(seq);
  }

  /** Something may have changed of any user. What is in the journal stays. */
  forgetAll(): void {
    this.#epoch++;
    this.#survey?.end();
    this.#survey = undefined;
  }

  /** A batch is in the journal. */
  add(pending: Pending): void {
    this.#pending.set(pending.seq, pending);
    this.ofAll.pendingBytes += pending.bytes;
    this.#pendingSeq = pending.seq;
    for (const event of pending.identities) {
      const keys = this.#keys.get(event.user) ?? new Set();
      this.#keys.set(event.user, keys.add(identityKey(event)));
    }
  }

  /** Batches up to a number are in the engine. */
  flushed(lastSeq: number): void {
    for (const [seq, { identities, bytes }] of this.#pending) {
      if (seq > lastSeq) break;
      this.#pending.delete(seq);
      this.ofAll.pendingBytes -= bytes;
      for (const event of identities) {
        const keys = this.#keys.get(event.user);
        keys?.delete(identityKey(event));
        if (keys?.size === 0) this.#keys.delete(event.user);
      }
    }
  }

  #key(user: string): string {
    return `${this.propertyId} ${this.#epoch} ${user}`;
  }
}

/** The memory of every property, of this process. */
@Injectable()
export class JournalMemories {
  readonly #memories = new Map<string, JournalMemory>();
  readonly #ofAll: OfAll = { pendingBytes: 0, surveyed: 0 };
  readonly #spans: LRUCache<string, UserSpan>;

  constructor(maxSpans = MAX_SPANS) {
    const dispose = (span: UserSpan, key: string, reason: string): void => {
      if (reason === 'evict') this.#memories.get(key.slice(0, key.indexOf(' ')))?.spanForgotten(span);
    };
    // By size: a cache by number makes room for all of them at once, for 30 ms of each start.
    this.#spans = new LRUCache({ maxSize: maxSpans, sizeCalculation: () => 1, dispose });
  }

  /** Of properties to which nothing has come for a while. */
  endIdleSurveys(): void {
    const sinceMs = performance.now() - IDLE_MS;
    for (const memory of this.#memories.values()) memory.endSurveyUnusedSince(sinceMs);
  }

  /** The property is deleted. */
  forget(propertyId: string): void {
    this.#memories.get(propertyId)?.forgetAll();
    this.#memories.delete(propertyId);
  }

  of(propertyId: string): JournalMemory {
    const known = this.#memories.get(propertyId);
    if (known !== undefined) return known;
    const memory = new JournalMemory(propertyId, this.#spans, this.#ofAll);
    this.#memories.set(propertyId, memory);
    return memory;
  }
}
