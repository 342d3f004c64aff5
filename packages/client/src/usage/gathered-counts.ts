import { randomUUID } from 'node:crypto';
import type { UsageBatch } from '../types.js';
import { cutAddress } from './cut-address.js';

/** Items of one list that the service takes at once. */
const MAX_ITEMS = 5_000;
/** Names are cut to what the service takes: a long path must not spoil the batch. */
const EVENT_CHARACTERS = 400;
const CATEGORY_CHARACTERS = 60;
const ID_CHARACTERS = 256;
const MINUTE_MS = 60_000;

/** Who or what was seen: an id, or an address of which only the network is kept (IPv4 /24, IPv6 /48). */
export type Seen = { readonly id: string } | { readonly ip: string };

type Count = NonNullable<UsageBatch['counts']>[number];
type SeenItem = NonNullable<UsageBatch['seen']>[number];
type Mark = NonNullable<UsageBatch['marks']>[number];

/** What is not counted, without an address that could not be read. */
export class NotCounted extends Error {
  override readonly name: string = 'NotCounted';

  constructor(
    detail: string,
    readonly item: object,
  ) {
    super(detail);
  }
}

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
  #countItems = 0;

  /** @param maxItems how many items it holds at the most */
  constructor(private readonly maxItems: number) {}

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** How many items there are. */
  get size(): number {
    return this.#countItems + this.#seen.size + this.#marks.length;
  }

  /** @throws RangeError for what is no whole number from 0 on, NotCounted where it is full */
  add(event: string, category: string, count: number, nowMs: number): void {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`A count is a whole number, not ${count}`);
    if (count === 0) return;
    const key = `${category}\0${event}`;
    const known = this.#minutes.get(minuteOf(nowMs))?.get(key);
    if (known !== undefined) {
      known.count += count;
      return;
    }
    const item = { ...named(event, category), count, at: atOf(nowMs) };
    this.#admit(item, nowMs);
    this.#countsOf(nowMs).set(key, item);
    this.#countItems += 1;
  }

  /**
   * Whether it is the first time. An address is cut before anything else.
   * @throws NotCounted for what is no address, and where it is full
   */
  see(category: string, seen: Seen, nowMs: number): boolean {
    const about = { category: cut(category, CATEGORY_CHARACTERS), at: atOf(nowMs) };
    const item: SeenItem = { ...about, ...idOf(seen, about) };
    const key = `${category}\0${item.id === undefined ? 'ip' : 'id'}\0${item.id ?? item.ip}`;
    if (this.#seen.has(key)) return false;
    this.#admit(item, nowMs);
    this.#seen.set(key, item);
    return true;
  }

  /** @throws NotCounted where it is full */
  mark(event: string, category: string, nowMs: number): void {
    const item = { ...named(event, category), at: new Date(nowMs).toISOString() };
    this.#admit(item, nowMs);
    this.#marks.push(item);
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

  #countsOf(nowMs: number): Map<string, Count> {
    const ms = minuteOf(nowMs);
    let minute = this.#minutes.get(ms);
    if (minute === undefined) this.#minutes.set(ms, (minute = new Map()));
    return minute;
  }

  #admit(item: object, nowMs: number): void {
    if (this.size >= this.maxItems) throw new NotCounted(`${this.maxItems} items wait already`, item);
    this.#firstMs = Math.min(minuteOf(nowMs), this.#firstMs ?? Infinity);
  }
}

/** An id as the service takes it, or the network of an address. */
function idOf(seen: Seen, about: object): { readonly id: string } | { readonly ip: string } {
  if ('id' in seen) return { id: seen.id.slice(0, ID_CHARACTERS) };
  const ip = cutAddress(seen.ip);
  if (ip === null) throw new NotCounted('What was seen is no address', about);
  return { ip };
}

function atOf(ms: number): string {
  return new Date(minuteOf(ms)).toISOString();
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
