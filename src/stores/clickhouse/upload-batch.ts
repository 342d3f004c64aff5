import { idProblem, storedText, type RowProblem } from '../../core/upload/upload-row.js';
import { RowBuffer } from './row-buffer.js';

/**
 * A batch is stored when it has so many bytes, or rows, so that neither empty nor long ones make it larger than a few
 * megabytes.
 */
const FULL_BYTES = 8 * 1024 * 1024;
const FULL_ROWS = 500_000;
/** The number, two lengths, and the name of a problem. */
const BYTES_BESIDE_TEXT = 32;
/** Most bytes of UTF-8 for a unit of UTF-16. */
const BYTES_PER_UNIT = 3;

/** Rows of an upload on their way into the engine. */
export class UploadBatch {
  readonly #rows = new RowBuffer();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#rows.length >= FULL_BYTES || this.#count >= FULL_ROWS;
  }

  /** Valid until the next row. */
  bytes(): Buffer {
    return this.#rows.bytes();
  }

  clear(): void {
    this.#rows.clear();
    this.#count = 0;
  }

  /** The next row: what stands there for a user, which may be no user id. */
  take(row: number, text: string): void {
    const problem = idProblem(text);
    if (problem === null) this.#write(row, text, '', '');
    // What cannot be stored is reported as JSON spells it.
    else this.refuse(row, problem, problem === 'invalid_text' ? JSON.stringify(text) : text);
  }

  /** The next row, in which no user can be found. */
  refuse(row: number, problem: RowProblem, text: string): void {
    this.#write(row, '', problem, storedText(text));
  }

  #write(row: number, user: string, problem: string, text: string): void {
    const rows = this.#rows;
    rows.reserve((user.length + text.length) * BYTES_PER_UNIT + BYTES_BESIDE_TEXT);
    rows.uint32(row);
    rows.string(user);
    rows.string(problem);
    rows.string(text);
    this.#count += 1;
  }
}
