const FIRST_SLOTS = 4096;
const WORDS = 2;

/**
 * Tells whether two keys of a batch may be equal: a set of 64-bit hashes. Never silent about a repetition; wrong alarms are as rare as
 * collisions. Keeps its memory from batch to batch.
 */
export class RepeatFilter {
  #slots = new Int32Array(FIRST_SLOTS * WORDS);
  #used = 0;
  mayRepeat = false;

  clear(): void {
    this.#slots.fill(0);
    this.#used = 0;
    this.mayRepeat = false;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    let one = 0x811c9dc5;
    let other = 0x2545f491;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      one = Math.imul(one ^ byte, 0x01000193);
      other = Math.imul(other + byte, 0x5bd1e995) ^ (other >>> 15);
    }
    if (this.#used * 2 >= this.#slots.length / WORDS) this.#grow();
    this.#put(one ^ (one >>> 16), other | 1);
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
