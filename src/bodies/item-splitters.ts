import { invalid } from '../core/failure.js';
import { ITEM_LIMITS, type RejectionCode } from '../core/ingest/rejection.js';
import type { Splitter } from './batches.js';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  endOfString,
  OPEN_ARRAY,
  OPEN_OBJECT,
  parseText,
  QUOTE,
} from './json-body.js';

const NEW_LINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/** Where items go, as JSON in the bytes [start, end). */
export interface ItemSink {
  take(bytes: Buffer, start: number, end: number): void;
  /** An item that nobody needs to look at. */
  refuse(code: RejectionCode): void;
  /** A place in the body that holds no item but counts as one. */
  pass(): void;
}

/**
 * One item a line. Cuts pieces into lines without copying them; of a line that is cut by the end of a piece the start
 * is kept, up to the limit of an item. Blank lines hold none but count, so that an index is the number of a line, from
 * 0.
 */
export class LineSplitter implements Splitter {
  #begun: Buffer[] = [];
  #begunBytes = 0;

  constructor(private readonly sink: ItemSink) {}

  push(piece: Buffer): void {
    let start = 0;
    for (;;) {
      const end = piece.indexOf(NEW_LINE, start);
      if (end < 0) break;
      if (this.#begunBytes === 0) this.#line(piece, start, end);
      else this.#finishBegun(piece.subarray(start, end + 1));
      start = end + 1;
    }
    if (start < piece.length) this.#begin(piece.subarray(start));
  }

  /** The last line may end without a line feed. */
  finish(): void {
    if (this.#begunBytes > 0) this.#finishBegun(Buffer.of(NEW_LINE));
  }

  #begin(part: Buffer): void {
    this.#begunBytes += part.length;
    // The line feed comes on top.
    if (this.#begunBytes <= ITEM_LIMITS.itemBytes + 1) this.#begun.push(part);
    else this.#begun.length = 0;
  }

  /** `part` ends with the line feed. */
  #finishBegun(part: Buffer): void {
    this.#begin(part);
    const isWhole = this.#begun.length > 0;
    const line = Buffer.concat(this.#begun);
    this.#begun.length = 0;
    this.#begunBytes = 0;
    if (isWhole) this.#line(line, 0, line.length - 1);
    else this.sink.refuse('item_too_long');
  }

  /** The byte at `end` is the line feed. */
  #line(bytes: Buffer, start: number, end: number): void {
    if (end - start <= ITEM_LIMITS.itemBytes && isBlank(bytes, start, end)) this.sink.pass();
    else handOn(bytes, start, end, this.sink);
  }
}

/**
 * A JSON array that comes as one piece, valid UTF-8 within the limits of JSON bodies. Hands its items on as they stand
 * in its text: a parsed item would have lost its double names.
 */
export class ArraySplitter implements Splitter {
  constructor(private readonly sink: Pick<ItemSink, 'take' | 'refuse'>) {}

  /** @throws Failure malformed_body; invalid_field where it is no array */
  push(bytes: Buffer): void {
    if (!Array.isArray(parseText(bytes.toString('utf8')))) {
      throw invalid('invalid_field', '', 'The body must be a JSON array of items. Send one item as an array of one.');
    }
    let depth = 0;
    let start = -1;
    const finish = (end: number): void => {
      if (start >= 0) handOn(bytes, start, end, this.sink);
      start = -1;
    };
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (depth === 1 && start < 0 && byte > SPACE && byte !== CLOSE_ARRAY) start = at;
      if (byte === QUOTE) at = endOfString(bytes, at);
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
      else if (byte === COMMA && depth === 1) finish(at);
      else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && --depth === 0) finish(at);
    }
  }

  finish(): void {
    // The array ends with its piece.
  }
}

function handOn(bytes: Buffer, start: number, end: number, sink: Pick<ItemSink, 'take' | 'refuse'>): void {
  if (end - start > ITEM_LIMITS.itemBytes) sink.refuse('item_too_long');
  else sink.take(bytes, start, end);
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte !== SPACE && byte !== TAB && byte !== RETURN) return false;
  }
  return true;
}
