import { shortRows } from './short-rows.js';
import type { UploadRows } from './upload-rows.js';

const NEW_LINE = 0x0a;
const RETURN = 0x0d;
const TAB = 0x09;
const BLANK = 0x20;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

/**
 * Rows of a list as people write it: a user a line, or several with commas, semicolons or tabs between them. Blanks around an id belong to what separates. Each step is
 * a good moment to store what there is.
 */
export async function* readText(chunks: AsyncIterable<Buffer>, rows: UploadRows): AsyncGenerator<void> {
  const words = new WordSplitter((word) => rows.take(word));
  for await (const chunk of shortRows(chunks, rows)) {
    words.push(chunk);
    yield;
  }
  words.finish();
}

/** Cuts chunks of UTF-8 at separators, all of which are ASCII. */
class WordSplitter {
  #begun: Buffer[] = [];
  /** The last byte was a return: a line feed after it is the same line's end. */
  #isReturned = false;

  constructor(private readonly take: (word: string) => void) {}

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
    if (last !== '') this.take(last);
  }

  #finishWord(chunk: Buffer, start: number, end: number): void {
    const bytes = chunk.subarray(start, end);
    const word = this.#begun.length === 0 ? bytes : Buffer.concat([...this.#begun, bytes]);
    this.#begun = [];
    this.take(trimmed(word));
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
