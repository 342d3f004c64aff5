import type { TextSpan } from './text-span.js';

const FIRST_SLOTS = 4096;
const WORDS = 2;

/** Of a long id so much is looked at, from its end. */
const ID_BYTES = 12;

/**
 * Tells whether two events of a batch may be the same: a set of 64-bit hashes of parts of their identity. Never silent about a
 * repetition; a wrong alarm, which costs a query, needs the same user, time, length of name and end of id. Keeps its memory from batch to batch.
 */
export class RepeatFilter {
  #slots = new Int32Array(FIRST_SLOTS * WORDS);
  #used = 0;
  #one = 0;
  #other = 0;
  mayRepeat = false;

  clear(): void {
    this.#slots.fill(0);
    this.#used = 0;
    this.mayRepeat = false;
  }

  add(user: TextSpan, timeMs: number, event: TextSpan, id: TextSpan | null): void {
    this.#one = 0x811c9dc5;
    this.#other = event.length;
    this.#mix(timeMs | 0);
    this.#mix((timeMs / 4_294_967_296) | 0);
    this.#mixBytes(user, user.start);
    if (id) this.#mixBytes(id, Math.max(id.start, id.end - ID_BYTES));
    if (this.#used * 2 >= this.#slots.length / WORDS) this.#grow();
    this.#put(this.#one ^ (this.#one >>> 16), this.#other | 1);
  }

  #mix(value: number): void {
    this.#one = Math.imul(this.#one ^ value, 0x01000193);
    this.#other = Math.imul(this.#other + value, 0x5bd1e995) ^ (this.#other >>> 15);
  }

  #mixBytes({ bytes, end }: TextSpan, start: number): void {
    for (let at = start; at < end; at++) this.#mix(bytes[at] ?? 0);
  }

  /** `other` is never 0, which marks a free slot. */
  #put(one: number, other: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = (one * WORDS) & mask; ; at = (at + WORDS) & mask) {
      if (slots[at + 1] === 0) {
        slots[at] = one;
        slots[at + 1] = other;
        this.#used++;
        return;
      }
      if (slots[at] === one && slots[at + 1] === other) {
        this.mayRepeat = true;
        return;
      }
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    this.#used = 0;
    for (let at = 0; at < old.length; at += WORDS) {
      const other = old[at + 1] ?? 0;
      if (other !== 0) this.#put(old[at] ?? 0, other);
    }
  }
}
