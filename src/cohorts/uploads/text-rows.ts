import type { Splitter } from '../../bodies/batches.js';
import type { UploadRows } from './upload-rows.js';

const NEW_LINE = 0x0a;
const RETURN = 0x0d;
const TAB = 0x09;
const BLANK = 0x20;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

/**
 * Cuts a list as people write it into rows: a user a line, or several with commas, semicolons or tabs between them, all
 * of which are ASCII. Blanks around an id belong to what separates.
 */
export class TextRows implements Splitter {
  #begun: Buffer[] = [];
  /** The last byte was a return: a line feed after it is the same line's end. */
  #isReturned = false;

  constructor(private readonly rows: Pick<UploadRows, 'take'>) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte > SEMICOLON) this.#isReturned = false;
      else if (byte === NEW_LINE && this.#isReturned) {
        start = at + 1;
        this.#isReturned = false;
      } else {
        this.#isReturned = byte === RETURN;
        if (isSeparator(byte)) {
          this.#finishWord(chunk, start, at);
          start = at + 1;
        }
      }
    }
    if (start < chunk.length) this.#begun.push(chunk.subarray(start));
  }

  /** A separator at the end begins no row, with or without blanks behind it. */
  finish(): void {
    const last = trimmed(Buffer.concat(this.#begun));
    if (last !== '') this.rows.take(last);
  }

  #finishWord(chunk: Buffer, start: number, end: number): void {
    const bytes = chunk.subarray(start, end);
    const word = this.#begun.length === 0 ? bytes : Buffer.concat([...this.#begun, bytes]);
    this.#begun = [];
    this.rows.take(trimmed(word));
  }
}

/** The word without blanks around it. */
function trimmed(word: Buffer): string {
  let [start, end] = [0, word.length];
  while (start < end && word[start] === BLANK) start += 1;
  while (end > start && word[end - 1] === BLANK) end -= 1;
  return word.toString('utf8', start, end);
}

function isSeparator(byte: number): boolean {
  return byte === NEW_LINE || byte === RETURN || byte === COMMA || byte === SEMICOLON || byte === TAB;
}
