const NONE = Buffer.alloc(0);

/**
 * A text as the UTF-8 bytes [start, end) of a buffer. Reused from item to item, so that reading one allocates nothing.
 */
export class TextSpan {
  bytes: Buffer = NONE;
  start = 0;
  end = 0;

  set(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Whether it has at most `max` Unicode code points. */
  hasCharacters(min: number, max: number): boolean {
    if (this.length < min) return false;
    if (this.length <= max) return true;
    let characters = 0;
    for (let at = this.start; at < this.end; at++) {
      // Bytes that start with the bits 10 go on with a character.
      if (((this.bytes[at] ?? 0) & 0xc0) !== 0x80) characters++;
    }
    return characters <= max;
  }

  equals(other: TextSpan): boolean {
    const length = this.length;
    if (length !== other.length) return false;
    for (let i = 0; i < length; i++) {
      if (this.bytes[this.start + i] !== other.bytes[other.start + i]) return false;
    }
    return true;
  }

  isBytes(name: Uint8Array): boolean {
    if (this.length !== name.length) return false;
    for (let i = 0; i < name.length; i++) {
      if (this.bytes[this.start + i] !== name[i]) return false;
    }
    return true;
  }

  toString(): string {
    return this.bytes.toString('utf8', this.start, this.end);
  }
}
