import { Failure } from '../failure.js';
import { TextSpan } from './text-span.js';

const QUOTE = 0x22;
const NEW_LINE = 0x0a;
const RETURN = 0x0d;

/** The cells of a row, as spans of UTF-8; valid until the next one. */
export class CsvRow {
  readonly #cells: TextSpan[] = [];
  count = 0;
  /** Of the row with its line end. */
  byteLength = 0;

  at(index: number): TextSpan {
    return (this.#cells[index] ??= new TextSpan());
  }

  /** The cells as texts. */
  texts(): string[] {
    return Array.from({ length: this.count }, (_, index) => this.at(index).toString());
  }

  /** A line without a byte is a row of one empty cell. */
  get isBlank(): boolean {
    return this.count === 1 && this.at(0).length === 0;
  }
}

/** Where rows go. */
export interface CsvSink {
  row(row: CsvRow): void;
  /** A row has more bytes than a row may have: it is passed over. */
  tooLong(): void;
}

export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;
export type Delimiter = keyof typeof DELIMITERS;

/** A quote that is opened and never closed: nothing after it can be told apart. */
export class OpenQuote extends Failure {}

const MEND = 'Close it, or double it where it is a character.';

/** In which part of a row that is too long the reading stands. */
type Skipping = 'start' | 'plain' | 'quoted' | 'closed' | 'returned';

/**
 * Cuts chunks of UTF-8 into the rows and cells of CSV (RFC 4180), as spreadsheets read it: LF, CRLF and CR end a row; a
 * quote inside a cell that does not begin with one is a character, and so is all that stands between a closing quote
 * and the end of its cell. Cells are spans of the chunk: nothing is copied but a row that is cut by the end of its
 * chunk, and a cell with a quote in its text.
 */
export class CsvScanner {
  readonly #delimiter: number;
  readonly #row = new CsvRow();
  #begun: Buffer = Buffer.alloc(0);
  #skipping: Skipping | null = null;
  /** Bytes since the quote was opened that is open where the reading stands. */
  #quotedBytes = 0;
  /** Rows up to now. */
  count = 0;

  constructor(
    delimiter: Delimiter,
    private readonly maxRowBytes: number,
    private readonly sink: CsvSink,
  ) {
    this.#delimiter = DELIMITERS[delimiter].charCodeAt(0);
  }

  /**
   * @throws OpenQuote body_too_large for a quote that is open for longer than a row may be, which is taken for one that
   * never closes
   */
  push(chunk: Buffer): void {
    this.#read(this.#begun.length > 0 ? Buffer.concat([this.#begun, chunk]) : chunk, false);
  }

  /** The last row may end without a line end. @throws OpenQuote malformed_body for a quote that is open still */
  finish(): void {
    this.#read(this.#begun, true);
  }

  #read(bytes: Buffer, isLast: boolean): void {
    let start = this.#skipping === null ? 0 : this.#skip(bytes, 0, isLast);
    while (start < bytes.length && this.#skipping === null) {
      const end = this.#scan(bytes, start, isLast);
      if (end < 0) break;
      this.#tell(end - start);
      start = end;
    }
    if (this.#skipping !== null) this.#begun = bytes.subarray(0, 0);
    else this.#keep(bytes.subarray(start), isLast);
  }

  #tell(byteLength: number): void {
    this.count++;
    this.#row.byteLength = byteLength;
    if (byteLength > this.maxRowBytes) this.sink.tooLong();
    else this.sink.row(this.#row);
  }

  /** The start of a row whose end is to come. */
  #keep(rest: Buffer, isLast: boolean): void {
    // Only a quote keeps a row from ending where the body does.
    if (isLast && rest.length > 0) throw this.#notClosed();
    this.#begun = Buffer.from(rest);
    if (this.#quotedBytes > this.maxRowBytes) throw this.#openTooLong();
    if (rest.length <= this.maxRowBytes) return;
    this.sink.tooLong();
    this.#quotedBytes = 0;
    this.#skipping = 'start';
    this.#skip(this.#begun, 0, false);
    this.#begun = rest.subarray(0, 0);
  }

  /** Reads the row that starts here: where the next one starts; -1: it does not end within these bytes. */
  #scan(bytes: Buffer, start: number, isLast: boolean): number {
    const row = this.#row;
    const delimiter = this.#delimiter;
    const end = bytes.length;
    let at = start;
    this.#quotedBytes = 0;
    for (let count = 1; ; count++) {
      const cell = row.at(count - 1);
      if (bytes[at] === QUOTE) {
        at = this.#quoted(bytes, at + 1, cell);
        if (at < 0) return -1;
      } else {
        const first = at;
        while (at < end) {
          const byte = bytes[at];
          if (byte === delimiter || byte === NEW_LINE || byte === RETURN) break;
          at++;
        }
        cell.set(bytes, first, at);
      }
      row.count = count;
      if (at === end) return isLast ? end : -1;
      const byte = bytes[at++];
      if (byte === NEW_LINE) return at;
      if (byte !== RETURN) continue;
      if (at === end) return isLast ? end : -1;
      return bytes[at] === NEW_LINE ? at + 1 : at;
    }
  }

  /** Reads the cell whose quote was opened before `first`: where what ends it stands; -1: it is not closed. */
  #quoted(bytes: Buffer, first: number, cell: TextSpan): number {
    const end = bytes.length;
    let at = first;
    let hasQuotes = false;
    for (;;) {
      while (at < end && bytes[at] !== QUOTE) at++;
      if (at === end) {
        this.#quotedBytes = end - first + 1;
        return -1;
      }
      if (bytes[at + 1] !== QUOTE) break;
      hasQuotes = true;
      at += 2;
    }
    if (at - first > this.maxRowBytes) throw this.#openTooLong();
    const closing = at++;
    while (at < end && bytes[at] !== this.#delimiter && bytes[at] !== NEW_LINE && bytes[at] !== RETURN) at++;
    if (!hasQuotes && at === closing + 1) cell.set(bytes, first, closing);
    else setUnquoted(cell, bytes, first, closing, at);
    return at;
  }

  /** Passes over the rest of a row that is too long: where the next one starts. */
  #skip(bytes: Buffer, start: number, isLast: boolean): number {
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      const isOver = this.#skipping === 'returned' || (this.#skipping !== 'quoted' && byte === NEW_LINE);
      if (isOver) {
        this.#endSkipping();
        return byte === NEW_LINE ? at + 1 : at;
      }
      this.#skipping = this.#skipped(byte);
      const isWithin = this.#skipping === 'quoted' || this.#skipping === 'closed';
      this.#quotedBytes = isWithin ? this.#quotedBytes + 1 : 0;
      if (this.#quotedBytes > this.maxRowBytes) throw this.#openTooLong();
    }
    if (isLast && this.#skipping === 'quoted') throw this.#notClosed();
    if (isLast) this.#endSkipping();
    return bytes.length;
  }

  #skipped(byte: number): Skipping {
    if (this.#skipping === 'quoted') return byte === QUOTE ? 'closed' : 'quoted';
    if (byte === RETURN) return 'returned';
    if (byte === this.#delimiter) return 'start';
    if (byte === QUOTE && this.#skipping !== 'plain') return 'quoted';
    return 'plain';
  }

  #endSkipping(): void {
    this.#skipping = null;
    this.count++;
  }

  #notClosed(): Failure {
    return new OpenQuote('malformed_body', `${this.#where()} has a quote that is opened and never closed. ${MEND}`);
  }

  #openTooLong(): Failure {
    const detail = `${this.#where()} has a quote that is open for more than ${this.maxRowBytes} bytes. ${MEND}`;
    return new OpenQuote('body_too_large', detail);
  }

  #where(): string {
    return `Row ${this.count + 1} of the body, counted from 1 with its header,`;
  }
}

/** The text of a cell without its quotes: two within it are one, what follows the closing one belongs to it. */
function setUnquoted(cell: TextSpan, bytes: Buffer, first: number, closing: number, end: number): void {
  const text = Buffer.allocUnsafe(end - first);
  let length = 0;
  for (let at = first; at < end; at++) {
    if (at === closing) continue;
    text[length++] = bytes[at] ?? 0;
    if (at < closing && bytes[at] === QUOTE) at++;
  }
  cell.set(text, 0, length);
}
