import { DoubleBuffer, type BatchSource, type Splitter } from '../../bodies/batches.js';
import { PIECE_BYTES } from '../../bodies/body-text.js';
import { Failure } from '../../core/failure.js';
import { UPLOAD_LIMITS, type RowProblem } from '../../core/upload/upload-row.js';
import { UploadBatch } from '../../stores/clickhouse/upload-batch.js';

/** So many texts are kept to be shown, so long. */
const FIRST_TEXTS = 3;
const FIRST_TEXT_CHARACTERS = 60;

/** Gathers the rows of one body into batches. Holds two batches of memory, however long the body. */
export class UploadRows implements BatchSource<UploadBatch> {
  readonly #buffer = new DoubleBuffer(() => new UploadBatch());
  #batch = this.#buffer.take();
  #count = 0;
  #passed = 0;
  /** What stands in the first rows that are not blank. */
  readonly firstTexts: string[] = [];

  constructor(private readonly maxRows: number) {}

  /** Places in the body up to now: the number of the last row. */
  get count(): number {
    return this.#count;
  }

  /** Rows among them. */
  get rows(): number {
    return this.#count - this.#passed;
  }

  get isFull(): boolean {
    return this.#batch.isFull;
  }

  /** The next row of the body. @throws Failure limit_exceeded */
  take(text: string): void {
    this.#show(text);
    this.#batch.take(this.#number(), text);
  }

  /** The next row, in which no user can be found. @throws Failure limit_exceeded */
  refuse(problem: RowProblem, text: string): void {
    this.#show(text);
    this.#batch.refuse(this.#number(), problem, text);
  }

  /** A place that is no row but counts as one, a header: so a row's number is that of its line. */
  pass(): void {
    this.#number();
    this.#passed += 1;
  }

  /** What was gathered since the last time. */
  cut(): UploadBatch {
    const batch = this.#batch;
    this.#batch = this.#buffer.take();
    return batch;
  }

  /** A batch that is stored can be filled again. */
  release(batch: UploadBatch): void {
    this.#buffer.release(batch);
  }

  #show(text: string): void {
    if (text !== '' && this.firstTexts.length < FIRST_TEXTS)
      this.firstTexts.push(text.slice(0, FIRST_TEXT_CHARACTERS).toWellFormed().replaceAll('\0', ''));
  }

  #number(): number {
    if (this.#count === this.maxRows) {
      const detail = `An upload has at most ${this.maxRows} rows (MUSTER_UPLOAD_ROW_LIMIT), blank ones and a header included. Send several and join their cohorts by "or".`;
      throw new Failure('limit_exceeded', detail, [], { limit: 'upload_rows', value: this.maxRows });
    }
    this.#count += 1;
    return this.#count;
  }
}

/**
 * Cuts a body on as long as its rows end: one without an end is refused when it is too long, not when it is over.
 * @throws Failure body_too_large, and what `splitter` throws
 */
export function withShortRows(splitter: Splitter, rows: Pick<UploadRows, 'count'>): Splitter {
  let [last, pending] = [0, 0];
  return {
    push(piece) {
      pending = rows.count === last ? pending + piece.length : piece.length;
      last = rows.count;
      // What went before may have ended a row in its middle.
      if (pending > UPLOAD_LIMITS.rowBytes + 2 * PIECE_BYTES) throw rowTooLong(rows);
      splitter.push(piece);
    },
    finish: () => splitter.finish(),
  };
}

export function rowTooLong({ count }: Pick<UploadRows, 'count'>): Failure {
  const { rowBytes } = UPLOAD_LIMITS;
  const detail = `Row ${count + 1} has more than ${rowBytes} bytes. Send a user a line.`;
  return new Failure('body_too_large', detail, [], { limit_bytes: rowBytes });
}
