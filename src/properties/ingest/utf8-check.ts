import { isUtf8 } from 'node:buffer';

/** Checks a stream of bytes to be UTF-8, wherever it is cut. */
export class Utf8Check {
  /** The start of a character whose rest is to come. */
  #begun = Buffer.alloc(0);

  /** Whether the stream ends with a whole character. */
  get isComplete(): boolean {
    return this.#begun.length === 0;
  }

  /** False: the stream cannot be UTF-8. */
  push(chunk: Buffer): boolean {
    let rest = chunk;
    if (this.#begun.length > 0) {
      const missing = lengthOf(this.#begun[0] ?? 0) - this.#begun.length;
      const character = Buffer.concat([this.#begun, chunk.subarray(0, missing)]);
      if (chunk.length < missing) {
        this.#begun = character;
        return true;
      }
      if (!isUtf8(character)) return false;
      rest = chunk.subarray(missing);
    }
    const end = rest.length - begunAtEnd(rest);
    this.#begun = Buffer.from(rest.subarray(end));
    return isUtf8(rest.subarray(0, end));
  }
}

/** How many bytes at the end are the start of a character that is not whole. */
function begunAtEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) !== 0x80) return lengthOf(byte) > back ? back : 0;
  }
  return 0;
}

/** Bytes of the character that starts with this one. */
function lengthOf(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}
