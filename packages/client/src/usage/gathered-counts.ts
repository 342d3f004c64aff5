import { randomUUID } from 'node:crypto';
import type { UsageBatch } from '../types.js';

/** Items of one list that the service takes at once. */
const MAX_ITEMS = 5_000;
/** Names are cut to what the service takes: a long path must not spoil the batch. */
const EVENT_CHARACTERS = 400;
const CATEGORY_CHARACTERS = 60;
const ID_CHARACTERS = 256;
const MINUTE_MS = 60_000;

/** Who or what was seen: an id, or an address that the service cuts. */
export type Seen = { readonly id: string } | { readonly ip: string };

type Count = NonNullable<UsageBatch['counts']>[number];
type SeenItem = NonNullable<UsageBatch['seen']>[number];
type Mark = NonNullable<UsageBatch['marks']>[number];

/**
 * What has been counted since the last flush, by the minute: days and base periods begin with one, so that a batch that
 * is late is counted where it belongs. Its id is made with it, so that it counts once whenever it is sent.
 */
export class GatheredCounts {
  readonly id = randomUUID();
  /** When the first of it was counted; null: there is nothing. */
  #firstMs: number | null = null;
  readonly #minutes = new Map<number, Map<string, Count>>();
  readonly #seen = new Map<string, SeenItem>();
  readonly #marks: Mark[] = [];

  get isEmpty(): boolean {
    return this.#firstMs === null;
  }

  /** @throws RangeError for what is no whole number from 0 on */
  add(event: string, category: string, count: number, nowMs: number): void {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`A count is a whole number, not ${count}`);
    if (count === 0) return;
    const minute = this.#counts(nowMs);
    const key = `${category}\0${event}`;
    const known = minute.get(key);
    if (known === undefined) minute.set(key, { ...named(event, category), count, at: this.#at(nowMs) });
    else known.count += count;
  }

  /** Whether it is the first time. */
  see(category: string, seen: Seen, nowMs: number): boolean {
    const [kind, value] = 'id' in seen ? ['id', seen.id] : ['ip', seen.ip];
    const key = `${category}\0${kind}\0${value}`;
    if (this.#seen.has(key)) return false;
    const own = 'id' in seen ? { id: seen.id.slice(0, ID_CHARACTERS) } : seen;
    this.#seen.set(key, { category: cut(category, CATEGORY_CHARACTERS), ...own, at: this.#at(nowMs) });
    return true;
  }

  mark(event: string, category: string, nowMs: number): void {
    this.#at(nowMs);
    this.#marks.push({ ...named(event, category), at: new Date(nowMs).toISOString() });
  }

  /** All of it as batches of a size that the service takes; those of the same gathered counts always have the same ids. */
  toBatches(): UsageBatch[] {
    if (this.#firstMs === null) return [];
    const counts = [...this.#minutes.values()].flatMap((minute) => [...minute.values()]);
    const seen = [...this.#seen.values()];
    const from = new Date(this.#firstMs).toISOString();
    const pieces = Math.ceil(Math.max(counts.length, seen.length, this.#marks.length) / MAX_ITEMS);
    return Array.from({ length: pieces }, (_, i) => ({
      batch: i === 0 ? this.id : `${this.id}.${i}`,
      from,
      counts: piece(counts, i),
      seen: piece(seen, i),
      marks: piece(this.#marks, i),
    }));
  }

  #counts(nowMs: number): Map<string, Count> {
    const ms = minuteOf(nowMs);
    let minute = this.#minutes.get(ms);
    if (minute === undefined) this.#minutes.set(ms, (minute = new Map()));
    return minute;
  }

  #at(nowMs: number): string {
    const ms = minuteOf(nowMs);
    this.#firstMs = Math.min(ms, this.#firstMs ?? ms);
    return new Date(ms).toISOString();
  }
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

function named(event: string, category: string): { event: string; category: string } {
  return { event: cut(event, EVENT_CHARACTERS), category: cut(category, CATEGORY_CHARACTERS) };
}

/** In code points, without NUL and lone surrogates, which the service refuses. */
function cut(text: string, characters: number): string {
  const kept = text.length > characters ? Array.from(text).slice(0, characters).join('') : text;
  return kept.replaceAll('\0', '').replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

function piece<T>(items: readonly T[], i: number): T[] {
  return items.slice(i * MAX_ITEMS, (i + 1) * MAX_ITEMS);
}
